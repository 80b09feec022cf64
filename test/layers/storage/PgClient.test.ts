import * as Reactivity from "@effect/experimental/Reactivity"
import * as StockPg from "@effect/sql-pg/PgClient"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Net from "node:net"
import * as PgClient from "../../../layers/storage/PgClient.js"
import { reasonOf } from "../../../layers/storage/sqlError.js"
import { transaction } from "../../../layers/storage/Transaction.js"
import { administer, pgUrl, tempDatabase } from "../../support/postgres.js"

type Client = (url: Redacted.Redacted) => Layer.Layer<SqlClient.SqlClient>
const ours =
  (options: Omit<PgClient.Options, "url"> = {}): Client =>
  (url) =>
    Layer.orDie(PgClient.layer({ url, ...options }))
const stock: Client = (url) => Layer.orDie(StockPg.layer({ url }))

/** Runs a program on a new database with the tables `t`, `parent` and `child`. */
const on = <A, E>(
  client: Client,
  program: (sql: SqlClient.SqlClient, url: string) => Effect.Effect<A, E, SqlClient.SqlClient>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const url = yield* tempDatabase
      return yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE t (id integer PRIMARY KEY)`
        yield* sql`CREATE TABLE parent (id integer PRIMARY KEY)`
        yield* sql`CREATE TABLE child (parent integer REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)`
        return yield* program(sql, url)
      }).pipe(Effect.provide(client(Redacted.make(url))))
    })
  )

const insert = (sql: SqlClient.SqlClient, id: number) => sql`INSERT INTO t (id) VALUES (${id})`
const ids = (sql: SqlClient.SqlClient) =>
  Effect.map(sql<{ readonly id: number }>`SELECT id FROM t ORDER BY id`, (rows) => rows.map(({ id }) => id))
const backend = (sql: SqlClient.SqlClient) =>
  Effect.map(sql<{ readonly pid: number }>`SELECT pg_backend_pid() AS pid`, ([row]) => row?.pid ?? 0)
const active = (sql: SqlClient.SqlClient) =>
  Effect.map(
    sql<{ readonly n: string }>`SELECT count(*) AS n FROM pg_stat_activity
      WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()`,
    ([row]) => Number(row?.n)
  )
const terminate = (pid: number) => administer(`SELECT pg_terminate_backend(${pid})`)
const reason = (result: Either.Either<unknown, SqlError>) =>
  Either.match(result, { onLeft: reasonOf, onRight: () => "success" })
const isDefect = (exit: Exit.Exit<unknown, unknown>) => Exit.isFailure(exit) && Cause.isDie(exit.cause)

/** Two transactions that each read what the other writes: one of them must not commit. */
const writeSkew = (sql: SqlClient.SqlClient) => {
  const ready = [Effect.unsafeMakeLatch(false), Effect.unsafeMakeLatch(false)]
  const [first, second] = ready
  const side = (id: number, mine = first, other = second) =>
    sql.withTransaction(
      Effect.gen(function* () {
        yield* sql`SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`
        yield* sql`SELECT count(*) FROM t`
        yield* insert(sql, id)
        yield* mine?.open ?? Effect.void
        yield* other?.await ?? Effect.void
      })
    )
  return Effect.all([Effect.exit(side(1)), Effect.exit(side(2, second, first))], { concurrency: 2 })
}

describe.skipIf(pgUrl === undefined)("a transaction on Postgres", () => {
  describe("whose COMMIT the server refuses", () => {
    const orphan = (sql: SqlClient.SqlClient) => sql`INSERT INTO child (parent) VALUES (1)`

    it.live("for a deferred constraint: a defect of the stock client, an SqlError of ours", () =>
      Effect.gen(function* () {
        assert.isTrue(isDefect(yield* on(stock, (sql) => Effect.exit(sql.withTransaction(orphan(sql))))))
        yield* on(ours({ maxConnections: 1 }), (sql) =>
          Effect.gen(function* () {
            const pid = yield* backend(sql)
            assert.strictEqual(reason(yield* Effect.either(transaction(orphan(sql)))), "constraint")
            yield* transaction(insert(sql, 1))
            assert.deepStrictEqual(yield* ids(sql), [1])
            assert.strictEqual(yield* backend(sql), pid)
          })
        )
      })
    )

    it.live(
      "to keep transactions serializable: a defect of the stock client, one that can be retried of ours",
      () =>
        Effect.gen(function* () {
          assert.isTrue((yield* on(stock, writeSkew)).some(isDefect))
          const exits = yield* on(ours(), writeSkew)
          const failures = exits.flatMap((exit) => (Exit.isFailure(exit) ? [Cause.squash(exit.cause)] : []))
          assert.deepStrictEqual(
            failures.map((error) => reasonOf(error as SqlError)),
            ["serialization"]
          )
        })
    )

    it.live("because a caught statement had failed: the stock client says it succeeded, ours does not", () =>
      Effect.gen(function* () {
        const program = (sql: SqlClient.SqlClient) =>
          Effect.gen(function* () {
            const body = Effect.zipRight(insert(sql, 1), Effect.ignore(insert(sql, 1)))
            const result = yield* Effect.either(sql.withTransaction(body))
            return [reason(result), yield* ids(sql)]
          })
        assert.deepStrictEqual(yield* on(stock, program), ["success", []])
        assert.deepStrictEqual(yield* on(ours(), program), ["transaction", []])
      })
    )
  })

  describe("whose connection is lost", () => {
    const program = (sql: SqlClient.SqlClient) =>
      sql.withTransaction(
        Effect.gen(function* () {
          yield* insert(sql, 1)
          yield* terminate(yield* backend(sql))
          yield* insert(sql, 2)
        })
      )

    it.live("ends in a defect of the stock client", () =>
      Effect.map(
        on(stock, (sql) => Effect.exit(program(sql))),
        (exit) => assert.isTrue(isDefect(exit))
      )
    )

    it.live("ends in an SqlError of ours, and the pool gets a new connection for it", () =>
      on(ours({ maxConnections: 1 }), (sql) =>
        Effect.gen(function* () {
          const pid = yield* backend(sql)
          assert.strictEqual(reason(yield* Effect.either(program(sql))), "connection")
          assert.deepStrictEqual(yield* ids(sql), [])
          assert.notStrictEqual(yield* backend(sql), pid)
        })
      )
    )

    it.live("cannot be saved by catching the error", () =>
      on(ours(), (sql) =>
        Effect.gen(function* () {
          assert.strictEqual(
            reason(yield* Effect.either(transaction(Effect.ignore(program(sql))))),
            "connection"
          )
          assert.deepStrictEqual(yield* ids(sql), [])
        })
      )
    )
  })

  it.live("that ends itself by hand takes no further statement", () =>
    on(ours(), (sql) =>
      Effect.gen(function* () {
        const byHand = transaction(
          Effect.gen(function* () {
            yield* insert(sql, 1)
            yield* sql`COMMIT`
            assert.strictEqual(reason(yield* Effect.either(insert(sql, 2))), "transaction")
          })
        )
        assert.strictEqual(reason(yield* Effect.either(byHand)), "transaction")
        assert.deepStrictEqual(yield* ids(sql), [1])
      })
    )
  )
})

describe.skipIf(pgUrl === undefined)("an interrupted statement", () => {
  it.live("stops on the server, and its connection is used again", () =>
    on(ours({ maxConnections: 1 }), (sql) =>
      Effect.gen(function* () {
        const pid = yield* backend(sql)
        const stopped = yield* Effect.timeoutOption(sql`SELECT pg_sleep(30)`, "50 millis")
        assert.strictEqual(stopped._tag, "None")
        assert.strictEqual(yield* active(sql), 0)
        assert.strictEqual(yield* backend(sql), pid)
      })
    )
  )

  it.live("undoes its nested transaction, and the outer one goes on", () =>
    on(ours(), (sql) =>
      Effect.gen(function* () {
        const slow = transaction(Effect.zipRight(insert(sql, 2), sql`SELECT pg_sleep(30)`))
        yield* transaction(
          Effect.gen(function* () {
            yield* insert(sql, 1)
            yield* Effect.timeoutOption(slow, "50 millis")
            yield* insert(sql, 3)
          })
        )
        assert.deepStrictEqual(yield* ids(sql), [1, 3])
        assert.strictEqual(yield* active(sql), 0)
      })
    )
  )

  it.live("is stopped by the server itself when it takes longer than the limit", () =>
    on(ours(), (_sql, url) =>
      Effect.gen(function* () {
        const hasty = ours({ statementTimeout: "50 millis" })(Redacted.make(url))
        const sleep = Effect.flatMap(SqlClient.SqlClient, (limited) => limited`SELECT pg_sleep(30)`)
        assert.strictEqual(reason(yield* Effect.either(Effect.provide(sleep, hasty))), "busy")
      })
    )
  )
})

describe.skipIf(pgUrl === undefined)("a direct statement", () => {
  const onDirect = <A, E>(program: (sql: PgClient.PgClient) => Effect.Effect<A, E>) =>
    Effect.scoped(
      Effect.flatMap(tempDatabase, (url) =>
        Effect.flatMap(PgClient.make({ url: Redacted.make(url), maxConnections: 1 }), program)
      )
    ).pipe(Effect.provide(Reactivity.layer))
  const pid = "SELECT pg_backend_pid() AS pid"

  it.live("is part of the transaction in which it runs, and otherwise alone", () =>
    onDirect((sql) =>
      Effect.gen(function* () {
        yield* sql.direct("CREATE TABLE one (id integer)", [])
        yield* Effect.ignore(
          sql.withTransaction(
            Effect.zipRight(sql.direct("INSERT INTO one VALUES ($1)", [1]), Effect.fail("no"))
          )
        )
        assert.deepStrictEqual(yield* sql.direct("SELECT id FROM one", []), [])
        yield* sql.direct("INSERT INTO one VALUES ($1)", [2])
        assert.deepStrictEqual(yield* sql.direct("SELECT id FROM one", []), [{ id: 2 }])
      })
    )
  )

  it.live("stops on the server when it is interrupted, and its connection is used again", () =>
    onDirect((sql) =>
      Effect.gen(function* () {
        const before = yield* sql.direct(pid, [])
        const slow = sql.direct("SELECT pg_sleep(30)", [])
        const waiting = yield* Effect.fork(Effect.zipRight(Effect.sleep("20 millis"), slow))
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(slow, "60 millis")))
        yield* Fiber.interrupt(waiting)
        assert.deepStrictEqual(yield* sql.direct(pid, []), before)
      })
    )
  )

  it.live("loses no connection, in whichever moment it is interrupted", () =>
    onDirect((sql) =>
      Effect.gen(function* () {
        for (let turn = 0; turn < 60; turn++) {
          const fibers = yield* Effect.forEach([1, 2, 3], (n) =>
            Effect.fork(sql.direct(n === 2 ? "SELECT 1 / 0" : "SELECT pg_sleep(0.0005)", []))
          )
          for (let hop = 0; hop < turn; hop++) yield* Effect.promise(() => Promise.resolve())
          if (turn % 3 === 0) yield* Effect.sleep("1 millis")
          yield* Fiber.interruptAll(fibers)
        }
        assert.deepStrictEqual(yield* sql.direct("SELECT 1 AS n", []), [{ n: 1 }])
        yield* sql.direct("BEGIN", [])
        assert.deepStrictEqual(yield* sql.direct("SELECT txid_current_if_assigned() AS id", []), [
          { id: null }
        ])
        const open =
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
        assert.deepStrictEqual(yield* sql.direct(open, []), [])
      })
    )
  )
})

describe.skipIf(pgUrl === undefined)("the pool", () => {
  it.live("says after its timeout that it is exhausted, and recovers", () =>
    on(ours({ maxConnections: 1, connectTimeout: "100 millis" }), (sql) =>
      Effect.gen(function* () {
        const inside = yield* Effect.makeLatch(false)
        const outside = yield* Effect.fork(Effect.zipRight(inside.await, Effect.either(ids(sql))))
        const other = yield* transaction(
          insert(sql, 1).pipe(Effect.zipRight(inside.open), Effect.zipRight(Fiber.join(outside)))
        )
        assert.strictEqual(reason(other), "connection")
        assert.deepStrictEqual(yield* ids(sql), [1])
      })
    )
  )

  it.live("loses no connection to a fiber that was interrupted while it waited for one", () =>
    on(ours({ maxConnections: 1 }), (sql) =>
      Effect.gen(function* () {
        const inside = yield* Effect.makeLatch(false)
        const waiting = yield* Effect.forEach([5, 6, 7, 8, 9], (id) =>
          Effect.fork(
            Effect.zipRight(inside.await, id % 2 === 0 ? insert(sql, id) : transaction(insert(sql, id)))
          )
        )
        yield* transaction(
          insert(sql, 1).pipe(
            Effect.zipRight(inside.open),
            Effect.zipRight(Effect.yieldNow()),
            Effect.zipRight(Fiber.interruptAll(waiting))
          )
        )
        assert.deepStrictEqual(yield* ids(sql), [1])
      })
    )
  )

  it.live("replaces connections that died while they were idle", () =>
    on(ours({ maxConnections: 1 }), (sql) =>
      Effect.gen(function* () {
        const pid = yield* backend(sql)
        yield* terminate(pid)
        // The news of the loss may arrive with the next statement: then that one fails, and no other.
        yield* Effect.ignore(backend(sql))
        assert.notStrictEqual(yield* backend(sql), pid)
      })
    )
  )

  it.live("survives a connection that dies in the moment in which it is handed out", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const message = (type: string, body: Buffer) => {
          const head = Buffer.alloc(5)
          head.write(type)
          head.writeInt32BE(body.length + 4, 1)
          return Buffer.concat([head, body])
        }
        const farewell = ["SFATAL", "VFATAL", "C57P01", "Mterminating connection", ""].join("\0") + "\0"
        // it is ready, and says good-bye in the same breath
        const answer = Buffer.concat([
          message("R", Buffer.alloc(4)),
          message("Z", Buffer.from("I")),
          message("E", Buffer.from(farewell))
        ])
        const server = Net.createServer((socket) => {
          socket.on("error", () => {})
          socket.once("data", () => socket.end(answer))
        })
        const port = yield* Effect.acquireRelease(
          Effect.async<number>((resume) => {
            server.listen(0, "127.0.0.1", () => {
              const address = server.address()
              resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
            })
          }),
          () => Effect.sync(() => server.close())
        )
        const url = Redacted.make(`postgres://me@127.0.0.1:${port}/mine`)
        const query = Effect.flatMap(SqlClient.SqlClient, (sql) => Effect.either(sql`SELECT 1`))
        assert.strictEqual(reason(yield* Effect.provide(query, ours()(url))), "connection")
      })
    )
  )

  it.live("never gets back a connection with an open transaction", () =>
    on(ours({ maxConnections: 1 }), (sql) =>
      Effect.gen(function* () {
        yield* sql`BEGIN`
        yield* insert(sql, 1)
        assert.deepStrictEqual(yield* ids(sql), [1])
        yield* Effect.ignore(sql`SELECT 1 / 0`)
        assert.strictEqual(
          (yield* sql`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'`)
            .length,
          0
        )
      })
    )
  )

  it.live("returns rows, arrays and results, and takes bytes", () =>
    on(ours(), (sql) =>
      Effect.gen(function* () {
        const bytes = Buffer.from([0, 1, 255])
        const query = sql`SELECT ${bytes}::bytea AS body, ${null}::text AS nothing`
        assert.deepStrictEqual(yield* query, [{ body: bytes, nothing: null }])
        assert.deepStrictEqual(yield* query.values, [[bytes, null]])
        assert.deepStrictEqual(yield* query.unprepared, [{ body: bytes, nothing: null }])
        assert.strictEqual((yield* insert(sql, 1).raw as Effect.Effect<{ rowCount: number }>).rowCount, 1)
      })
    )
  )
})

