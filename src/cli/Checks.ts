/**
 * What `aegis doctor` looks at. Owns: the checks of this installation and this project. Does not own: settings, which
 * doctor shows by itself, with their origins.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** `ok` works, `note` is worth knowing, `fault` must be mended and says how. */
export const Check = Schema.Struct({
  name: Schema.String,
  status: Schema.Literal("ok", "note", "fault"),
  detail: Schema.String
}).annotations({ identifier: "Check" })
export interface Check extends Schema.Schema.Type<typeof Check> {}

export class Checks extends Context.Tag("aegis/Checks")<
  Checks,
  { readonly all: Effect.Effect<ReadonlyArray<Check>> }
>() {}
