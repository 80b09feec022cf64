/** What CheckpointStore and the stores beside it promise, over any storage. */
import { assert, type Vitest } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Checkpoint } from "../../src/domain/Checkpoint.js"
import type { GraphNode } from "../../src/domain/GraphNode.js"
import { CheckpointId, NodeId, ScaffoldId } from "../../src/domain/Ids.js"
import { uuidOf } from "../../src/domain/Hash.js"
import { sha256 } from "../../src/prompt/digest.js"
import * as ArtifactStore from "../../src/services/ArtifactStore.js"
import * as CheckpointStore from "../../src/services/CheckpointStore.js"
import * as GraphNodeStore from "../../src/services/GraphNodeStore.js"
import {
  addScratchpad,
  addToolTrace,
  branchFrom,
  getCheckpoint,
  listScratchpads,
  listToolTraces,
  saveCheckpoint
} from "../../src/services/keyApis.js"
import { provenance } from "../../src/services/provenance.js"
import * as RunLog from "../../src/services/RunLog.js"
import { RunStorage } from "../../src/services/RunStorage.js"
import * as ToolTraceStore from "../../src/services/ToolTraceStore.js"
import { RunDatabase } from "./runStorages.js"

type Stores =
  | CheckpointStore.CheckpointStore
  | GraphNodeStore.GraphNodeStore
  | ArtifactStore.ArtifactStore
  | ToolTraceStore.ToolTraceStore

const scaffoldId = ScaffoldId.make(uuidOf("scaffold", "test"))
let count = 0

/** The stores over a storage, which remember nothing of what others wrote. */
const stores = (storage: RunStorage["Type"]) =>
  Layer.mergeAll(CheckpointStore.layer, GraphNodeStore.layer, ArtifactStore.layer, ToolTraceStore.layer).pipe(
    Layer.provideMerge(RunLog.layer),
    Layer.provideMerge(Layer.succeed(RunStorage, storage))
  )

/** Runs a test on a namespace of its own. It may open the stores again, as another process would. */
const on = <A, E>(
  test: (
    cold: <B, F>(self: Effect.Effect<B, F, Stores | RunStorage>) => Effect.Effect<B, F>
  ) => Effect.Effect<A, E, Stores | RunStorage>
): Effect.Effect<A, E, RunDatabase> =>
  Effect.gen(function* () {
    const database = yield* RunDatabase
    const storage = yield* database.open(`checkpoints ${count++}`)
    const cold = <B, F>(self: Effect.Effect<B, F, Stores | RunStorage>) =>
      Effect.provide(self, stores(storage))
    return yield* cold(test(cold))
  })

const nodeOf = (name: string, dependsOn: ReadonlyArray<string> = []): GraphNode => ({
  id: NodeId.make(uuidOf("node", name)),
  nodeType: "plan",
  name,
  state: {},
  inputs: { of: name },
  outputs: { text: name.repeat(3) },
  dependsOn: dependsOn.map((each) => NodeId.make(uuidOf("node", each))),
  createdAt: "2026-01-01T00:00:00.000Z"
})

const facts = ({ branch, name, parentId, revision, state, thread }: Checkpoint) => ({
  branch,
  name,
  parentId,
  revision,
  state,
  thread
})

