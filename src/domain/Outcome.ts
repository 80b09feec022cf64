/** How a lookup ended. */
import * as Schema from "effect/Schema"

/**
 * - `hit`: answered from a cache tier
 * - `miss`: computed now
 * - `follower`: joined another caller's computation
 * - `replay`: answered from a recording
 * - `bypass`: the cache was left out on request
 */
export const Outcome = Schema.Literal("hit", "miss", "follower", "replay", "bypass").annotations({
  identifier: "Outcome"
})
export type Outcome = typeof Outcome.Type
