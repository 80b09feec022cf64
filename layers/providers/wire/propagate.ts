/**
 * The trace of a call, told to its provider (W3C Trace Context): only where it was asked for. A provider has no use for it, and could tell
 * by it which requests, of whichever keys, belong together; a gateway of one's own continues the trace.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import { isSeen } from "../../../src/telemetry/seen.js"

type Fetch = typeof globalThis.fetch

export const propagateVariable = "AEGIS_OTEL_PROPAGATE"

const isAsked: Effect.Effect<boolean> = Effect.orElseSucceed(Config.boolean(propagateVariable), () => false)

/** `fetch` with the header of the span that is there now. Runs that are recorded keep no headers, so replays are the same. */
export const propagating = (fetch: Fetch): Effect.Effect<Fetch> =>
  Effect.withFiberRuntime((fiber) => {
    if (!isSeen(fiber)) return Effect.succeed(fetch)
    return Effect.zipWith(isAsked, Effect.option(Effect.currentSpan), (asked, span) => {
      if (!asked || span._tag === "None") return fetch
      const { sampled, spanId, traceId } = span.value
      const traceparent = `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`
      return (input, init) => {
        const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined))
        headers.set("traceparent", traceparent)
        return fetch(input, { ...init, headers })
      }
    })
  })
