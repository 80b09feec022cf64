import * as Reactivity from "@effect/experimental/Reactivity"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import { vi } from "vitest"
import * as HotReader from "../../../layers/storage/HotReader.js"
import * as SqliteClient from "../../../layers/storage/SqliteClient.js"
import { tempFile } from "../../support/tempDir.js"

type Row = readonly [body: string]

/** A client that writes, on a file to read beside it. */
const beside = <A, E>(
  program: (
    sql: SqliteClient.SqliteClient,
    filename: string
  ) => Effect.Effect<A, E, Scope.Scope | Reactivity.Reactivity>
): Effect.Effect<A, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const filename = yield* tempFile("hot.db")
    const sql = yield* SqliteClient.make({ filename, synchronous: "NORMAL", mmapSize: 1 << 20 })
    yield* sql`CREATE TABLE entry (key BLOB PRIMARY KEY, body TEXT)`
    yield* sql`INSERT INTO entry VALUES (${new Uint8Array([1])}, 'one')`
    return yield* program(sql, filename)
  }).pipe(Effect.provide(Reactivity.layer))

const query = "SELECT body FROM entry WHERE key = ?"
const reasonOf = (result: ReturnType<HotReader.Get<Row>>) =>
  Either.match(result, { onLeft: (error) => error.reason, onRight: () => "success" })

describe("the hot reader", () => {
  it.scoped("reads what the client has written, at once, and tells absent from present", () =>
    beside((sql, filename) =>
      Effect.gen(function* () {
        const reader = yield* HotReader.make({ filename, mmapSize: 1 << 20, cacheSize: -1024 })
        const beside = yield* (yield* sql.hotReader).prepareGet<Row>(query)
        const get = yield* reader.prepareGet<Row>(query)
        assert.deepStrictEqual(get(new Uint8Array([1])), Either.right(["one"]))
        assert.deepStrictEqual(get(new Uint8Array([2])), Either.right(undefined))
        yield* sql`INSERT INTO entry VALUES (${new Uint8Array([2])}, 'two')`
        assert.deepStrictEqual(get(new Uint8Array([2])), Either.right(["two"]))
        assert.deepStrictEqual(beside(new Uint8Array([2])), Either.right(["two"]))
      })
    )
  )

  it.scoped("reads what was committed while the client is in the middle of a transaction", () =>
    beside((sql) =>
      Effect.gen(function* () {
        const get = yield* (yield* sql.hotReader).prepareGet<Row>(query)
        assert.deepStrictEqual(get(new Uint8Array([1])), Either.right(["one"]))
        yield* sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`UPDATE entry SET body = 'changed'`
            assert.deepStrictEqual(get(new Uint8Array([1])), Either.right(["one"]))
          })
        )
        assert.deepStrictEqual(get(new Uint8Array([1])), Either.right(["changed"]))
      })
    )
  )

  it.scoped("tells whether anybody but its client has written", () =>
    beside((sql, filename) =>
      Effect.gen(function* () {
        const { writesOfOthers } = yield* sql.hotReader
        const before = writesOfOthers()
        yield* sql`UPDATE entry SET body = 'mine'`
        assert.strictEqual(writesOfOthers(), before)
        const other = yield* SqliteClient.make({ filename, synchronous: "NORMAL" })
        yield* other`UPDATE entry SET body = 'theirs'`
        const after = writesOfOthers()
        assert.notStrictEqual(after, before)
        assert.strictEqual(writesOfOthers(), after)
        yield* sql.withTransaction(
          Effect.sync(() => assert.notStrictEqual(writesOfOthers(), writesOfOthers(), "not known in here"))
        )
        assert.strictEqual(writesOfOthers(), after)
        const alone = yield* HotReader.make({ filename })
        assert.notStrictEqual(alone.writesOfOthers(), alone.writesOfOthers(), "it has no client")
      })
    )
  )

  it.scoped(
    "returns a typed error for a bad query, a bad parameter, a dropped table and a closed reader",
    () =>
      beside((sql, filename) =>
        Effect.gen(function* () {
          const get = yield* Effect.scoped(
            Effect.gen(function* () {
              const reader = yield* HotReader.make({ filename })
              assert.strictEqual(
                (yield* Effect.flip(reader.prepareGet("SELECT * FROM absent"))).reason,
                "unknown"
              )
              const get = yield* reader.prepareGet<Row>(query)
              assert.strictEqual(reasonOf(get({})), "unknown")
              yield* sql`DROP TABLE entry`
              assert.strictEqual(reasonOf(get(new Uint8Array([1]))), "unknown")
              return get
            })
          )
          assert.strictEqual(reasonOf(get(new Uint8Array([1]))), "unknown")
        })
      )
  )

  it.scoped("does not open what is not there", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile("absent.db")
      assert.strictEqual((yield* Effect.flip(HotReader.make({ filename }))).reason, "not-found")
      Fs.writeFileSync(filename, "no database at all ".repeat(100))
      assert.strictEqual((yield* Effect.flip(HotReader.make({ filename }))).reason, "not-a-database")
    })
  )

  for (const [what, change] of [
    ["deleted", (filename: string) => Fs.rmSync(filename)],
    [
      "replaced",
      (filename: string) => {
        Fs.copyFileSync(filename, `${filename}.new`)
        Fs.renameSync(`${filename}.new`, filename)
      }
    ]
  ] as const) {
    it.scoped(`notices within a second that its file was ${what}`, () =>
      beside((sql, filename) =>
        Effect.gen(function* () {
          const { prepareGet, writesOfOthers } = yield* sql.hotReader
          const get = yield* prepareGet<Row>(query)
          assert.strictEqual(writesOfOthers(), writesOfOthers())
          const now = performance.now()
          change(filename)
          yield* Effect.acquireRelease(
            Effect.sync(() => vi.spyOn(performance, "now").mockReturnValue(now + 1500)),
            (spy) => Effect.sync(() => spy.mockRestore())
          )
          assert.notStrictEqual(writesOfOthers(), writesOfOthers(), "what was read from it holds no more")
          assert.strictEqual(reasonOf(get(new Uint8Array([1]))), "io")
          assert.strictEqual(reasonOf(get(new Uint8Array([1]))), "io")
        })
      )
    )
  }

  it.scoped("survives a file whose pages were overwritten", () =>
    beside((sql, filename) =>
      Effect.gen(function* () {
        yield* sql`PRAGMA wal_checkpoint(TRUNCATE)`
        const get = yield* (yield* HotReader.make({ filename, cacheSize: 0 })).prepareGet<Row>(query)
        const size = Fs.statSync(filename).size
        const handle = Fs.openSync(filename, "r+")
        Fs.writeSync(handle, Buffer.alloc(size - 200, 0xff), 0, size - 200, 200)
        Fs.closeSync(handle)
        assert.strictEqual(reasonOf(get(new Uint8Array([1]))), "corrupt")
      })
    )
  )
})
