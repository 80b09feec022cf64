/** Signs of life for a person who waits. Owns: when and where they are shown. Never on stdout, never without a terminal. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export class Progress extends Context.Tag("aegis/Progress")<
  Progress,
  {
    /** Runs the effect; once it takes longer than a second, `label` is shown until it ends. */
    readonly during: (label: string) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  }
>() {}

/** Shows nothing. */
export const layerSilent: Layer.Layer<Progress> = Layer.succeed(Progress, {
  during: () => (effect) => effect
})
