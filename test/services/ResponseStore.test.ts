/** What every store of answers does, in memory and on SQLite; and what the one on SQLite does with damage. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import { CacheDatabase } from "../../layers/CacheDatabase.js"
import * as ResponseStoreSqlite from "../../layers/ResponseStoreSqlite.js"
import { pruneScaffolds } from "../../layers/scaffolds/prune.js"
import { sha256 } from "../../src/prompt/digest.js"
import {
  type KeptResponse,
  layerMemory,
  makeMemory,
  ResponseStore
} from "../../src/services/ResponseStore.js"
import { ScaffoldStorage } from "../../src/services/ScaffoldStorage.js"
import { tempDir } from "../support/tempDir.js"
import { databaseIn, sqliteIn, tempDatabase } from "./storages.js"

const [key, other] = [sha256("key"), sha256("other")]
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const answer = (text: string, at = 5): KeptResponse => ({
  status: 200,
  headers: { "content-type": "text/event-stream", "request-id": 'a "b"' },
  frames: [bytes(text), bytes(""), Uint8Array.of(0, 255, 10)],
  at
})
/** As it is told apart by assertions: a Buffer is a Uint8Array that is not equal to one. */
const plain = (response: KeptResponse | undefined) =>
  response && { ...response, frames: response.frames.map((frame) => [...frame]) }

const limit = 20_000
const stores: ReadonlyArray<
  readonly [string, Layer.Layer<ResponseStore>, small: Layer.Layer<ResponseStore>]
> = [
  ["in memory", layerMemory, Layer.sync(ResponseStore, () => makeMemory(limit))],
  [
    "on SQLite",
    ResponseStoreSqlite.layer.pipe(Layer.provide(tempDatabase), Layer.orDie),
    Layer.effect(ResponseStore, ResponseStoreSqlite.makeWith(limit)).pipe(
      Layer.provide(tempDatabase),
      Layer.orDie
    )
  ]
]

