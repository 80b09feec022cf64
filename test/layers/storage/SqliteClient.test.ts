import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { reasonOf } from "../../../layers/storage/sqlError.js"
import * as SqliteClient from "../../../layers/storage/SqliteClient.js"
import { transaction } from "../../../layers/storage/Transaction.js"
import { tempDir, tempFile } from "../../support/tempDir.js"

/** Runs a program on a client of its own over `filename`, closed afterwards. */
const use = <A, E>(
  options: Partial<SqliteClient.Options> & { readonly filename: string },
  program: (sql: SqlClient.SqlClient) => Effect.Effect<A, E, SqlClient.SqlClient>
) =>
  Effect.flatMap(SqlClient.SqlClient, program).pipe(
    Effect.provide(SqliteClient.layer({ synchronous: "NORMAL", ...options }))
  )

const memory = <A, E>(program: (sql: SqlClient.SqlClient) => Effect.Effect<A, E, SqlClient.SqlClient>) =>
  use({ filename: ":memory:" }, program)

const pragma = (sql: SqlClient.SqlClient, name: string) =>
  Effect.map(sql.unsafe<object>(`PRAGMA ${name}`), ([row]) => Object.values(row ?? {})[0])

const openError = (options: Partial<SqliteClient.Options> & { readonly filename: string }) =>
  Effect.flip(use(options, () => Effect.void))

const reason = (result: Either.Either<unknown, SqlError>) =>
  Either.match(result, { onLeft: reasonOf, onRight: () => "success" })

const modeOf = (path: string) => (Fs.statSync(path).mode & 0o777).toString(8)

