/** A model of the providers' caches that is asked request by request, in bounded memory. */
import type { ProviderRequest } from "../../domain/ProviderRequest.js"
import type { Predicted } from "../simulator/Predicted.js"
import { isPredicted, simulate } from "../simulator/simulate.js"

/** What becomes of the next request; undefined where nothing is known of its cache. */
export type NextOutcome = (request: ProviderRequest) => Predicted | undefined

const start = (): NextOutcome => {
  // the model takes a request when it is asked for what becomes of it
  let request: ProviderRequest | undefined
  const outcomes = simulate(
    (function* () {
      while (request !== undefined) yield request
    })()
  )
  return (next) => {
    request = next
    const { value } = outcomes.next()
    return value !== undefined && isPredicted(value) ? value : undefined
  }
}

/**
 * A model that remembers at least the last `least` requests and at most twice as many. It never forgets by itself: so another is begun after
 * every `least` of them, is shown what the first is shown, and takes its place after as many again. What was last sent before that is then
 * new to it.
 */
export const makeRolling = (least = 100_000): NextOutcome => {
  let current = start()
  let following: NextOutcome | undefined
  let seen = 0
  return (request) => {
    if (seen === least) {
      if (following !== undefined) current = following
      following = start()
      seen = 0
    }
    seen += 1
    following?.(request)
    return current(request)
  }
}
