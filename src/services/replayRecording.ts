/** The one function that most programs need of replays: a recording, with what is changed as it comes. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Overrides } from "../domain/Overrides.js"
import type { InvalidInput } from "../domain/PromptErrors.js"
import type { ReplayResult } from "../domain/ReplayResult.js"
import { invalidInput } from "./invalidInput.js"
import { Replay, type ReplayError } from "./Replay.js"

const decode = Schema.decodeUnknown(Overrides, { onExcessProperty: "error" })

/**
 * Replays a recording with what is changed, and keeps that on a branch of its own; the recorded run stays as it is.
 *
 * @example const { verdict, nodes } = yield* replay(recording, { model: "claude-haiku-4-5" })
 */
export const replay = (
  checkpointId: string,
  overrides: typeof Overrides.Encoded = {}
): Effect.Effect<ReplayResult, ReplayError | InvalidInput, Replay> =>
  Effect.flatMap(Effect.mapError(decode(overrides), invalidInput("Overrides")), (decoded) =>
    Effect.flatMap(Replay, (service) => service.replay(checkpointId, decoded))
  )
