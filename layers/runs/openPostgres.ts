/** The run store on a Postgres server. */
import type * as Reactivity from "@effect/experimental/Reactivity"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Options, RunDatabase, RunDatabaseError } from "../RunDatabase.js"

export const openPostgres = (
  url: Redacted.Redacted,
  options: Options
): Effect.Effect<RunDatabase["Type"], RunDatabaseError, Scope.Scope | Reactivity.Reactivity> => {
  void url
  void options
  return Effect.dieMessage("in the making")
}
