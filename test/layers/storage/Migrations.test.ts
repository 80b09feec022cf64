import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Migrations from "../../../layers/storage/Migrations.js"
import * as PgClient from "../../../layers/storage/PgClient.js"
import * as SqliteClient from "../../../layers/storage/SqliteClient.js"
import { bundle, spawn } from "../../support/childProcess.js"
import { pgUrl, tempDatabase } from "../../support/postgres.js"
import { tempFile } from "../../support/tempDir.js"

const statement = (text: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => Effect.asVoid(sql.unsafe(text)))
const first: Migrations.Migration = [1, "people", statement("CREATE TABLE people (id integer PRIMARY KEY)")]
const second: Migrations.Migration = [2, "name", statement("ALTER TABLE people ADD COLUMN name text")]
const third: Migrations.Migration = [3, "ada", statement("INSERT INTO people (id, name) VALUES (1, 'Ada')")]
const plan = (...migrations: ReadonlyArray<Migrations.Migration>): Migrations.Plan => ({
  ledger: "people_migrations",
  what: "The people store",
  migrations
})
const all = plan(first, second, third)
const people = Effect.flatMap(SqlClient.SqlClient, (sql) => sql<object>`SELECT id, name FROM people`)

const suite = (name: string, address: Effect.Effect<string, never, Scope.Scope>) => {
  const client = (url: string) =>
    url.startsWith("postgres")
      ? Layer.orDie(PgClient.layer({ url: Redacted.make(url) }))
      : Layer.orDie(SqliteClient.layer({ filename: url, synchronous: "NORMAL" }))
  const it_ = (title: string, program: Effect.Effect<void, unknown, SqlClient.SqlClient>) =>
    it.live(title, () =>
      Effect.scoped(Effect.flatMap(address, (url) => Effect.provide(program, client(url))))
    )

  describe(`migrations on ${name}`, () => {
    it_(
      "apply what is missing, in order, once",
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* Migrations.run({ ...all, through: 1 }), [[1, "people"]])
        assert.deepStrictEqual(yield* Migrations.run({ ...all, through: 1 }), [])
        assert.deepStrictEqual(yield* Migrations.run(all), [
          [2, "name"],
          [3, "ada"]
        ])
        assert.deepStrictEqual(yield* Migrations.run(all), [])
        assert.deepStrictEqual(yield* people, [{ id: 1, name: "Ada" }])
      })
    )

    it_(
      "report what is applied, missing and newer, and change nothing by it",
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* Migrations.status(plan(first)), {
          applied: [],
          missing: [[1, "people"]],
          newer: []
        })
        yield* Migrations.run(plan(first, second))
        assert.deepStrictEqual(yield* Migrations.status(plan(first)), {
          applied: [
            [1, "people"],
            [2, "name"]
          ],
          missing: [],
          newer: [[2, "name"]]
        })
      })
    )

    it_(
      "refuse a database that a newer version has migrated",
      Effect.gen(function* () {
        yield* Migrations.run(all)
        const error = yield* Effect.flip(Migrations.run(plan(first, second)))
        assert.deepInclude(error, { _tag: "SchemaTooNew", what: "The people store", found: 3, supported: 2 })
        assert.isTrue(Exit.isSuccess(yield* Effect.exit(people)))
      })
    )

    it_(
      "refuse to go on over a hole, and never fill it in silence",
      Effect.gen(function* () {
        const [number, name] = third
        yield* Migrations.run(plan(first, [number, name, statement("SELECT 1")]))
        const error = yield* Effect.flip(Migrations.run(all))
        assert.deepInclude(error, { _tag: "MigrationFailed", missing: ["2 name"] })
      })
    )

    it_(
      "leave nothing behind when one of them fails or has a bug, and succeed once it is mended",
      Effect.gen(function* () {
        const wrong = statement("INSERT INTO nowhere VALUES (1)")
        for (const up of [wrong, Effect.die(new Error("bug"))]) {
          const error = yield* Effect.flip(Migrations.run(plan(first, [2, "name", up])))
          assert.deepInclude(error, { _tag: "MigrationFailed", missing: ["1 people", "2 name"] })
        }
        assert.deepStrictEqual((yield* Migrations.status(all)).applied, [])
        assert.strictEqual((yield* Migrations.run(all)).length, 3)
      })
    )

    it_(
      "can be interrupted, and leave nothing behind",
      Effect.gen(function* () {
        const inside = yield* Effect.makeLatch(false)
        const endless = Effect.zipRight(inside.open, Effect.never)
        const fiber = yield* Effect.fork(Migrations.run(plan(first, [2, "endless", endless])))
        yield* inside.await
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
        assert.deepStrictEqual((yield* Migrations.status(all)).applied, [])
      })
    )

    it_(
      "refuse a list whose ids do not count upwards",
      Effect.gen(function* () {
        for (const ids of [
          [2, 1],
          [1, 1],
          [0, 1],
          [1.5, 2]
        ]) {
          const list = ids.map((id): Migrations.Migration => [id, "x", Effect.void])
          assert.strictEqual((yield* Effect.flip(Migrations.run(plan(...list))))._tag, "MigrationFailed")
        }
      })
    )

    it_(
      "say so when the database does not keep what it acknowledged",
      Effect.gen(function* () {
        const forgetful: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.flatMap(
          SqlClient.SqlClient,
          (sql) =>
            sql.onDialectOrElse({
              pg: () =>
                Effect.zipRight(
                  sql`CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
                  sql`CREATE TRIGGER forget BEFORE INSERT ON people_migrations FOR EACH ROW EXECUTE FUNCTION forget()`
                ),
              orElse: () =>
                sql`CREATE TRIGGER forget AFTER INSERT ON people_migrations BEGIN DELETE FROM people_migrations; END`
            })
        )
        const error = yield* Effect.flip(Migrations.run(plan([1, "forgetful", forgetful])))
        assert.deepInclude(error, { _tag: "MigrationFailed", missing: ["1 forgetful"] })
      })
    )

    it.live(
      "started by several processes at once on a fresh database all succeed, and one of them has done the work",
      () =>
        Effect.scoped(
          Effect.gen(function* () {
            const url = yield* address
            const program = yield* bundle("test/layers/storage/processes/migrate.ts")
            const children = yield* Effect.all(
              Array.from({ length: 4 }, () => spawn(program, [url])),
              { concurrency: "unbounded" }
            )
            yield* Effect.forEach(children, (child) => child.line("ready"), { concurrency: "unbounded" })
            yield* Effect.forEach(children, (child) => child.send("go"))
            const ends = yield* Effect.forEach(children, (child) => child.exit, { concurrency: "unbounded" })
            const lines = ends.map(({ stdout, stderr }) => stdout.at(-1) ?? stderr)
            assert.deepStrictEqual(lines.toSorted(), ["applied 0", "applied 0", "applied 0", "applied 3"])
          })
        ),
      60_000
    )
  })
}

suite("SQLite", tempFile("migrations.db"))
describe.skipIf(pgUrl === undefined)("with a server", () => {
  suite("Postgres", tempDatabase)
})

describe("migrations while another process holds the lock", () => {
  it.live("are a typed error when it does not let go", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const filename = yield* tempFile("locked.db")
        const impatient = SqliteClient.layer({
          filename,
          synchronous: "NORMAL",
          patience: "5 millis",
          busyTimeout: 0
        })
        const error = yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          return yield* sql.withTransaction(Effect.flip(Effect.provide(Migrations.run(all), impatient)))
        }).pipe(Effect.provide(SqliteClient.layer({ filename, synchronous: "NORMAL" })))
        assert.strictEqual(error._tag === "StoreError" ? error.reason : error._tag, "busy")
      })
    )
  )
})