describe("opening", () => {
  it.scoped("creates the folder for its owner only, and the file and its log too", () =>
    Effect.gen(function* () {
      const folder = Path.join(yield* tempDir, "a", "b")
      const filename = Path.join(folder, "store.db")
      yield* use({ filename }, (sql) =>
        Effect.gen(function* () {
          yield* sql`CREATE TABLE t (id INTEGER)`
          assert.strictEqual(modeOf(folder), "700")
          assert.deepStrictEqual(
            ["", "-wal", "-shm"].map((suffix) => modeOf(filename + suffix)),
            ["600", "600", "600"]
          )
        })
      )
    })
  )

  it.scoped("sets what was asked for before the first table is made", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile("pragmas.db")
      yield* use(
        {
          filename,
          synchronous: "FULL",
          mmapSize: 1 << 20,
          cacheSize: -4096,
          secureDelete: true,
          walAutocheckpoint: 0,
          busyTimeout: "70 millis"
        },
        (sql) =>
          Effect.gen(function* () {
            const expected: Record<string, unknown> = {
              page_size: 8192,
              auto_vacuum: 2,
              journal_mode: "wal",
              synchronous: 2,
              mmap_size: 1 << 20,
              cache_size: -4096,
              secure_delete: 1,
              wal_autocheckpoint: 0,
              busy_timeout: 70,
              foreign_keys: 1
            }
            for (const [name, value] of Object.entries(expected)) {
              assert.strictEqual(yield* pragma(sql, name), value, name)
            }
          })
      )
      yield* use({ filename }, (sql) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* pragma(sql, "page_size"), 8192)
          assert.strictEqual(yield* pragma(sql, "auto_vacuum"), 2)
          assert.strictEqual(yield* pragma(sql, "synchronous"), 1)
          assert.strictEqual(yield* pragma(sql, "busy_timeout"), 100)
        })
      )
    })
  )

  it.scoped("says what is wrong with the path", () =>
    Effect.gen(function* () {
      const folder = yield* tempDir
      const inFolder = (name: string) => Path.join(folder, name)
      Fs.writeFileSync(inFolder("garbage"), "this is not a database, whatever its name may say. ".repeat(100))
      Fs.mkdirSync(inFolder("folder"))
      const reasonFor = (options: Partial<SqliteClient.Options> & { readonly filename: string }) =>
        Effect.map(openError(options), (error) => error.reason)
      assert.strictEqual(yield* reasonFor({ filename: inFolder("garbage") }), "not-a-database")
      assert.strictEqual(
        yield* reasonFor({ filename: inFolder("garbage"), readonly: true }),
        "not-a-database"
      )
      assert.strictEqual(yield* reasonFor({ filename: inFolder("folder") }), "is-a-directory")
      assert.strictEqual(yield* reasonFor({ filename: inFolder("garbage/below/it.db") }), "not-found")
      assert.strictEqual(yield* reasonFor({ filename: inFolder("absent"), readonly: true }), "not-found")
      assert.strictEqual(
        yield* reasonFor({ filename: inFolder("new.db"), nativeBinding: inFolder("absent.node") }),
        "native-module"
      )
      const error = yield* openError({ filename: inFolder("folder") })
      assert.include(error.message, inFolder("folder"))
      assert.include(error.message, error.hint)
    })
  )

  it.scoped("fails when the file is cut short in the middle of a page", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile("cut.db")
      yield* use({ filename }, (sql) => sql`CREATE TABLE t (id INTEGER)`)
      Fs.truncateSync(filename, 50)
      assert.strictEqual((yield* openError({ filename })).reason, "corrupt")
    })
  )

  it.scoped("reads, and refuses to write, when asked to open for reading", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile("readonly.db")
      yield* use({ filename }, (sql) => sql`CREATE TABLE t AS SELECT 1 AS id`)
      yield* use({ filename, readonly: true }, (sql) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* transaction(sql`SELECT id FROM t`), [{ id: 1 }])
          assert.strictEqual(reason(yield* Effect.either(sql`DELETE FROM t`)), "read-only")
          assert.strictEqual(reason(yield* Effect.either(transaction(sql`DELETE FROM t`))), "read-only")
        })
      )
    })
  )

  it.scoped("does not wait for another connection that writes", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile("written.db")
      yield* use({ filename }, (sql) =>
        Effect.gen(function* () {
          yield* sql`CREATE TABLE t AS SELECT 1 AS id`
          const read = use({ filename, patience: 0, busyTimeout: 0 }, (other) => other`SELECT id FROM t`)
          const rows = yield* transaction(Effect.zipRight(sql`DELETE FROM t`, read))
          assert.deepStrictEqual(rows, [{ id: 1 }])
        })
      )
    })
  )

  it.live("waits for a process that holds the file, and then says so", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const filename = yield* tempFile("held.db")
        yield* use({ filename }, (sql) =>
          Effect.gen(function* () {
            yield* sql`PRAGMA locking_mode = EXCLUSIVE`
            yield* sql`CREATE TABLE t (id INTEGER)`
            const error = yield* openError({ filename, patience: "30 millis", busyTimeout: "1 millis" })
            assert.strictEqual(error.reason, "busy")
          })
        )
      })
    )
  )
})

