/** What a program says of single calls. It holds for the effect that it is said of, and for the clients that are made in it. */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** What is left out is as the layer has it. */
export interface Settings {
  /** Nothing is taken, and nothing kept. */
  readonly noStore?: boolean
  /** How old an answer may be. */
  readonly maxAge?: Duration.DurationInput
  /** Which of the answers to one request: each number has its own. */
  readonly sampleIndex?: number
}

export class Control extends Context.Reference<Control>()("aegis/Responses/Control", {
  defaultValue: (): Settings => ({})
}) {}

const saying =
  (said: Settings) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(Control, (before) => Effect.provideService(effect, Control, { ...before, ...said }))

/** The provider is asked whatever is kept, and its answer is not kept. */
export const noStore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = saying({
  noStore: true
})

/**
 * The n-th answer to the same request, from 0: at a temperature above 0 they differ from each other, and each stays what it is.
 *
 * @example Effect.forEach([0, 1, 2], (n) => Responses.sample(n)(ask))
 */
export const sample = (
  index: number
): (<A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) => saying({ sampleIndex: index })

/** Answers older than this are asked for again. */
export const maxAge = (
  age: Duration.DurationInput
): (<A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) => saying({ maxAge: age })
