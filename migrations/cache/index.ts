/** The migrations of the cache database, in order. A published one is never changed. */
import type { Plan } from "../../layers/storage/Migrations.js"
import { up as scaffolds } from "./0001_scaffolds.js"
import { up as tokenCounts } from "./0002_token_counts.js"
import { up as telemetry } from "./0003_telemetry.js"
import { up as columnsOfAHit } from "./0004_columns_of_a_hit.js"
import { up as verdicts } from "./0005_verdicts.js"
import { up as responses } from "./0006_responses.js"
import { up as ledger } from "./0007_ledger.js"
import { up as budgets } from "./0008_budgets.js"
import { up as ledgerChunks } from "./0009_ledger_chunks.js"

export const cacheMigrations: Plan = {
  ledger: "aegis_cache_migrations",
  what: "The cache database",
  migrations: [
    [1, "scaffolds", scaffolds],
    [2, "token_counts", tokenCounts],
    [3, "telemetry", telemetry],
    [4, "columns_of_a_hit", columnsOfAHit],
    [5, "verdicts", verdicts],
    [6, "responses", responses],
    [7, "ledger", ledger],
    [8, "budgets", budgets],
    [9, "ledger_chunks", ledgerChunks]
  ]
}