describe("statements", () => {
  it.scoped("return rows, arrays, results and streams, and take bytes and big integers", () =>
    memory((sql) =>
      Effect.gen(function* () {
        yield* sql`CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)`
        const big = 2n ** 60n
        const written = yield* sql`INSERT INTO t VALUES (${big}, ${new Uint8Array([1, 0, 255])})`.raw
        assert.deepStrictEqual(written, { changes: 1, lastInsertRowid: Number(big) })
        assert.deepStrictEqual(yield* sql`DELETE FROM t WHERE id = 0`, [])
        assert.deepStrictEqual(yield* sql`DELETE FROM t WHERE id = 0`.values, [])
        assert.deepStrictEqual(yield* sql`DELETE FROM t WHERE id = 0`.unprepared, [])
        const query = sql`SELECT id, body FROM t`
        const exact = <A, E>(effect: Effect.Effect<A, E>) =>
          Effect.provideService(effect, SqlClient.SafeIntegers, true)
        assert.deepStrictEqual(yield* exact(query), [{ id: big, body: Buffer.from([1, 0, 255]) }])
        assert.deepStrictEqual(yield* exact(query.values), [[big, Buffer.from([1, 0, 255])]])
        assert.deepStrictEqual(yield* query.raw, [{ id: Number(big), body: Buffer.from([1, 0, 255]) }])
        assert.deepStrictEqual(yield* sql`INSERT INTO t (id) VALUES (1) RETURNING id`, [{ id: 1 }])
      })
    )
  )

  it.scoped("go back to objects after a failing read of arrays", () =>
    memory((sql) =>
      Effect.gen(function* () {
        const query = (json: string) => sql<object>`SELECT json_extract(${json}, '$.a') AS a`
        assert.isTrue(Either.isLeft(yield* Effect.either(query("{").values)))
        assert.deepStrictEqual(yield* query('{"a":1}'), [{ a: 1 }])
      })
    )
  )

  it.scoped("are prepared anew when many others came in between, and after the schema changed", () =>
    memory((sql) =>
      Effect.gen(function* () {
        yield* sql`CREATE TABLE t (id INTEGER)`
        yield* sql`INSERT INTO t VALUES (1)`
        assert.deepStrictEqual(yield* sql`SELECT * FROM t`, [{ id: 1 }])
        yield* Effect.forEach(
          Array.from({ length: 250 }, (_, index) => index),
          (index) => sql.unsafe(`SELECT ${index}`),
          { discard: true }
        )
        yield* sql`ALTER TABLE t ADD COLUMN name TEXT DEFAULT 'x'`
        assert.deepStrictEqual(yield* sql`SELECT * FROM t`, [{ id: 1, name: "x" }])
        yield* sql`ALTER TABLE t DROP COLUMN name`
        assert.deepStrictEqual(yield* sql`SELECT * FROM t`, [{ id: 1 }])
      })
    )
  )

  it.scoped("cannot leave a transaction open behind our back", () =>
    memory((sql) =>
      Effect.gen(function* () {
        yield* sql`CREATE TABLE t (id INTEGER)`
        assert.strictEqual(reason(yield* Effect.either(sql`BEGIN`)), "transaction")
        yield* sql`INSERT INTO t VALUES (1)`
        yield* Effect.ignore(transaction(Effect.fail("no")))
        assert.deepStrictEqual(yield* sql`SELECT id FROM t`, [{ id: 1 }])
      })
    )
  )

  it.scoped("on a reserved connection cannot leave one open either", () =>
    memory((sql) =>
      Effect.gen(function* () {
        yield* sql`CREATE TABLE t (id INTEGER)`
        yield* Effect.scoped(
          Effect.flatMap(sql.reserve, (connection) =>
            Effect.zipRight(
              connection.executeUnprepared("BEGIN", [], undefined),
              connection.executeRaw("INSERT INTO t VALUES (1)", [])
            )
          )
        )
        assert.deepStrictEqual(yield* sql`SELECT id FROM t`, [])
      })
    )
  )
})

describe("a transaction that SQLite itself rolled back after an error", () => {
  it.scoped("takes no further statement, and does not say that it succeeded", () =>
    memory((sql) =>
      Effect.gen(function* () {
        yield* sql`CREATE TABLE t (id INTEGER PRIMARY KEY)`
        const insert = (id: number) => sql`INSERT OR ROLLBACK INTO t VALUES (${id})`
        const result = yield* Effect.either(
          transaction(
            Effect.gen(function* () {
              yield* insert(1)
              yield* Effect.ignore(insert(1))
              assert.strictEqual(reason(yield* Effect.either(insert(2))), "transaction")
              assert.strictEqual(reason(yield* Effect.either(transaction(insert(3)))), "transaction")
            })
          )
        )
        assert.strictEqual(reason(result), "transaction")
        assert.deepStrictEqual(yield* sql`SELECT id FROM t`, [])
      })
    )
  )

  it.scoped("fails as a whole when it happened inside a nested one", () =>
    memory((sql) =>
      Effect.gen(function* () {
        yield* sql`CREATE TABLE t (id INTEGER PRIMARY KEY)`
        const insert = (id: number) => sql`INSERT OR ROLLBACK INTO t VALUES (${id})`
        const nested = transaction(Effect.zipRight(insert(1), Effect.ignore(insert(1))))
        const result = yield* Effect.either(transaction(Effect.zipRight(Effect.ignore(nested), Effect.void)))
        assert.isTrue(Either.isLeft(result))
        assert.deepStrictEqual(yield* sql`SELECT id FROM t`, [])
      })
    )
  )
})

