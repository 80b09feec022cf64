/** The migrations of the run store, in order, in both dialects. A published one is never changed. */
import type { Plan } from "../../layers/storage/Migrations.js"
import { up as runs } from "./0001_runs.js"

export const runMigrations: Plan = {
  ledger: "aegis_run_migrations",
  what: "The run store",
  migrations: [[1, "runs", runs]]
}
