/** A process that migrates the database of its first argument, when it is told to on stdin. */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { once } from "node:events"
import * as Migrations from "../../../../layers/storage/Migrations.js"
import * as PgClient from "../../../../layers/storage/PgClient.js"
import * as SqliteClient from "../../../../layers/storage/SqliteClient.js"

const [, , url = ""] = process.argv
const statement = (text: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => Effect.asVoid(sql.unsafe(text)))

const run = Migrations.run({
  ledger: "ledger",
  what: "The test",
  migrations: [
    [1, "create", statement("CREATE TABLE people (id integer PRIMARY KEY)")],
    [2, "alter", statement("ALTER TABLE people ADD COLUMN name text")],
    [3, "insert", statement("INSERT INTO people (id) VALUES (1)")]
  ]
})

process.stdout.write("ready\n")
await once(process.stdin, "data")
process.stdin.destroy()
const applied = await Effect.runPromise(
  url.startsWith("postgres")
    ? Effect.provide(run, PgClient.layer({ url: Redacted.make(url) }))
    : Effect.provide(run, SqliteClient.layer({ filename: url, synchronous: "NORMAL" }))
)
process.stdout.write(`applied ${applied.length}\n`)