describe("a step", () => {
  const withTable = <A, E>(program: (client: SqliteClient.SqliteClient) => Effect.Effect<A, E>) =>
    Effect.scoped(
      Effect.gen(function* () {
        const client = yield* SqliteClient.make({ filename: ":memory:", synchronous: "NORMAL" })
        yield* client`CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL)`
        return yield* program(client)
      })
    ).pipe(Effect.provide(Reactivity.layer))

  it.effect("does all of its statements, and tells what each changed", () =>
    withTable((client) =>
      Effect.gen(function* () {
        const told = yield* client.step((run) => [
          run("INSERT INTO t (name) VALUES (?)", "a"),
          run("INSERT INTO t (name) SELECT name || ? FROM t", "b"),
          run("UPDATE t SET name = upper(name)")
        ])
        assert.deepStrictEqual(
          told.map(({ changes }) => changes),
          [1, 1, 2]
        )
        assert.strictEqual(told[1]?.lastInsertRowid, 2)
        assert.deepStrictEqual(yield* client`SELECT name FROM t ORDER BY id`, [{ name: "A" }, { name: "AB" }])
      })
    )
  )

  it.effect("does none of them when one fails, and leaves no transaction behind", () =>
    withTable((client) =>
      Effect.gen(function* () {
        const failed = client.step((run) => {
          run("INSERT INTO t VALUES (1, 'a')")
          run("INSERT INTO t VALUES (1, 'b')")
        })
        assert.strictEqual(reason(yield* Effect.either(failed)), "constraint")
        assert.deepStrictEqual(yield* client`SELECT id FROM t`, [])
        yield* client.withTransaction(client`INSERT INTO t VALUES (2, 'c')`)
        assert.deepStrictEqual(yield* client`SELECT id FROM t`, [{ id: 2 }])
      })
    )
  )

  it.effect("waits for a transaction of another fiber, and fails inside of its own", () =>
    withTable((client) =>
      Effect.gen(function* () {
        const insert = (id: number) => client.step((run) => void run("INSERT INTO t VALUES (?, 'a')", id))
        const begun = yield* Deferred.make<void>()
        const waiting = yield* Effect.fork(Effect.zipRight(Deferred.await(begun), insert(1)))
        const undone = client.withTransaction(
          Effect.gen(function* () {
            yield* client`INSERT INTO t VALUES (3, 'undone')`
            yield* Deferred.succeed(begun, undefined)
            yield* Effect.yieldNow()
            assert.strictEqual(reason(yield* Effect.either(insert(2))), "transaction")
            return yield* Effect.fail("undone" as const)
          })
        )
        assert.strictEqual(yield* Effect.flip(undone), "undone")
        yield* Fiber.join(waiting)
        assert.deepStrictEqual(yield* client`SELECT id FROM t`, [{ id: 1 }])
      })
    )
  )

  it.live("is tried again while another process writes, and fails as busy when patience is at its end", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const filename = yield* tempFile("steps.db")
        const patient = yield* SqliteClient.make({ filename, synchronous: "NORMAL", busyTimeout: 0 })
        const hasty = yield* SqliteClient.make({
          ...{ filename, synchronous: "NORMAL", busyTimeout: 0 },
          patience: "20 millis"
        })
        const other = yield* SqliteClient.make({ filename, synchronous: "NORMAL" })
        yield* other`CREATE TABLE t (id INTEGER PRIMARY KEY)`
        const insert = (client: SqliteClient.SqliteClient, id: number) =>
          client.step((run) => void run("INSERT INTO t VALUES (?)", id))
        const waiting = yield* other.withTransaction(
          Effect.gen(function* () {
            yield* other`INSERT INTO t VALUES (1)`
            const waiting = yield* Effect.fork(insert(patient, 2))
            assert.strictEqual(reason(yield* Effect.either(insert(hasty, 3))), "busy")
            return waiting
          })
        )
        yield* Fiber.join(waiting)
        assert.deepStrictEqual(yield* other`SELECT id FROM t`, [{ id: 1 }, { id: 2 }])
      })
    ).pipe(Effect.provide(Reactivity.layer))
  )
})

