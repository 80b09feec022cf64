/**
 * What counts the operations of the ledger as they are written: the metrics. Owns nothing; without one nothing is counted, and the ledger
 * is as it was. Counts are a view, as spans are: what the ledger lost they do not have either.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Telemetry, type TelemetryEvent } from "./Telemetry.js"

export class Meter extends Context.Reference<Meter>()("aegis/Meter", {
  defaultValue: (): {
    /** Counts an operation, at once. Undefined where nobody receives it. */
    readonly unsafeCount: ((event: TelemetryEvent) => void) | undefined
  } => ({ unsafeCount: undefined })
}) {}

/** The ledger, with what it takes counted when its record is made: behind, so that callers do not wait for it. */
const metered = (
  telemetry: Telemetry["Type"],
  count: (event: TelemetryEvent) => void
): Telemetry["Type"] => ({
  ...telemetry,
  unsafeRecord: (make) => {
    let counted = false
    telemetry.unsafeRecord(() => {
      const event = make()
      // a batch that could not be written is made again
      if (!counted) count(event)
      counted = true
      return event
    })
  },
  record: (event) =>
    Effect.zipRight(
      Effect.sync(() => count(event)),
      telemetry.record(event)
    )
})

/** A ledger whose operations are counted where there is a Meter. */
export const layerMetered = <E, R>(ledger: Layer.Layer<Telemetry, E, R>): Layer.Layer<Telemetry, E, R> =>
  Layer.effect(
    Telemetry,
    Effect.zipWith(Telemetry, Meter, (telemetry, { unsafeCount }) =>
      unsafeCount === undefined ? telemetry : metered(telemetry, unsafeCount)
    )
  ).pipe(Layer.provide(ledger))
