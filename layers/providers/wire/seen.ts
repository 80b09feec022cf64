/** How a cache of answers, if there is one between a client and its provider, answered. The SDKs keep it to themselves. */
import * as Effect from "effect/Effect"
import type { Outcome } from "../../../src/domain/Outcome.js"
import { Fetch } from "../../../src/services/Fetch.js"
import { outcomeOf } from "../../../src/services/responses/outcome.js"

/** The outcome of the last request. */
export interface Seen {
  outcome: Outcome | undefined
}

/** What is made in this reaches the network as it would, and `seen` learns of it. */
export const watching = <A, E, R>(seen: Seen, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Fetch, (outer) =>
    Effect.provideService(effect, Fetch, {
      ...outer,
      current: Effect.map(outer.current, (fetch): typeof globalThis.fetch => async (input, init) => {
        const response = await fetch(input, init)
        seen.outcome = outcomeOf(response)
        return response
      })
    })
  )
