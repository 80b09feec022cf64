/** A stream of a model's answer that is one step of a run: it is given on while it comes, and recorded when it has ended. */
import type * as AiError from "@effect/ai/AiError"
import type * as Response from "@effect/ai/Response"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Mailbox from "effect/Mailbox"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { fromError, toError } from "./encoded.js"

/** What was heard of a stream. `left`: whoever listened had heard enough; `error` is there where it failed. */
export interface Heard {
  readonly parts: ReadonlyArray<Response.StreamPartEncoded>
  readonly end: "whole" | "left" | "failed"
  readonly error?: unknown
}

export const isHeard = (value: unknown): value is Heard =>
  typeof value === "object" && value !== null && "parts" in value && "end" in value

type Part = Response.StreamPartEncoded

/**
 * Listens to `stream`, within the step that `step` makes of it; where the step gives what was heard before, that is given on instead.
 * What was left then never ends, for nobody can know how it would have gone on.
 */
export const listen = Effect.fnUntraced(function* (
  stream: Stream.Stream<Part, AiError.AiError>,
  step: (heard: Effect.Effect<Heard>) => Effect.Effect<Heard, AiError.AiError>
): Effect.fn.Return<Stream.Stream<Part, AiError.AiError>, never, Scope.Scope> {
  const mailbox = yield* Mailbox.make<Part, AiError.AiError>()
  const left = yield* Deferred.make<void>()
  let live = false

  const hear = Effect.suspend(() => {
    live = true
    const parts: Array<Part> = []
    const whole = Stream.runForEach(stream, (part) => {
      parts.push(part)
      return mailbox.offer(part)
    })
    return Effect.raceFirst(
      Effect.match(whole, {
        onFailure: (error): Heard => ({ parts, end: "failed", error: fromError(error) }),
        onSuccess: (): Heard => ({ parts, end: "whole" })
      }),
      Effect.map(Deferred.await(left), (): Heard => ({ parts: [...parts], end: "left" }))
    )
  })

  const giveOn = ({ end, error, parts }: Heard): Effect.Effect<void, AiError.AiError> => {
    if (end === "failed")
      return Effect.zipRight(
        again(parts),
        Effect.suspend(() => Effect.fail(toError(error)))
      )
    return end === "left" && !live ? Effect.zipRight(again(parts), Effect.never) : again(parts)
  }
  const again = (parts: ReadonlyArray<Part>): Effect.Effect<unknown> =>
    live ? Effect.void : mailbox.offerAll(parts)

  const heard = yield* Effect.forkScoped(step(hear).pipe(Effect.flatMap(giveOn), Mailbox.into(mailbox)))
  // who leaves ends the step, and it is recorded so
  yield* Effect.addFinalizer(() =>
    live ? Effect.zipRight(Deferred.succeed(left, undefined), Fiber.await(heard)) : Fiber.interrupt(heard)
  )
  return Mailbox.toStream(mailbox)
})
