/**
 * Sends what has gathered: now and then, and once more when its scope closes, all kinds at the same time and not a moment longer than
 * `patience`. What cannot be sent is lost, which is said once: spans and metrics are a view, the ledger is what counts.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { Destination } from "./environment.js"
import { post } from "./post.js"

/** `next` makes the body of the next export out of what has gathered; undefined where there is nothing more. */
export interface Outlet {
  readonly kind: "traces" | "metrics"
  readonly destination: Destination
  readonly next: () => Uint8Array | undefined
}

export const run = (
  outlets: ReadonlyArray<Outlet>,
  options: { readonly agent: string; readonly patience: Duration.DurationInput }
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    let closing = false
    const isClosing = (): boolean => closing

    const make = Effect.fnUntraced(function* ({ destination, kind, next }: Outlet) {
      const turn = yield* Effect.makeSemaphore(1)
      let said = false
      const lost = (reason: string): Effect.Effect<void> => {
        if (said) return Effect.void
        said = true
        return Effect.logWarning(`OpenTelemetry: ${kind} could not be sent (${reason})`)
      }
      const sendAll: Effect.Effect<void> = Effect.suspend(() => {
        const body = next()
        if (body === undefined) return Effect.void
        return post(destination, body, options.agent, isClosing).pipe(
          Effect.matchEffect({
            onSuccess: () => sendAll,
            // what waits behind it would not fare better
            onFailure: ({ reason }) => lost(reason)
          })
        )
      })
      const drain = turn.withPermits(1)(sendAll)
      yield* Effect.sleep(destination.interval).pipe(
        Effect.zipRight(drain),
        Effect.forever,
        Effect.interruptible,
        Effect.forkScoped
      )
      return Effect.timeoutOption(drain, options.patience).pipe(
        Effect.flatMap((done) => (done._tag === "None" ? lost("no answer at the end") : Effect.void))
      )
    })

    const drains = yield* Effect.forEach(outlets, make)
    // before the loops are interrupted: what they are sending is waited for as long as there is time
    yield* Effect.addFinalizer(() => {
      closing = true
      // in a fiber of its own: one that was interrupted would not send that it was
      return Effect.all(drains, { concurrency: "unbounded", discard: true }).pipe(
        Effect.interruptible,
        Effect.forkDaemon,
        Effect.flatMap(Fiber.await)
      )
    })
  }).pipe(Effect.withTracerEnabled(false))
