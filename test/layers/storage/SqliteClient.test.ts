import { assert, describe, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as SqliteClient from "../../../layers/storage/SqliteClient.js"
import { transaction } from "../../../layers/storage/Transaction.js"
import { tempFile } from "../../support/tempDir.js"

describe("smoke", () => {
  it.scoped("works", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile("a.db")
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`create table t (a integer)`
        yield* transaction(Effect.all([sql`insert into t values (1)`, transaction(sql`insert into t values (2)`), Effect.either(transaction(Effect.zipRight(sql`insert into t values (3)`, Effect.fail("no"))))], { concurrency: 3}))
        assert.deepStrictEqual(yield* sql`select a from t`, [{ a: 1 }, { a: 2 }])
      }).pipe(Effect.provide(SqliteClient.layer({ filename, synchronous: "NORMAL" })))
    })
  )
})