describe("opening", () => {
  const open = (url: string) =>
    Effect.flip(
      Effect.scoped(Layer.build(PgClient.layer({ url: Redacted.make(url), connectTimeout: "2 seconds" })))
    )

  it.live("says that no server answers, without the password", () =>
    Effect.gen(function* () {
      const server = Net.createServer()
      yield* Effect.async<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      })
      const address = server.address()
      yield* Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
      })
      const port = typeof address === "object" ? address?.port : undefined
      const error = yield* open(`postgres://me:secret@127.0.0.1:${port}/mine?sslmode=disable`)
      assert.strictEqual(error.reason, "unreachable")
      assert.strictEqual(error.location, `127.0.0.1:${port}/mine`)
      assert.notInclude(error.message, "secret")
    })
  )

  it.live("says so too when the address makes no sense", () =>
    Effect.gen(function* () {
      const error = yield* open("postgres://[")
      assert.strictEqual(error.reason, "unreachable")
      assert.strictEqual(error.location, "?:?/")
    })
  )

  it.live.skipIf(pgUrl === undefined)("tells a missing database from a wrong password", () =>
    Effect.gen(function* () {
      const url = new URL(pgUrl ?? "")
      url.pathname = "/absent"
      assert.strictEqual((yield* open(url.href)).reason, "not-found")
      url.username = "nobody-of-that-name"
      assert.strictEqual((yield* open(url.href)).reason, "permission")
    })
  )
})
