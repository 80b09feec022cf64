/**
 * A process that writes to the SQLite file of its first argument until it is killed or has done what it was asked for:
 * each transaction reads a counter, writes it back and adds a row; what is acknowledged is printed.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as SqliteClient from "../../../../layers/storage/SqliteClient.js"
import { transaction } from "../../../../layers/storage/Transaction.js"

const [, , filename = "", name = "", count = "0"] = process.argv

const step = (id: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* transaction(
      Effect.gen(function* () {
        const [row] = yield* sql<{ readonly n: number }>`SELECT n FROM counter`
        yield* Effect.yieldNow()
        yield* sql`UPDATE counter SET n = ${(row?.n ?? 0) + 1}`
        yield* sql`INSERT INTO entry (writer, id, body) VALUES (${name}, ${id}, ${"x".repeat(1000)})`
      })
    )
    process.stdout.write(`ack ${name} ${id}\n`)
  })

const program = Effect.iterate(0, {
  while: (id) => id < Number(count),
  body: (id) => Effect.as(step(id), id + 1)
})

await Effect.runPromise(
  Effect.provide(program, SqliteClient.layer({ filename, synchronous: "NORMAL", busyTimeout: "10 millis" }))
).then(
  () => process.stdout.write("done\n"),
  (error: unknown) => process.stdout.write(`failed ${String(error)}\n`)
)
