/**
 * Why there is one door to SQL: each defect of the stock client is shown on the stock client, and shown absent in ours.
 * When an upgrade of @effect/sql mends one, its first test fails here: then our remedy may go.
 */
import * as StockSqlite from "@effect/sql-sqlite-node/SqliteClient"
import * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Migrations from "../../../layers/storage/Migrations.js"
import { reasonOf } from "../../../layers/storage/sqlError.js"
import * as SqliteClient from "../../../layers/storage/SqliteClient.js"
import { tempFile } from "../../support/tempDir.js"

const stock = (filename: string): Layer.Layer<SqlClient.SqlClient> =>
  Layer.orDie(StockSqlite.layer({ filename }))
const ours = (filename: string): Layer.Layer<SqlClient.SqlClient> =>
  Layer.orDie(SqliteClient.layer({ filename, synchronous: "NORMAL" }))
type Client = (filename: string) => Layer.Layer<SqlClient.SqlClient>

/** Runs the same program on a client of the given kind, over a new file with the tables `t`, `parent` and `child`. */
const on = <A, E>(
  client: Client,
  program: (sql: SqlClient.SqlClient, filename: string) => Effect.Effect<A, E>
): Effect.Effect<A, E | SqlError, Scope.Scope> =>
  Effect.gen(function* () {
    const filename = yield* tempFile("defect.db")
    return yield* Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE t (id INTEGER PRIMARY KEY)`
      yield* sql`CREATE TABLE parent (id INTEGER PRIMARY KEY)`
      yield* sql`CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)`
      return yield* program(sql, filename)
    }).pipe(Effect.provide(client(filename)))
  })

const insert = (sql: SqlClient.SqlClient, id: number) => sql`INSERT INTO t (id) VALUES (${id})`
const count = (sql: SqlClient.SqlClient) =>
  Effect.map(sql<{ readonly n: number }>`SELECT count(*) AS n FROM t`, ([row]) => row?.n)
const ids = (sql: SqlClient.SqlClient) =>
  Effect.map(sql<{ readonly id: number }>`SELECT id FROM t ORDER BY id`, (rows) => rows.map(({ id }) => id))

describe("a COMMIT that fails", () => {
  const program = (sql: SqlClient.SqlClient) =>
    Effect.all({
      first: Effect.exit(sql.withTransaction(sql`INSERT INTO child (parent) VALUES (1)`)),
      second: Effect.exit(sql.withTransaction(insert(sql, 1)))
    })

  it.scoped("is a defect of the stock client, which can begin no transaction ever after", () =>
    Effect.gen(function* () {
      const { first, second } = yield* on(stock, program)
      assert.isTrue(Exit.isFailure(first) && Cause.isDie(first.cause))
      assert.isTrue(Exit.isFailure(second))
    })
  )

  it.scoped("is an SqlError of ours, and the next transaction works", () =>
    Effect.gen(function* () {
      const { first, second } = yield* on(ours, program)
      const error = Exit.isFailure(first) ? Cause.failureOption(first.cause) : first
      assert.strictEqual(
        error._tag === "Some" && error.value instanceof SqlError ? reasonOf(error.value) : error,
        "constraint"
      )
      assert.isTrue(Exit.isSuccess(second))
    })
  )
})

describe("statements beside another fiber's failing transactions, on a scheduler that yields often", () => {
  /** How many of the acknowledged inserts are missing. */
  const lost = (sql: SqlClient.SqlClient) =>
    Effect.gen(function* () {
      const doomed = Effect.ignore(sql.withTransaction(Effect.zipRight(Effect.yieldNow(), Effect.fail("no"))))
      const next = { id: 0 }
      const writer = Effect.suspend(() => insert(sql, ++next.id)).pipe(Effect.repeatN(299))
      yield* Effect.all(
        [writer, writer, writer, writer, Effect.repeatN(doomed, 600), Effect.repeatN(doomed, 600)],
        {
          concurrency: "unbounded"
        }
      )
      return next.id - ((yield* count(sql)) ?? 0)
    }).pipe(Effect.withMaxOpsBeforeYield(20))

  it.scoped(
    "are lost by the stock client",
    () =>
      Effect.gen(function* () {
        let total = 0
        for (let attempt = 0; attempt < 20 && total === 0; attempt++)
          total += yield* Effect.scoped(on(stock, lost))
        assert.isAbove(total, 0)
      }),
    60_000
  )

  it.scoped(
    "are all kept by ours",
    () =>
      Effect.gen(function* () {
        for (let attempt = 0; attempt < 5; attempt++)
          assert.strictEqual(yield* Effect.scoped(on(ours, lost)), 0)
      }),
    60_000
  )
})

describe("two parallel nested transactions, of which one fails", () => {
  const program = (sql: SqlClient.SqlClient) =>
    Effect.gen(function* () {
      const bothInside = yield* Deferred.make<void>()
      const good = sql.withTransaction(
        insert(sql, 1).pipe(Effect.zipRight(Deferred.await(bothInside)), Effect.timeoutOption("20 millis"))
      )
      const bad = sql.withTransaction(
        insert(sql, 2).pipe(
          Effect.zipRight(Deferred.succeed(bothInside, undefined)),
          Effect.zipRight(Effect.yieldNow()),
          Effect.zipRight(Effect.fail("no"))
        )
      )
      yield* sql.withTransaction(Effect.all([Effect.exit(good), Effect.exit(bad)], { concurrency: 2 }))
      return yield* ids(sql)
    })

  it.live("are confused by the stock client: what is kept is not what succeeded", () =>
    Effect.scoped(Effect.map(on(stock, program), (kept) => assert.notDeepEqual(kept, [1])))
  )

  it.live("are kept apart by ours", () =>
    Effect.scoped(Effect.map(on(ours, program), (kept) => assert.deepStrictEqual(kept, [1])))
  )
})

describe("a fiber that outlives its transaction and begins another", () => {
  const program = (sql: SqlClient.SqlClient) =>
    Effect.gen(function* () {
      const committed = yield* Deferred.make<void>()
      const escape = Effect.exit(
        Effect.zipRight(Deferred.await(committed), sql.withTransaction(insert(sql, 1)))
      )
      const late = yield* sql.withTransaction(Effect.forkDaemon(escape))
      yield* Deferred.succeed(committed, undefined)
      const escaped = yield* Fiber.join(late)
      return { escaped, later: yield* Effect.exit(sql.withTransaction(insert(sql, 2))) }
    })

  it.scoped("leaves the stock client unable to begin a transaction", () =>
    Effect.map(on(stock, program), ({ escaped, later }) => {
      assert.isTrue(Exit.isSuccess(escaped))
      assert.isTrue(Exit.isFailure(later))
    })
  )

  it.scoped("gets an error from ours, which goes on working", () =>
    Effect.map(on(ours, program), ({ escaped, later }) => {
      assert.isTrue(Exit.isFailure(escaped))
      assert.isTrue(Exit.isSuccess(later))
    })
  )
})

describe("a fiber that runs one transaction after the other", () => {
  /** How many of ten inserts another fiber gets done while the busy fiber runs its 500 transactions. */
  const program = (sql: SqlClient.SqlClient) =>
    Effect.gen(function* () {
      let done = 0
      const busy = sql.withTransaction(Effect.yieldNow()).pipe(Effect.repeatN(499))
      const modest = Effect.tap(insert(sql, 0), () => sql`DELETE FROM t`).pipe(
        Effect.tap(() => Effect.sync(() => ++done)),
        Effect.repeatN(9)
      )
      const fiber = yield* Effect.fork(busy)
      const other = yield* Effect.fork(modest)
      yield* Fiber.join(fiber)
      const meanwhile = done
      yield* Fiber.join(other)
      return meanwhile
    })

  it.scoped("starves all others on the stock client", () =>
    Effect.map(on(stock, program), (meanwhile) => assert.isBelow(meanwhile, 10))
  )

  it.scoped("takes turns with them on ours", () =>
    Effect.map(on(ours, program), (meanwhile) => assert.strictEqual(meanwhile, 10))
  )
})

describe("a transaction that reads and then writes, while another connection writes in between", () => {
  const program = (client: Client) => (sql: SqlClient.SqlClient, filename: string) =>
    Effect.gen(function* () {
      const hasRead = yield* Deferred.make<void>()
      const hasWritten = yield* Deferred.make<void>()
      const reader = sql.withTransaction(
        Effect.gen(function* () {
          yield* count(sql)
          yield* Deferred.succeed(hasRead, undefined)
          yield* Effect.timeoutOption(Deferred.await(hasWritten), "50 millis")
          yield* insert(sql, 1)
        })
      )
      const writer = Effect.gen(function* () {
        const other = yield* SqlClient.SqlClient
        yield* Deferred.await(hasRead)
        yield* insert(other, 2)
        yield* Deferred.succeed(hasWritten, undefined)
      }).pipe(Effect.provide(client(filename)))
      const [read] = yield* Effect.all([Effect.either(reader), writer], { concurrency: 2 })
      return { read, kept: yield* ids(sql) }
    })

  it.live("fails on the stock client, which begins without a lock", () =>
    Effect.scoped(
      Effect.map(on(stock, program(stock)), ({ read, kept }) => {
        assert.strictEqual(Either.isLeft(read) ? reasonOf(read.left) : "success", "busy")
        assert.deepStrictEqual(kept, [2])
      })
    )
  )

  it.live("succeeds on ours: the other connection waits", () =>
    Effect.scoped(
      Effect.map(on(ours, program(ours)), ({ read, kept }) => {
        assert.isTrue(Either.isRight(read))
        assert.deepStrictEqual(kept, [1, 2])
      })
    )
  )
})

describe("migrations of a database that cannot be written", () => {
  const up = Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.asVoid(sql`CREATE TABLE migrated (id INTEGER)`)
  )
  const readonly = <A, E>(program: Effect.Effect<A, E, SqlClient.SqlClient>, client: Client) =>
    Effect.gen(function* () {
      const filename = yield* tempFile("readonly.db")
      const prepare = Migrator.make({})({ loader: Migrator.fromRecord({}), table: "ledger" })
      yield* Effect.provide(prepare, stock(filename))
      return yield* Effect.provide(program, client(filename))
    })

  it.scoped("are reported as done by the stock migrator", () =>
    Effect.gen(function* () {
      const migrate = Migrator.make({})({
        loader: Migrator.fromRecord({ "0001_first": up }),
        table: "ledger"
      })
      const result = yield* readonly(migrate, (filename) =>
        Layer.orDie(StockSqlite.layer({ filename, readonly: true, disableWAL: true }))
      )
      assert.deepStrictEqual(result, [])
    })
  )

  it.scoped("are a typed error of ours", () =>
    Effect.gen(function* () {
      const migrate = Migrations.run({ ledger: "ledger", what: "The test", migrations: [[1, "first", up]] })
      const result = yield* Effect.flip(
        readonly(migrate, (filename) =>
          Layer.orDie(SqliteClient.layer({ filename, synchronous: "NORMAL", readonly: true }))
        )
      )
      assert.strictEqual(result._tag === "StoreError" ? result.reason : result._tag, "read-only")
    })
  )
})

describe("a second client used inside a transaction of the first", () => {
  const program = (client: Client) => (first: SqlClient.SqlClient) =>
    on(client, (second) =>
      Effect.zipRight(first.withTransaction(insert(second, 7)), Effect.all([count(first), count(second)]))
    ).pipe(Effect.scoped)

  it.scoped("writes to the first one's database on the stock client", () =>
    Effect.map(on(stock, program(stock)), (counts) => assert.deepStrictEqual(counts, [1, 0]))
  )

  it.scoped("writes to its own database on ours", () =>
    Effect.map(on(ours, program(ours)), (counts) => assert.deepStrictEqual(counts, [0, 1]))
  )
})

describe("a query that fails because its table does not exist yet", () => {
  const program = (sql: SqlClient.SqlClient) =>
    Effect.gen(function* () {
      yield* Effect.ignore(sql`SELECT * FROM later`)
      yield* sql`CREATE TABLE later (id INTEGER)`
      return yield* Effect.either(sql`SELECT * FROM later`)
    })

  it.scoped("goes on failing on the stock client", () =>
    Effect.map(on(stock, program), (result) => assert.isTrue(Either.isLeft(result)))
  )

  it.scoped("works on ours as soon as the table is there", () =>
    Effect.map(on(ours, program), (result) => assert.deepStrictEqual(result, Either.right([])))
  )
})

describe("SafeIntegers on one call", () => {
  const program = (sql: SqlClient.SqlClient) =>
    Effect.gen(function* () {
      const query = sql<{ readonly n: unknown }>`SELECT 1 AS n`
      yield* Effect.provideService(query, SqlClient.SafeIntegers, true)
      return yield* query
    })

  it.scoped("changes later calls on the stock client", () =>
    Effect.map(on(stock, program), (rows) => assert.deepStrictEqual(rows, [{ n: 1n }]))
  )

  it.scoped("changes that call only on ours", () =>
    Effect.map(on(ours, program), (rows) => assert.deepStrictEqual(rows, [{ n: 1 }]))
  )
})

describe("bad SQL in an unprepared statement", () => {
  const program = (sql: SqlClient.SqlClient) => Effect.exit(sql`SELEC 1`.unprepared)

  it.scoped("is a defect of the stock client", () =>
    Effect.map(on(stock, program), (exit) => assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause)))
  )

  it.scoped("is an SqlError of ours", () =>
    Effect.map(on(ours, program), (exit) =>
      assert.isTrue(Exit.isFailure(exit) && Cause.isFailure(exit.cause))
    )
  )
})

describe("a file that cannot be opened", () => {
  it.scoped("is a defect of the stock client and a StoreOpenError of ours", () =>
    Effect.gen(function* () {
      const folder = (yield* tempFile("x")).replace(/.x$/, "")
      const build = <E>(layer: Layer.Layer<SqlClient.SqlClient, E>) =>
        Effect.exit(Effect.scoped(Layer.build(layer)))
      const theirs = yield* build(StockSqlite.layer({ filename: folder }))
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(SqliteClient.layer({ filename: folder, synchronous: "NORMAL" })))
      )
      assert.isTrue(Exit.isFailure(theirs) && Cause.isDie(theirs.cause))
      assert.strictEqual(error.reason, "is-a-directory")
    })
  )
})