describe.each(stores)("a store of answers %s", (_, layer, small) => {
  it.effect("gives back what was kept last, piece by piece, and nothing of what was not", () =>
    Effect.gen(function* () {
      const store = yield* ResponseStore
      assert.isUndefined(yield* store.get("default", key))
      yield* store.put("default", key, answer("first"))
      assert.deepStrictEqual(plain(yield* store.get("default", key)), plain(answer("first")))
      yield* store.put("default", key, answer("second", 6))
      assert.deepStrictEqual(plain(yield* store.get("default", key)), plain(answer("second", 6)))
      assert.isUndefined(yield* store.get("default", other))
    }).pipe(Effect.provide(layer))
  )

  it.effect("keeps namespaces apart, whatever they are called", () =>
    Effect.gen(function* () {
      const store = yield* ResponseStore
      const names = ["a", "A", "a ", "a\0", '"a"', "\ud800", "\ud801", "\ufffd"]
      yield* Effect.forEach(names, (name, i) => store.put(name, key, answer(name, i)))
      const found = yield* Effect.forEach(names, (name) => store.get(name, key))
      assert.deepStrictEqual(
        found.map((each) => each?.at),
        names.map((_, i) => i)
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("is not changed by what becomes of the bytes that it was given", () =>
    Effect.gen(function* () {
      const store = yield* ResponseStore
      const given = answer("text")
      yield* store.put("default", key, given)
      for (const frame of given.frames) frame.fill(1)
      assert.deepStrictEqual(plain(yield* store.get("default", key)), plain(answer("text")))
    }).pipe(Effect.provide(layer))
  )

  it.effect.prop(
    "gives any pieces back as they were",
    { frames: FastCheck.array(FastCheck.uint8Array({ maxLength: 40 }), { maxLength: 8 }) },
    ({ frames }) =>
      Effect.gen(function* () {
        const store = yield* ResponseStore
        yield* store.put("default", key, { ...answer(""), frames })
        assert.deepStrictEqual(
          plain(yield* store.get("default", key))?.frames,
          frames.map((f) => [...f])
        )
      }).pipe(Effect.provide(layer)),
    { fastCheck: { numRuns: 20 } }
  )

  it.effect("lets the oldest go when there are too many bytes", () =>
    Effect.gen(function* () {
      const store = yield* ResponseStore
      const names = Array.from({ length: 128 }, (_, i) => sha256(`${i}`))
      yield* Effect.forEach(names, (name, i) => store.put("default", name, answer("x".repeat(1000), i)))
      const found = yield* Effect.forEach(names, (name) => store.get("default", name))
      const there = found.flatMap((each, i) => (each === undefined ? [] : [i]))
      // the newest, and no more of them than there is room for
      assert.deepStrictEqual(
        there,
        Array.from({ length: there.length }, (_, i) => 128 - there.length + i)
      )
      assert.isAtLeast(there.length, 9)
      assert.isAtMost(there.length, 20)
    }).pipe(Effect.provide(small))
  )
})

describe("answers in the database", () => {
  const use = <A>(
    root: string,
    program: (store: ResponseStore["Type"], database: CacheDatabase["Type"]) => Effect.Effect<A, unknown>
  ) =>
    Effect.flatMap(Effect.all([ResponseStore, CacheDatabase]), ([store, database]) =>
      program(store, database)
    ).pipe(Effect.provide(ResponseStoreSqlite.layer.pipe(Layer.provideMerge(databaseIn(root)))))

  it.scoped("are there for the next process", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      yield* use(root, (store) => store.put("default", key, answer("text")))
      assert.deepStrictEqual(
        plain(yield* use(root, (store) => store.get("default", key))),
        plain(answer("text"))
      )
    })
  )

  it.scoped.each([
    ["their body", "body = CAST('other' AS BLOB)"],
    ["their head", "head = replace(head, '200', '201')"],
    ["their head, to what is none", "head = 'x'"],
    ["their time", "at = at + 1"],
    ["their namespace", "namespace = 'mallory'"],
    ["their checksum", "checksum = 0"]
  ] as const)("are not believed when %s was altered", ([, change]) =>
    Effect.gen(function* () {
      const root = yield* tempDir
      yield* use(root, (store) => store.put("default", key, answer("text")))
      yield* use(root, (_, { sql }) => sql.unsafe(`UPDATE response SET ${change}`))
      const found = yield* use(root, (store) =>
        Effect.all([store.get("default", key), store.get("mallory", key)])
      )
      assert.deepStrictEqual(found, [undefined, undefined])
    })
  )

  it.scoped("go with `cache prune` when they are too old, or too many", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const left = yield* use(root, (store, database) =>
        Effect.gen(function* () {
          yield* store.put("default", key, answer("old", 1000))
          yield* store.put("default", other, answer("new", 9000))
          yield* pruneScaffolds(database, { maxAgeMs: 5000 }, 10_000, true)
          const before = yield* Effect.all([store.get("default", key), store.get("default", other)])
          yield* pruneScaffolds(database, { maxAgeMs: 5000 }, 10_000, false)
          const after = yield* Effect.all([store.get("default", key), store.get("default", other)])
          yield* pruneScaffolds(database, { maxBytes: 2 }, 10_000, false)
          return [...before, ...after, yield* store.get("default", other)]
        })
      )
      assert.deepStrictEqual(
        left.map((each) => each?.at),
        [1000, 9000, undefined, 9000, undefined]
      )
    })
  )

  it.scoped(
    "go with everything else of their namespace when that is invalidated, and with nothing less",
    () =>
      Effect.gen(function* () {
        const root = yield* tempDir
        const invalidate = (what: Parameters<ScaffoldStorage["Type"]["invalidate"]>[1]) =>
          Effect.flatMap(ScaffoldStorage, (scaffolds) => scaffolds.invalidate("default", what)).pipe(
            Effect.provide(sqliteIn(root))
          )
        const there = use(root, (store) => Effect.all([store.get("default", key), store.get("other", key)]))
        yield* use(root, (store) =>
          Effect.zipRight(
            store.put("default", key, answer("text", 1)),
            store.put("other", key, answer("text", 2))
          )
        )
        yield* invalidate(key)
        const one = yield* there
        yield* invalidate("all")
        assert.deepStrictEqual(
          [...one, ...(yield* there)].map((each) => each?.at),
          [1, 2, undefined, 2]
        )
      })
  )

  it.scoped("that cannot be written are forgotten, and nobody fails", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const found = yield* use(root, (store, { sql }) =>
        Effect.gen(function* () {
          yield* sql`DROP TABLE response`
          yield* store.put("default", key, answer("text"))
          return yield* store.get("default", key)
        })
      )
      assert.isUndefined(found)
    })
  )
})
