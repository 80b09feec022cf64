/** What a person may type for a checkpoint, on every storage. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import type { Checkpoint } from "../../src/domain/Checkpoint.js"
import { ScaffoldId } from "../../src/domain/Ids.js"
import { encodeBody } from "../../src/runs/body.js"
import { kinds } from "../../src/runs/entry.js"
import { encodeManifest, nothing } from "../../src/runs/manifest.js"
import { findCheckpoint, namedCheckpoint } from "../../src/services/checkpoints/names.js"
import { CheckpointStore, layer as checkpointLayer } from "../../src/services/CheckpointStore.js"
import * as RunLog from "../../src/services/RunLog.js"
import { RunStorage } from "../../src/services/RunStorage.js"
import { RunDatabase, runStorages } from "./runStorages.js"

const scaffoldId = ScaffoldId.make("00000000-0000-0000-0000-000000000000")

const stores = (database: Layer.Layer<RunDatabase>) =>
  checkpointLayer.pipe(
    Layer.provideMerge(RunLog.layer),
    Layer.provideMerge(
      Layer.effect(
        RunStorage,
        Effect.flatMap(RunDatabase, ({ open }) => open("default"))
      )
    ),
    Layer.provide(database)
  )

const save = (thread: string, name: string, value: number) =>
  Effect.zipRight(
    TestClock.adjust("1 second"),
    Effect.flatMap(CheckpointStore, (store) => store.create({ scaffoldId, thread, name, state: { value } }))
  )

/** A checkpoint as LangGraph's saver leaves one. */
const saveGraph = (thread: string, id: string) =>
  Effect.flatMap(RunStorage, (storage) =>
    storage.append({ thread, path: "" }, [
      {
        kind: kinds.checkpoint,
        id,
        parent: undefined,
        at: 1,
        meta: Buffer.from('{"source":"loop","step":1}'),
        body: encodeBody(encodeManifest({}, nothing, undefined).header, new Map()),
        chunks: []
      }
    ])
  )

/** The value in the state of the checkpoint that is meant. */
const value = (ref: string, thread?: string) =>
  Effect.map(namedCheckpoint(ref, { thread }), ({ state }) => state["value"])

for (const [where, database] of runStorages) {
  describe(`what is typed for a checkpoint, ${where}`, () => {
    const withStores = Effect.provide(stores(database))

    it.effect("is its id, or the first digits of it with or without dashes", () =>
      Effect.gen(function* () {
        const { id } = yield* save("a", "plan", 1)
        for (const typed of [id, id.toUpperCase(), id.replaceAll("-", ""), id.slice(0, 8), id.slice(0, 11)]) {
          assert.strictEqual((yield* findCheckpoint(typed)).id, id, typed)
        }
        assert.strictEqual((yield* findCheckpoint(`a:${id.slice(0, 8)}`)).id, id)
        assert.strictEqual((yield* Effect.flip(findCheckpoint(id.slice(0, 3))))._tag, "RunNotFound")
        assert.strictEqual((yield* Effect.flip(findCheckpoint(id, { thread: "b" })))._tag, "RunNotFound")
      }).pipe(withStores)
    )

    it.effect("is ambiguous when several begin so, and says which", () =>
      Effect.gen(function* () {
        const ids = ["0", "1", "2"].map((each) => `ffff000${each}-0000-7000-8000-000000000000`)
        for (const id of [...ids, "ffff-is-no-uuid", "g"]) yield* saveGraph("a", id)
        const error = yield* Effect.flip(findCheckpoint("ffff"))
        assert.deepInclude(error, { _tag: "NameAmbiguous", name: "ffff" })
        for (const id of ids) assert.include(error.message, id)
        assert.strictEqual((yield* findCheckpoint("ffff0001")).id, ids[1])
        assert.strictEqual((yield* findCheckpoint("ffff-is-no-uuid")).id, "ffff-is-no-uuid")
      }).pipe(withStores)
    )

    it.effect("tells a checkpoint from its copy in another run by the thread", () =>
      Effect.gen(function* () {
        const id = "1f000000-0000-6000-8000-000000000000"
        yield* saveGraph("a", id)
        yield* saveGraph("b", id)
        const error = yield* Effect.flip(findCheckpoint(id))
        assert.include(error.message, `${id} of thread a`)
        assert.strictEqual((yield* findCheckpoint(id, { thread: "b" })).lineage.thread, "b")
        assert.strictEqual((yield* findCheckpoint("b:main")).lineage.thread, "b")
      }).pipe(withStores)
    )

    it.effect("is a tag, a branch, a name or one of its revisions", () =>
      Effect.gen(function* () {
        const store = yield* CheckpointStore
        const first = yield* save("a", "plan", 1)
        yield* save("a", "plan", 2)
        yield* save("a", "check", 3)
        yield* store.tag(first.id, "release")
        yield* store.branch(first.id, "try")
        assert.deepStrictEqual(
          yield* Effect.forEach(
            ["release", "try", "main", "plan", "plan@1", "plan@2", "check@1", "a:plan@1", "a:main"],
            (ref) => value(ref)
          ),
          [1, 1, 3, 1, 1, 2, 3, 1, 3]
        )
        const error = yield* Effect.flip(findCheckpoint("plan@9"))
        assert.strictEqual(error._tag, "RunNotFound")
      }).pipe(withStores)
    )

    it.effect("is looked for in one run when that is named, and ambiguous between runs", () =>
      Effect.gen(function* () {
        yield* save("a", "plan", 1)
        yield* save("b:c", "plan", 2)
        assert.strictEqual(yield* value("plan", "a"), 1)
        assert.strictEqual(yield* value("b:c:plan"), 2)
        const error = yield* Effect.flip(findCheckpoint("main"))
        assert.deepInclude(error, { _tag: "NameAmbiguous", candidates: ["a:main", "b:c:main"] })
        assert.deepInclude(yield* Effect.flip(findCheckpoint("main", { thread: "d" })), { kind: "thread" })
      }).pipe(withStores)
    )

    it.effect("is not an id behind a thread when it is a name there", () =>
      Effect.gen(function* () {
        const store = yield* CheckpointStore
        const one = yield* save("a", "plan", 1)
        const other = yield* save("a", "plan", 2)
        const word = other.id.slice(0, 4)
        yield* store.tag(one.id, word)
        assert.strictEqual(yield* value(word), 2)
        assert.strictEqual(yield* value(`a:${word}`), 1)
      }).pipe(withStores)
    )

    it.effect("is suggested when it is nearly the name of something", () =>
      Effect.gen(function* () {
        yield* save("a", "release", 1)
        const error = yield* Effect.flip(findCheckpoint("relaese"))
        assert.include(error.message, 'There is no checkpoint "relaese". Did you mean "release"?')
        const checkpoint: Checkpoint = yield* namedCheckpoint("a:release")
        assert.strictEqual(checkpoint.name, "release")
        assert.include((yield* Effect.flip(findCheckpoint("a:relaese"))).message, '"a:release"')
      }).pipe(withStores)
    )
  })
}
