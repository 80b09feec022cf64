/**
 * The trace of a call, told to its provider (W3C Trace Context): only where it was asked for. A provider has no use for it, and could tell
 * by it which requests, of whichever keys, belong together; a gateway of one's own continues the trace.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import { isSeen } from "../../../src/telemetry/seen.js"

type Fetch = typeof globalThis.fetch

/** Whether the environment asks for it. */
export const isPropagated: Effect.Effect<boolean> = Effect.orElseSucceed(
  Config.boolean("AEGIS_OTEL_PROPAGATE"),
  () => false
)

/** `fetch` with the header of the span that is there now. Runs that are recorded keep no headers, so replays are the same. */
export const propagating = (fetch: Fetch): Effect.Effect<Fetch> =>
  Effect.withFiberRuntime((fiber) =>
    isSeen(fiber)
      ? Effect.match(Effect.currentSpan, {
          onFailure: () => fetch,
          onSuccess:
            ({ sampled, spanId, traceId }): Fetch =>
            (input, init) => {
              const headers = new Headers(
                init?.headers ?? (input instanceof Request ? input.headers : undefined)
              )
              headers.set("traceparent", `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`)
              return fetch(input, { ...init, headers })
            }
        })
      : Effect.succeed(fetch)
  )
