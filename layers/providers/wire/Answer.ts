/** An answer as a wire read it, before it is priced. */
import type * as Option from "effect/Option"
import type { Warning } from "../../../src/domain/ResolvedScaffold.js"
import type { Usage } from "../../../src/domain/Usage.js"

export interface Answer {
  readonly content: string
  /** The model that answered, by the provider's own word. */
  readonly model: string
  readonly finishReason: string
  readonly responseId: string | undefined
  readonly usage: Option.Option<Usage>
  /** The service tier that was used, where the provider tells. */
  readonly serviceTier: string | undefined
  readonly warnings: ReadonlyArray<Warning>
}

/** Takes the events of one stream in order. */
export interface Reader<Event> {
  /** The text that the event adds to the answer. */
  readonly take: (event: Event) => string
  /** The answer, once its terminal event was taken. */
  readonly answer: () => Answer | undefined
  /** What was said of the usage so far; left out where the provider tells it at the end alone. */
  readonly usage?: () => Option.Option<Usage>
}

const common: ReadonlyMap<string, string> = new Map([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["completed", "stop"],
  ["length", "max_tokens"],
  ["max_output_tokens", "max_tokens"],
  ["content_filter", "refusal"]
])

/** `stop`, `max_tokens` and `refusal` for all providers; any other reason in the provider's own word. */
export const finishReason = (reported: string): string => common.get(reported) ?? reported
