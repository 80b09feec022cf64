/**
 * A process that writes to the SQLite file of its first argument until it cannot: it prints why, whether it can still
 * read, and what it has acknowledged. With a user id as second argument it gives up its rights first.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { reasonOf } from "../../../../layers/storage/sqlError.js"
import * as SqliteClient from "../../../../layers/storage/SqliteClient.js"
import { transaction } from "../../../../layers/storage/Transaction.js"

const [, , filename = "", uid] = process.argv
if (uid !== undefined) process.setuid?.(Number(uid))

const program = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE entry (id INTEGER PRIMARY KEY, body TEXT)`
  let acknowledged = 0
  const insert = Effect.suspend(
    () => sql`INSERT INTO entry VALUES (${acknowledged + 1}, ${"x".repeat(20_000)})`
  )
  const one = Effect.suspend(() => (acknowledged % 2 === 0 ? transaction(insert) : insert))
  const error = yield* Effect.flip(Effect.forever(Effect.tap(one, () => Effect.sync(() => ++acknowledged))))
  const [row] = yield* sql<{ readonly n: number }>`SELECT count(*) AS n FROM entry`
  return `${reasonOf(error)} acknowledged ${acknowledged} kept ${row?.n}`
})

await Effect.runPromise(Effect.provide(program, SqliteClient.layer({ filename, synchronous: "FULL" }))).then(
  (line) => process.stdout.write(`${line}\n`),
  (error: unknown) =>
    process.stdout.write(`failed ${error instanceof SqlError ? reasonOf(error) : String(error)}\n`)
)