export const suite = (it: Vitest.MethodsNonLive<RunDatabase>): void => {
  const test = (name: string, body: Effect.Effect<void, unknown, RunDatabase>): void =>
    it.effect(name, () => body)

  test(
    "begins a run, saves upon it, and gives back what was saved, to another process too",
    on((cold) =>
      Effect.gen(function* () {
        const first = yield* saveCheckpoint(scaffoldId, { plan: "a", list: [1] }, "planned", {
          metadata: { by: "me" },
          blocks: [sha256("block")]
        })
        assert.deepInclude(first, {
          thread: first.id,
          branch: "main",
          revision: 1,
          name: "planned",
          scaffoldId
        })
        const next = yield* saveCheckpoint(scaffoldId, { plan: "a", list: [1, 2] }, "planned", {
          parentId: first.id
        })
        assert.deepInclude(next, { thread: first.id, branch: "main", revision: 2, parentId: first.id })
        for (const saved of [first, next]) {
          assert.deepStrictEqual(yield* getCheckpoint(saved.id), saved)
          assert.deepStrictEqual(yield* cold(getCheckpoint(saved.id)), saved)
        }
        const store = yield* CheckpointStore.CheckpointStore
        assert.strictEqual((yield* store.head(first.id)).id, next.id)
        const named = yield* saveCheckpoint(scaffoldId, { plan: "b" }, undefined, { thread: first.id })
        assert.strictEqual(named.parentId, next.id)
      })
    )
  )

  test(
    "gives the same save the same id, and keeps it once",
    on(() =>
      Effect.gen(function* () {
        const storage = yield* RunStorage
        const one = yield* saveCheckpoint(scaffoldId, { a: 1, b: 2 })
        const lineages = yield* storage.lineages()
        const other = yield* saveCheckpoint(scaffoldId, { b: 2, a: 1 })
        assert.strictEqual(other.id, one.id)
        assert.deepStrictEqual(yield* storage.lineages(), lineages)
        const changed = yield* saveCheckpoint(scaffoldId, { a: 1, b: 3 })
        assert.notStrictEqual(changed.id, one.id)
      })
    )
  )

  test(
    "branches: upon an old checkpoint without being told, and by name, and keeps all values apart",
    on((cold) =>
      Effect.gen(function* () {
        const root = yield* saveCheckpoint(scaffoldId, { at: "root" })
        const main = yield* saveCheckpoint(scaffoldId, { at: "main" }, undefined, { parentId: root.id })
        const fork = yield* saveCheckpoint(scaffoldId, { at: "fork" }, undefined, { parentId: root.id })
        assert.match(fork.branch ?? "", /^main-[0-9a-f]{8}$/)
        const branch = yield* branchFrom(root.id, "other")
        assert.deepInclude(facts(branch), { branch: "other", parentId: root.id, state: { at: "root" } })
        const upon = yield* saveCheckpoint(scaffoldId, { at: "other" }, undefined, { parentId: branch.id })
        assert.strictEqual(upon.branch, "other")
        const taken = yield* Effect.flip(branchFrom(main.id, "other"))
        assert.deepInclude(taken, { _tag: "NameTaken", kind: "branch", name: "other", id: upon.id })
        const store = yield* CheckpointStore.CheckpointStore
        assert.strictEqual((yield* store.head(root.id)).id, main.id)
        assert.strictEqual((yield* store.head(root.id, "other")).id, upon.id)
        for (const each of [root, main, fork, branch, upon]) {
          assert.deepStrictEqual((yield* cold(getCheckpoint(each.id))).state, each.state)
        }
        const ancestors = yield* Stream.runCollect(store.history(upon.id))
        assert.deepStrictEqual(
          [...ancestors].map(({ id }) => id),
          [upon.id, branch.id, root.id]
        )
        yield* store.move("other", branch.id)
        assert.strictEqual((yield* store.head(root.id, "other")).id, branch.id)
        assert.strictEqual((yield* Effect.flip(store.head(root.id, "none")))._tag, "RunNotFound")
      })
    )
  )

  test(
    "tags for good, lists revisions and the newest, and logs all of it in order",
    on(() =>
      Effect.gen(function* () {
        const store = yield* CheckpointStore.CheckpointStore
        const one = yield* saveCheckpoint(scaffoldId, { n: 1 }, "draft", { thread: "essay" })
        const two = yield* saveCheckpoint(scaffoldId, { n: 2 }, "draft", { thread: "essay" })
        yield* saveCheckpoint(scaffoldId, { n: 3 }, "final", { thread: "essay" })
        yield* saveCheckpoint(scaffoldId, { n: 4 }, "draft", { thread: "letter" })
        yield* store.tag(one.id, "kept")
        const taken = yield* Effect.flip(store.tag(two.id, "kept"))
        assert.deepInclude(taken, { _tag: "NameTaken", kind: "tag", id: one.id })
        const revisions = yield* store.revisions("essay", "draft")
        assert.deepStrictEqual(
          revisions.map(({ revision, state }) => [revision, state]),
          [
            [1, { n: 1 }],
            [2, { n: 2 }]
          ]
        )
        const listed = yield* store.list({ thread: "essay", limit: 2 })
        assert.deepStrictEqual(
          listed.map(({ state }) => state),
          [{ n: 3 }, { n: 2 }]
        )
        assert.strictEqual((yield* store.list()).length, 4)
        assert.deepStrictEqual(
          (yield* store.list({ name: "final" })).map(({ state }) => state),
          [{ n: 3 }]
        )
        const refs = yield* store.refs("essay")
        assert.deepInclude(refs, { kind: "tag", name: "kept", id: one.id })
        yield* store.untag("essay", "kept")
        const log = yield* Stream.runCollect(store.log("essay"))
        assert.deepStrictEqual(
          [...log].map(({ kind, n, name }) => [n, kind, name]),
          [
            [1, "checkpoint", "draft"],
            [2, "checkpoint", "draft"],
            [3, "checkpoint", "final"],
            [4, "tag", "kept"],
            [5, "tag", "kept"]
          ]
        )
      })
    )
  )

  test(
    "compares two checkpoints by the places that differ",
    on(() =>
      Effect.gen(function* () {
        const store = yield* CheckpointStore.CheckpointStore
        const one = yield* saveCheckpoint(scaffoldId, { same: [1, 2], gone: 1, deep: { a: { b: 1 } } })
        const two = yield* saveCheckpoint(
          scaffoldId,
          { same: [1, 2], come: null, deep: { a: { b: 2 } } },
          undefined,
          {
            parentId: one.id
          }
        )
        const { state } = yield* store.diff(one.id, two.id)
        assert.sameDeepMembers(
          [...state],
          [
            { path: "/gone", change: "removed", before: 1 },
            { path: "/come", change: "added", after: null },
            { path: "/deep/a/b", change: "changed", before: 1, after: 2 }
          ]
        )
      })
    )
  )

  test(
    "saves a checkpoint with an id of its own, and another version of it under the same",
    on((cold) =>
      Effect.gen(function* () {
        const store = yield* CheckpointStore.CheckpointStore
        const id = CheckpointId.make(uuidOf("checkpoint", "mine"))
        const given: Checkpoint = {
          id,
          name: "given",
          scaffoldId,
          nodes: [nodeOf("a")],
          state: { v: 1 },
          createdAt: "2026-02-03T04:05:06.000Z"
        }
        const saved = yield* store.save(given)
        assert.deepInclude(saved, { ...given, thread: id })
        yield* store.save({ ...given, state: { v: 2 } })
        assert.deepInclude(yield* cold(getCheckpoint(id)), {
          id,
          state: { v: 2 },
          createdAt: given.createdAt
        })
        const lost = CheckpointId.make(uuidOf("checkpoint", "lost"))
        const orphan = yield* Effect.flip(
          store.save({ ...given, id: CheckpointId.make(uuidOf("checkpoint", "child")), parentId: lost })
        )
        assert.deepInclude(orphan, { _tag: "RunNotFound", name: lost })
        assert.isTrue(Option.isNone(yield* store.load(lost)))
      })
    )
  )

  test(
    "keeps nodes as a graph without circles, those that come later too",
    on((cold) =>
      Effect.gen(function* () {
        const nodes = yield* GraphNodeStore.GraphNodeStore
        const saved = yield* saveCheckpoint(scaffoldId, {}, undefined, {
          nodes: [nodeOf("b", ["a"]), nodeOf("a")]
        })
        assert.deepStrictEqual(
          saved.nodes.map(({ name }) => name),
          ["a", "b"]
        )
        const added = yield* nodes.save(saved.id, nodeOf("c", ["b"]))
        assert.deepStrictEqual(
          (yield* cold(Effect.flatMap(GraphNodeStore.GraphNodeStore, (store) => store.list(saved.id)))).map(
            ({ name }) => name
          ),
          ["a", "b", "c"]
        )
        assert.deepStrictEqual(Option.getOrThrow(yield* nodes.load(added.id)), added)
        assert.strictEqual(Option.getOrThrow(yield* nodes.load(nodeOf("a").id)).name, "a")
        const cycle = yield* Effect.flip(nodes.save(saved.id, nodeOf("a", ["c"])))
        const [a, b, c] = ["a", "b", "c"].map((name) => uuidOf("node", name))
        assert.strictEqual(cycle._tag, "NodeCycle")
        assert.include(
          [[a, c, b, a].join(), [c, b, a, c].join(), [b, a, c, b].join()],
          cycle._tag === "NodeCycle" ? cycle.path.join() : ""
        )
        const missing = yield* Effect.flip(nodes.save(saved.id, nodeOf("d", ["nowhere"])))
        assert.strictEqual(missing._tag, "NodeMissing")
        const needed = yield* Effect.flip(nodes.delete(nodeOf("a").id))
        assert.strictEqual(needed._tag, "RunNotFound")
        yield* nodes.delete(added.id)
        assert.isTrue(Option.isNone(yield* nodes.load(added.id)))
        assert.strictEqual((yield* nodes.list(saved.id)).length, 2)
      })
    )
  )

  test(
    "keeps artifacts and tool calls in order, the same twice as two, and tells where they came from",
    on((cold) =>
      Effect.gen(function* () {
        const block = sha256("a block")
        const saved = yield* saveCheckpoint(scaffoldId, {}, "made", {
          nodes: [nodeOf("a"), nodeOf("b", ["a"])],
          blocks: [block]
        })
        const nodeId = nodeOf("b").id
        const outer = yield* addToolTrace(
          saved.id,
          "search",
          { q: 1 },
          { hits: [] },
          { duration: 12.5, nodeId }
        )
        const inner = yield* addToolTrace(saved.id, "fetch", {}, {}, { error: "404", parentId: outer.id })
        const again = yield* addToolTrace(saved.id, "fetch", {}, {}, { error: "404", parentId: outer.id })
        assert.deepInclude(inner, { success: false, error: "404", parentId: outer.id })
        assert.notStrictEqual(again.id, inner.id)
        assert.deepStrictEqual(yield* cold(listToolTraces(saved.id)), [outer, inner, again])
        const note = yield* addScratchpad(saved.id, "text\u0000 of it ".repeat(9000), "note", {
          name: "notes",
          toolTraceId: outer.id
        })
        const code = yield* addScratchpad(saved.id, "let x", "code", { nodeId })
        assert.deepStrictEqual(yield* cold(listScratchpads(saved.id)), [note, code])
        const from = yield* cold(provenance(note.id))
        const kindsOf = (each: typeof from): ReadonlyArray<string> => [
          `${each.kind} ${each.label}`.trim(),
          ...each.from.flatMap(kindsOf)
        ]
        assert.deepStrictEqual(kindsOf(from), [
          "artifact notes",
          "tool trace search",
          "node plan b",
          "node plan a",
          "checkpoint made",
          "scaffold",
          "block"
        ])
        assert.strictEqual((yield* Effect.flip(provenance(uuidOf("artifact", "none"))))._tag, "RunNotFound")
        const lost = CheckpointId.make(uuidOf("checkpoint", "lost"))
        assert.strictEqual((yield* Effect.flip(addScratchpad(lost, "x", "note")))._tag, "RunNotFound")
      })
    )
  )

  test(
    "refuses by its place what JSON cannot hold, and writes nothing of it",
    on(() =>
      Effect.gen(function* () {
        const storage = yield* RunStorage
        for (const [path, state] of [
          ["", { a: { b: [Number.NaN] } }],
          ["", { a: undefined }],
          ["", { a: "\ud800" }]
        ] as const) {
          const error = yield* Effect.flip(saveCheckpoint(scaffoldId, state))
          assert.strictEqual(error._tag, "CanonicalError", path)
        }
        assert.deepStrictEqual(yield* storage.lineages(), [])
        const odd = JSON.parse('{"__proto__": {"admin": true}, "nul": "\\u0000", "": 1}') as Record<
          string,
          unknown
        >
        const saved = yield* saveCheckpoint(scaffoldId, odd)
        const loaded = (yield* getCheckpoint(saved.id)).state
        assert.strictEqual(
          JSON.stringify(Object.entries(loaded).sort()),
          JSON.stringify(Object.entries(odd).sort())
        )
        assert.isUndefined(Reflect.get({}, "admin"))
      })
    )
  )

  test(
    "keeps a state that is deep, and one of megabytes",
    on((cold) =>
      Effect.gen(function* () {
        let deep: unknown = 1
        for (let level = 0; level < 2000; level++) deep = { deep }
        const text = "page of text ".repeat(400_000)
        const saved = yield* saveCheckpoint(scaffoldId, { deep, text })
        const { state } = yield* cold(getCheckpoint(saved.id))
        assert.strictEqual(state["text"], text)
        let found: unknown = state["deep"]
        for (let level = 0; level < 2000; level++) found = Reflect.get(Object(found), "deep")
        assert.strictEqual(found, 1)
      })
    )
  )

  test(
    "loses no tip of a branch to another process that saves upon it, and counts revisions once",
    on((cold) =>
      Effect.gen(function* () {
        const thread = "two at once"
        yield* saveCheckpoint(scaffoldId, { n: -1 }, "step", { thread })
        const saves = (from: number) =>
          Effect.forEach(
            Array.from({ length: 10 }, (_, n) => n),
            (n) => saveCheckpoint(scaffoldId, { n: from + n }, "step", { thread }),
            { discard: true }
          )
        yield* Effect.all([saves(0), cold(saves(10)), cold(saves(20))], { concurrency: "unbounded" })
        const store = yield* CheckpointStore.CheckpointStore
        const tip = yield* store.head(thread)
        const line = [...(yield* Stream.runCollect(store.history(tip.id)))]
        assert.deepStrictEqual(
          line.map(({ state }) => Number(state["n"])).sort((one, other) => one - other),
          Array.from({ length: 31 }, (_, n) => n - 1)
        )
        assert.deepStrictEqual(
          (yield* store.revisions(thread, "step")).map(({ revision }) => revision),
          Array.from({ length: 31 }, (_, n) => n + 1)
        )
      })
    )
  )

  for (const ops of [20, 100, 2048]) {
    test(
      `loses no tip of a branch to saves at once, yielding every ${ops} steps`,
      on((cold) =>
        Effect.gen(function* () {
          const root = yield* saveCheckpoint(scaffoldId, { n: -1 }, undefined, { thread: `line ${ops}` })
          yield* Effect.forEach(
            Array.from({ length: 30 }, (_, n) => n),
            (n) => saveCheckpoint(scaffoldId, { n }, undefined, { thread: `line ${ops}` }),
            { concurrency: "unbounded" }
          ).pipe(Effect.withMaxOpsBeforeYield(ops))
          const store = yield* CheckpointStore.CheckpointStore
          const tip = yield* store.head(`line ${ops}`)
          const line = yield* cold(
            Effect.flatMap(CheckpointStore.CheckpointStore, (other) =>
              Stream.runCollect(other.history(tip.id))
            )
          )
          assert.strictEqual([...line].length, 31)
          assert.strictEqual([...line].at(-1)?.id, root.id)
          assert.strictEqual(new Set([...line].map(({ state }) => state["n"])).size, 31)
        })
      )
    )
  }
}
