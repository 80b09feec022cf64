/** One export over HTTP, as OTLP's specification has it (protocol/otlp). By Node's own client: `fetch` takes 100 ms to load. */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Http from "node:http"
import * as Https from "node:https"
import type { Destination } from "./environment.js"

/** `reason` is a status or a code of the system, never an address: keys may stand in it. `retryAfter` is in milliseconds. */
export class Unsent extends Data.TaggedError("Unsent")<{
  readonly reason: string
  readonly mayRetry: boolean
  readonly retryAfter: number | undefined
}> {}

/** Those that the specification says to send again. */
const transient: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** In seconds; the other form, a date, needs a clock that agrees with the server's. */
const retryAfterOf = (header: string | undefined): number | undefined => {
  const seconds = header === undefined ? Number.NaN : Number(header)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

const once = ({ headers, url }: Destination, body: Uint8Array, agent: string): Effect.Effect<void, Unsent> =>
  Effect.async((resume) => {
    const { request } = url.startsWith("https:") ? Https : Http
    const sent = request(
      url,
      {
        method: "POST",
        headers: {
          "user-agent": agent,
          ...headers,
          "content-type": "application/x-protobuf",
          "content-length": body.byteLength
        }
      },
      (response) => {
        const status = response.statusCode ?? 0
        response.on("error", () => {})
        response.resume()
        if (status >= 200 && status < 300) return resume(Effect.void)
        const retryAfter = retryAfterOf(response.headers["retry-after"])
        resume(new Unsent({ reason: `status ${status}`, mayRetry: transient.has(status), retryAfter }))
      }
    )
    sent.on("error", (cause) => {
      const reason = "code" in cause ? String(cause.code) : cause.name
      resume(new Unsent({ reason, mayRetry: true, retryAfter: undefined }))
    })
    sent.end(body)
    return Effect.sync(() => void sent.destroy())
  })

/** Pauses that double from a second, ±20 %, or as long as the collector asks. */
const schedule = Schedule.exponential("1 second").pipe(
  Schedule.jittered,
  Schedule.zipRight(Schedule.identity<Unsent>()),
  Schedule.modifyDelay(({ retryAfter }, delay) =>
    retryAfter === undefined ? delay : Duration.millis(retryAfter)
  )
)

/** Sends until it is taken, refused for good, `isClosing`, or the destination's time is over. */
export const post = (
  destination: Destination,
  body: Uint8Array,
  agent: string,
  isClosing: () => boolean
): Effect.Effect<void, Unsent> =>
  // a header that is none makes Node throw
  Effect.suspend(() => once(destination, body, agent)).pipe(
    Effect.catchAllDefect(() =>
      Effect.fail(new Unsent({ reason: "headers that are none", mayRetry: false, retryAfter: undefined }))
    ),
    Effect.retry({ schedule, while: ({ mayRetry }) => mayRetry && !isClosing() }),
    Effect.timeoutFail({
      duration: destination.timeout,
      onTimeout: () => new Unsent({ reason: "no answer in time", mayRetry: false, retryAfter: undefined })
    })
  )
