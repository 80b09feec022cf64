/**
 * The schemas of the project's databases: the cache, and the run store in its file or on its server. Owns: what was applied,
 * and applying the rest. Does not own: the migrations themselves, which every store also applies when it is opened.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { MigrationReport, MigrationStatus } from "../domain/Migrations.js"
import type { MigrationFailed, SchemaTooNew, StoreError, StoreOpenError } from "../domain/StoreErrors.js"
import type { UsageError } from "./UsageError.js"

export class Schemas extends Context.Tag("aegis/Schemas")<
  Schemas,
  {
    /** Changes nothing: a file that is not there is not made. */
    readonly status: Effect.Effect<MigrationStatus, StoreOpenError | StoreError>
    /** Brings both up to date; a file that is not there is made. */
    readonly up: (options: {
      /** Postgres: let the server hold each program to its namespace. */
      readonly rowLevelSecurity: boolean
    }) => Effect.Effect<
      MigrationReport,
      StoreOpenError | StoreError | MigrationFailed | SchemaTooNew | UsageError
    >
  }
>() {}
