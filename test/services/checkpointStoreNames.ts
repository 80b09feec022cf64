/** What the stores of runs promise about branches, tags, names, lists and histories. */
import { assert, describe, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { makeCodec } from "../../layers/langgraph/codec.js"
import { makeSaver } from "../../layers/langgraph/saver.js"
import type { Checkpoint } from "../../src/domain/Checkpoint.js"
import { CheckpointId } from "../../src/domain/Ids.js"
import { namedCheckpoint } from "../../src/services/checkpoints/names.js"
import * as RunLog from "../../src/services/RunLog.js"
import { RunStorage } from "../../src/services/RunStorage.js"
import { words } from "../runs/words.js"
import { uuid } from "./runDrafts.js"
import type { RunDatabase } from "./runStorages.js"
import {
  ArtifactStore,
  CheckpointStore,
  at,
  cold,
  create,
  failure,
  history,
  idsOf,
  includes,
  load,
  log,
  nodeOf,
  on,
  refs,
  size
} from "./checkpointStoreRig.js"

export const names = (name: string, database: Layer.Layer<RunDatabase>): void => {
  sharing(database)(`the stores of runs ${name}`, (it) => {
    describe("with branches and names", () => {
      it.effect("begin a branch that takes next to no space, once", () =>
        on(
          Effect.gen(function* () {
            const store = yield* CheckpointStore
            const state = {
              long: words(1, 50_000),
              list: Array.from({ length: 100 }, (_, i) => words(i, 500))
            }
            const first = yield* create({ thread: "t", state, name: "plan" })
            const before = yield* size
            const branched = yield* store.branch(first.id, "idea")
            const after = yield* size
            assert.isBelow(after.bytes - before.bytes, 600)
            includes(branched, { branch: "idea", parentId: first.id, name: "plan", thread: "t" })
            assert.deepStrictEqual((yield* cold(load(branched.id))).state, state)
            assert.notStrictEqual(branched.branchId, first.branchId)
            for (const name of ["idea", "main"]) {
              includes(yield* failure(store.branch(first.id, name)), { _tag: "NameTaken", name })
            }
            includes(yield* failure(store.branch(uuid(404), "x")), { _tag: "RunNotFound" })
            const more = yield* create({ thread: "t", branch: "idea", state: {} })
            includes(yield* store.head("t", "idea"), { id: more.id, parentId: branched.id })
            includes(yield* store.head("t"), { id: first.id })
          })
        )
      )

      it.effect("move branches, tag and untag, and say so in the log", () =>
        on(
          Effect.gen(function* () {
            const store = yield* CheckpointStore
            const first = yield* create({ thread: "t", state: { n: 1 } })
            const second = yield* create({ thread: "t", state: { n: 2 } })
            assert.strictEqual((yield* store.move("main", first.id)).id, first.id)
            assert.strictEqual((yield* store.head("t")).id, first.id)
            includes(yield* failure(store.move("none", first.id)), {
              _tag: "RunNotFound",
              kind: "branch"
            })
            yield* store.tag(second.id, "good")
            yield* store.tag(second.id, "good")
            includes(yield* failure(store.tag(first.id, "good")), {
              _tag: "NameTaken",
              id: second.id
            })
            assert.deepStrictEqual(yield* refs("t"), { main: first.id, good: second.id })
            yield* store.untag("t", "good")
            includes(yield* failure(store.untag("t", "good")), { _tag: "RunNotFound", kind: "tag" })
            assert.deepStrictEqual(yield* refs("t"), { main: first.id })
            for (const [thread, branch] of [
              ["none", undefined],
              ["t", "none"]
            ] as const) {
              assert.strictEqual((yield* failure(store.head(thread, branch)))._tag, "RunNotFound")
            }
            // the branch goes on from where it was moved to
            const third = yield* create({ thread: "t", state: { n: 3 } })
            assert.strictEqual(third.parentId, first.id)
            const entries = yield* log("t")
            assert.deepStrictEqual(
              entries.map(({ id, kind, name, n }) => [n, kind, id, name]),
              [
                [1, "checkpoint", first.id, "checkpoint"],
                [2, "checkpoint", second.id, "checkpoint"],
                [3, "branch", first.id, "main"],
                [4, "tag", second.id, "good"],
                [5, "tag", second.id, "good"],
                [6, "checkpoint", third.id, "checkpoint"]
              ]
            )
            assert.isTrue(entries.every(({ gone, path, thread }) => !gone && path === "" && thread === "t"))
          })
        )
      )

      it.effect("count revisions of a name in a run, and find them", () =>
        on(
          Effect.gen(function* () {
            const store = yield* CheckpointStore
            const saved: Array<Checkpoint> = []
            for (const [n, checkpoint] of ["plan", "plan", "code", "plan"].entries()) {
              saved.push(yield* create({ thread: "t", name: checkpoint, state: { n } }))
            }
            yield* create({ thread: "u", name: "plan", state: {} })
            assert.deepStrictEqual(
              saved.map(({ revision }) => revision),
              [1, 2, 1, 3]
            )
            const plans = yield* cold(Effect.flatMap(CheckpointStore, (it) => it.revisions("t", "plan")))
            assert.deepStrictEqual(
              plans.map(({ id, revision }) => [id, revision]),
              [
                [saved[0]?.id, 1],
                [saved[1]?.id, 2],
                [saved[3]?.id, 3]
              ]
            )
            assert.strictEqual((yield* failure(store.revisions("t", "none")))._tag, "RunNotFound")
            for (const [ref, index] of [
              ["plan@1", 0],
              ["plan@2", 1],
              ["plan", 3],
              ["code@1", 2]
            ] as const) {
              assert.strictEqual((yield* namedCheckpoint(ref, { thread: "t" })).id, saved[index]?.id)
            }
          })
        )
      )

      it.effect("tell the history back to the first, over branches", () =>
        on(
          Effect.gen(function* () {
            const store = yield* CheckpointStore
            const ids: Array<string> = []
            for (let n = 0; n < 5; n += 1) ids.push((yield* create({ thread: "t", state: { n } })).id)
            const branched = yield* store.branch(ids[2] ?? "", "side")
            const last = yield* create({ thread: "t", branch: "side", state: {} })
            assert.deepStrictEqual(yield* cold(history(last.id)), [
              last.id,
              branched.id,
              ...ids.slice(0, 3).reverse()
            ])
            assert.strictEqual((yield* failure(history(uuid(404))))._tag, "RunNotFound")
          })
        )
      )

      it.effect(
        "list the newest first: of all, of a run, a branch, a name; also when the clock went back",
        () =>
          on(
            Effect.gen(function* () {
              const store = yield* CheckpointStore
              const saved: Array<Checkpoint> = []
              for (let n = 0; n < 30; n += 1) {
                yield* TestClock.setTime(1_700_000_000_000 + (n % 7) * 1000)
                saved.push(yield* create({ thread: "t", name: n % 2 === 0 ? "even" : "odd", state: { n } }))
              }
              const side = yield* create({ parentId: saved[3]?.id, branch: "side", state: { side: 1 } })
              const newest = idsOf([...saved, side].reverse())
              const ids = (options?: Parameters<typeof store.list>[0]) =>
                Effect.map(store.list(options), idsOf)
              assert.deepStrictEqual(yield* ids(), newest.slice(0, 20))
              assert.deepStrictEqual(yield* ids({ thread: "t", limit: 100 }), newest)
              assert.deepStrictEqual(yield* ids({ limit: 3 }), newest.slice(0, 3))
              assert.deepStrictEqual(yield* ids({ limit: 0 }), [])
              assert.deepStrictEqual(yield* ids({ branch: "side" }), [side.id])
              assert.deepStrictEqual(yield* ids({ branch: "main", name: "even", limit: 2 }), [
                newest[2] ?? "",
                newest[4] ?? ""
              ])
              assert.deepStrictEqual(yield* ids({ thread: "none" }), [])
              yield* TestClock.setTime(1_800_000_000_000)
              const other = yield* create({ thread: "u", state: {} })
              assert.deepStrictEqual(yield* ids({ limit: 2 }), [other.id, side.id])
            })
          )
      )

      it.effect("tell two checkpoints apart", () =>
        on(
          Effect.gen(function* () {
            const store = yield* CheckpointStore
            const one = yield* create({ thread: "t", state: { a: 1, b: [1] }, nodes: [nodeOf(1)] })
            const other = yield* create({
              thread: "t",
              state: { a: 2, b: [1], c: null },
              nodes: [nodeOf(1, [], { name: "renamed" })]
            })
            assert.deepStrictEqual(yield* store.diff(one.id, other.id), {
              state: [
                { path: "/a", change: "changed", before: 1, after: 2 },
                { path: "/c", change: "added", after: null }
              ],
              nodes: [{ path: `/${uuid(1)}/name`, change: "changed", before: "node 1", after: "renamed" }]
            })
            assert.deepStrictEqual(yield* store.diff(one.id, one.id), { state: [], nodes: [] })
            assert.strictEqual((yield* failure(store.diff(one.id, uuid(404))))._tag, "RunNotFound")
          })
        )
      )

      it.effect("give what LangGraph left beside their own", () =>
        on(
          Effect.gen(function* () {
            const storage = yield* RunStorage
            const store = yield* CheckpointStore
            const saver = makeSaver(yield* RunLog.RunLog, storage, makeCodec())
            const put = (step: number) =>
              saver.put(
                {
                  configurable: {
                    thread_id: "t",
                    checkpoint_ns: "",
                    ...(step === 1 ? {} : { checkpoint_id: uuid(step - 1) })
                  }
                },
                {
                  v: 4,
                  id: uuid(step),
                  ts: at,
                  channel_values: { messages: ["a", "b"], step },
                  channel_versions: { messages: 1, step },
                  versions_seen: {}
                },
                { source: "loop", step, parents: {} },
                step === 1 ? { messages: 1, step } : { step }
              )
            yield* put(1)
            yield* put(2)
            const read = yield* cold(load(uuid(2)))
            includes(read, { name: "loop 2", thread: "t", parentId: uuid(1) })
            assert.deepStrictEqual(read.state, { messages: ["a", "b"], step: 2 })
            assert.deepStrictEqual(yield* history(uuid(2)), [uuid(2), uuid(1)])
            assert.deepStrictEqual(
              (yield* log("t")).map(({ id, kind }) => [kind, id]),
              [
                ["checkpoint", uuid(1)],
                ["checkpoint", uuid(2)]
              ]
            )
            assert.strictEqual((yield* store.head("t")).id, uuid(2))
            const own = yield* create({ parentId: CheckpointId.make(uuid(2)), state: { own: 1 } })
            includes(own, { thread: "t", branch: "main", parentId: uuid(2) })
            assert.deepStrictEqual(yield* history(own.id), [own.id, uuid(2), uuid(1)])
            yield* put(3)
            const next = yield* create({ parentId: CheckpointId.make(uuid(3)), state: { own: 2 } })
            assert.strictEqual(next.branch, "main")
            const pointed = yield* store.branch(uuid(1), "from one")
            includes(yield* store.head("t", "from one"), { id: pointed.id })
            const artifacts = yield* ArtifactStore
            yield* artifacts.addScratchpad(CheckpointId.make(uuid(2)), "note", "note")
            assert.strictEqual((yield* artifacts.listScratchpads(uuid(2))).length, 1)
          })
        )
      )
    })
  })
}
