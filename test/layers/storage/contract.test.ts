import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe } from "vitest"
import * as SqliteClient from "../../../layers/storage/SqliteClient.js"
import { pgUrl, TempPg } from "../../support/postgres.js"
import { tempFile } from "../../support/tempDir.js"
import { transactionContract } from "./transactionContract.js"

transactionContract("SQLite in memory", SqliteClient.layer({ filename: ":memory:", synchronous: "NORMAL" }))

transactionContract(
  "SQLite in a file",
  Layer.unwrapScoped(
    Effect.map(tempFile("contract.db"), (filename) => SqliteClient.layer({ filename, synchronous: "FULL" }))
  )
)

describe.skipIf(pgUrl === undefined)("with a server", () => {
  transactionContract("Postgres", TempPg)
})
