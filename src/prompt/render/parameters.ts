/** Which of a scaffold's parameters a model takes, and what becomes of the others. */
import * as Either from "effect/Either"
import { UnsupportedParameter } from "../../domain/PromptErrors.js"
import type { PromptScaffold } from "../../domain/PromptScaffold.js"
import type { Warning } from "../../domain/ResolvedScaffold.js"
import type { ModelFacts } from "../models/ModelFacts.js"

/** Parameters as they go into the request; one that is left out is not there. */
export interface Sampling {
  readonly temperature?: number
  readonly seed?: number
}

export interface Fitted {
  readonly sampling: Sampling
  readonly warnings: ReadonlyArray<Warning>
}

const dropped = (model: string, parameter: string, value: number): Warning => ({
  code: "parameter-dropped",
  message: `${model} does not take "${parameter}": ${value} was left out of the request. Remove it, or choose a model that takes it.`
})

/**
 * Fits temperature and seed to the model. With `strict` a seed, or a temperature other than the default 0, that the model
 * does not take is an error; without it a warning. A default that cannot be sent is only told: nobody asked for it.
 */
export const fitParameters = (
  scaffold: Pick<PromptScaffold, "provider" | "model" | "temperature" | "seed">,
  facts: Pick<ModelFacts, "takesTemperature" | "takesSeed">,
  strict: boolean
): Either.Either<Fitted, UnsupportedParameter> => {
  const { provider, model, temperature, seed } = scaffold
  const warnings: Array<Warning> = []
  const refused = (parameter: string): Either.Either<never, UnsupportedParameter> =>
    Either.left(new UnsupportedParameter({ provider, model, parameter }))

  if (!facts.takesTemperature && temperature !== 0) {
    if (strict) return refused("temperature")
    warnings.push(dropped(model, "temperature", temperature))
  }
  if (!facts.takesSeed && seed !== undefined) {
    if (strict) return refused("seed")
    warnings.push(dropped(model, "seed", seed))
  }
  if (!facts.takesTemperature && temperature === 0) {
    warnings.push({
      code: "not-deterministic",
      message: `${model} takes no temperature: the same request may be answered differently. Only a recorded answer repeats.`
    })
  }
  return Either.right({
    sampling: {
      ...(facts.takesTemperature ? { temperature } : {}),
      ...(facts.takesSeed && seed !== undefined ? { seed } : {})
    },
    warnings
  })
}
