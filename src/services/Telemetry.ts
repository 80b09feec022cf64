/**
 * The ledger of operations. Owns: that every record given to it is kept, or counted as lost. Does not own: spans.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { StoreError } from "../domain/StoreErrors.js"
import type { TelemetryRecord } from "../domain/TelemetryRecord.js"

/** A record before the ledger has named it. `at` is in milliseconds since the epoch. */
export interface TelemetryEvent extends Omit<TelemetryRecord, "id" | "createdAt"> {
  readonly at: number
}

export class Telemetry extends Context.Tag("aegis/Telemetry")<
  Telemetry,
  {
    /**
     * Takes a record without waiting. It is made when it is written, which is later; when the queue is full it is counted
     * as lost.
     */
    readonly unsafeRecord: (event: () => TelemetryEvent) => void
    readonly record: (event: TelemetryEvent) => Effect.Effect<void>
    /** Writes everything taken so far. */
    readonly flush: Effect.Effect<void, StoreError>
    /** Records lost since the start because the queue was full or the store could not be written. */
    readonly lost: Effect.Effect<number>
  }
>() {}

/** Keeps records in memory, for tests: `taken` shows them. */
export const makeMemory = (): Telemetry["Type"] & { readonly taken: ReadonlyArray<TelemetryEvent> } => {
  const taken: Array<TelemetryEvent> = []
  return {
    taken,
    unsafeRecord: (event) => {
      taken.push(event())
    },
    record: (event) => Effect.sync(() => void taken.push(event)),
    flush: Effect.void,
    lost: Effect.succeed(0)
  }
}

export const layerMemory: Layer.Layer<Telemetry> = Layer.sync(Telemetry, makeMemory)