describe("another connection that holds the write lock", () => {
  it.live("is waited for by a statement, by a transaction and by a fiber that may give up", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const filename = yield* tempFile("busy.db")
        yield* use({ filename, busyTimeout: 0 }, (sql) =>
          Effect.gen(function* () {
            yield* sql`CREATE TABLE t (id INTEGER PRIMARY KEY)`
            const held = yield* Effect.makeLatch(false)
            const free = yield* Effect.makeLatch(false)
            const holder = yield* Effect.fork(
              use({ filename }, (other) =>
                transaction(
                  other`INSERT INTO t VALUES (1)`.pipe(
                    Effect.zipRight(held.open),
                    Effect.zipRight(free.await)
                  )
                )
              )
            )
            yield* held.await
            const statement = yield* Effect.fork(sql`INSERT INTO t VALUES (2)`)
            const whole = yield* Effect.fork(transaction(sql`INSERT INTO t VALUES (3)`))
            const gaveUp = yield* Effect.timeoutOption(
              transaction(sql`INSERT INTO t VALUES (4)`),
              "20 millis"
            )
            // Reading goes on meanwhile: we do not wait inside of SQLite, nor with the turn in our hands.
            assert.deepStrictEqual(yield* sql`SELECT id FROM t`, [])
            yield* free.open
            yield* Fiber.join(holder)
            yield* Fiber.joinAll([statement, whole])
            assert.strictEqual(gaveUp._tag, "None")
            assert.deepStrictEqual(yield* sql`SELECT id FROM t`, [{ id: 1 }, { id: 2 }, { id: 3 }])
          })
        )
      })
    )
  )

  it.live("makes it fail as busy when patience is at its end", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const filename = yield* tempFile("impatient.db")
        yield* use({ filename, busyTimeout: 0, patience: "20 millis" }, (sql) =>
          Effect.gen(function* () {
            yield* sql`CREATE TABLE t (id INTEGER PRIMARY KEY)`
            yield* use({ filename }, (other) =>
              other.withTransaction(
                Effect.gen(function* () {
                  assert.strictEqual(reason(yield* Effect.either(sql`INSERT INTO t VALUES (1)`)), "busy")
                  const whole = transaction(sql`INSERT INTO t VALUES (2)`)
                  assert.strictEqual(
                    reason(yield* Effect.either(Effect.provideService(whole, SqlClient.SqlClient, sql))),
                    "busy"
                  )
                })
              )
            )
            yield* sql`INSERT INTO t VALUES (3)`
          })
        )
      })
    )
  )
})

describe("closing", () => {
  it.scoped("leaves one file, which can be opened again", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile("closed.db")
      const context = yield* Effect.scoped(
        Effect.gen(function* () {
          const built = yield* Layer.build(SqliteClient.layer({ filename, synchronous: "NORMAL" }))
          yield* Effect.provide(
            Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE TABLE t AS SELECT 5 AS id`),
            built
          )
          return built
        })
      )
      assert.isFalse(Fs.existsSync(`${filename}-wal`))
      const late = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT 1`)
      assert.isTrue(Either.isLeft(yield* Effect.either(Effect.provide(late, context))))
      yield* use({ filename }, (sql) =>
        Effect.map(sql`SELECT id FROM t`, (rows) => assert.deepStrictEqual(rows, [{ id: 5 }]))
      )
    })
  )
})
