/** The run store on a Postgres server. */
import type * as Reactivity from "@effect/experimental/Reactivity"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type Options, type RunDatabase, type RunDatabaseError, upToDate } from "../RunDatabase.js"
import * as RunStoragePg from "../RunStoragePg.js"
import { saysOf } from "../storage/pgAddress.js"
import * as PgClient from "../storage/PgClient.js"

export const openPostgres = (
  url: Redacted.Redacted,
  options: Options
): Effect.Effect<RunDatabase["Type"], RunDatabaseError, Scope.Scope | Reactivity.Reactivity> =>
  Effect.gen(function* () {
    const sql = yield* PgClient.make({
      url,
      statementTimeout: options.statementTimeout ?? "30 seconds",
      maxConnections: options.maxConnections,
      preparedStatements: options.preparedStatements
    })
    yield* upToDate(sql, options)
    const rowLevelSecurity =
      options.rowLevelSecurity ?? saysOf(Redacted.value(url), "row_level_security") ?? false
    return {
      dialect: "postgres" as const,
      location: PgClient.locationOf(url),
      sql,
      storage: (namespace: string) => RunStoragePg.make(sql, namespace, { rowLevelSecurity })
    }
  })
