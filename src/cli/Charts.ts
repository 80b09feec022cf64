/** The library that draws the charts of a page, as a script to be put into it. Does not own: what is drawn. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StoreError } from "../domain/StoreErrors.js"

export class Charts extends Context.Tag("aegis/Charts")<
  Charts,
  { readonly script: Effect.Effect<string, StoreError> }
>() {}
