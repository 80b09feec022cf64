/**
 * Spans and metrics over OTLP, where the environment names a collector; without one nothing of this is loaded. They are a view: the
 * ledger (Telemetry) is what counts. A collector that is down costs 300 ms at the end, never a result.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { version as ownVersion } from "../src/domain/version.js"
import { type Environment, wantedOf } from "./otel/environment.js"

/** Whether this environment asks for spans: those that nobody receives are not made. */
export const isTraced = (env: Environment): boolean => wantedOf(env)?.traces !== undefined

/** The exporter for this environment, or nothing. What the environment asks for and cannot have is told as a warning. */
export const layer = (env: Environment, version: string = ownVersion): Layer.Layer<never> => {
  const wanted = wantedOf(env)
  if (wanted === undefined) return Layer.empty
  const telling = Effect.forEach(
    wanted.problems,
    (problem) => Effect.logWarning(`OpenTelemetry: ${problem}`),
    {
      discard: true
    }
  )
  if (wanted.traces === undefined && wanted.metrics === undefined) return Layer.effectDiscard(telling)
  return Layer.unwrapEffect(
    Effect.zipRight(
      telling,
      Effect.map(
        Effect.promise(() => import("./otel/telemetry.js")),
        (telemetry) => telemetry.layer(wanted, version)
      )
    )
  )
}

/**
 * For programs, by the variables of their own environment and the same rules as the command's. Provide it below Aegis:
 *
 * @example program.pipe(Effect.provide(AegisLive.pipe(Layer.provideMerge(layerOtel))))
 */
export const layerOtel: Layer.Layer<never> = Layer.suspend(() => layer(process.env))
