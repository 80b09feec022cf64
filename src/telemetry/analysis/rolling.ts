/** A model of the providers' caches that is asked request by request, in bounded memory. */
import { makeHistory } from "../simulator/simulate.js"

type History = ReturnType<typeof makeHistory>

/**
 * A model that remembers at least the last `least` requests and at most twice as many. It never forgets by itself: so another is begun after
 * every `least` of them, is shown what the first is shown, and takes its place after as many again. What was last sent before that is then
 * new to it.
 */
export const makeRolling = (least = 100_000): History => {
  let current = makeHistory()
  let following: History | undefined
  let seen = 0
  return (request) => {
    if (seen === least) {
      if (following !== undefined) current = following
      following = makeHistory()
      seen = 0
    }
    seen += 1
    following?.(request)
    return current(request)
  }
}
