/** Whom it is told what is known of a call before its end: a stream that is left has no result to say it. */
import * as Context from "effect/Context"
import type * as Option from "effect/Option"
import type { Outcome } from "../domain/Outcome.js"
import type { Usage } from "../domain/Usage.js"

/** `usage` is what the provider has said of it, its output not counted to the end; `outcome` how a cache of answers answered. */
export interface Heard {
  readonly usage: Option.Option<Usage>
  readonly outcome: Outcome | undefined
}

/** By default nobody. */
export class SoFar extends Context.Reference<SoFar>()("aegis/SoFar", {
  defaultValue: (): { readonly hear: (heard: Heard) => void } => ({ hear: () => undefined })
}) {}
