/**
 * Where the ledger lies. Owns: that a batch is kept as a whole or not at all, and that what a report says is the sum of all that was
 * kept. Does not own: when records are written (Telemetry).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { CheckpointId, TelemetryId } from "../domain/Ids.js"
import type { StoreError } from "../domain/StoreErrors.js"
import type { TelemetryRecord } from "../domain/TelemetryRecord.js"
import type { GroupBy, LedgerRange } from "../domain/TelemetryReport.js"
import type { Group } from "../telemetry/grouped.js"

/** A record before the ledger has named it. `at` is in milliseconds since the epoch. */
export interface TelemetryEvent extends Omit<TelemetryRecord, "id" | "createdAt"> {
  readonly at: number
}

/** A record that has its name. */
export interface LedgerEntry {
  readonly id: TelemetryId
  readonly event: TelemetryEvent
}

/** Which records are asked for; `checkpointId` leaves only those of that checkpoint. */
export interface LedgerQuery extends LedgerRange {
  readonly checkpointId?: CheckpointId | undefined
}

/** Records, and from where on to read the next; undefined behind the last page. */
export interface LedgerPage {
  readonly records: ReadonlyArray<TelemetryRecord>
  readonly next: number | undefined
}

/** Whether a time lies in a range. */
export const within = ({ from, to }: LedgerRange, at: number): boolean =>
  (from === undefined || at >= Date.parse(from)) && (to === undefined || at < Date.parse(to))

export class LedgerStorage extends Context.Tag("aegis/LedgerStorage")<
  LedgerStorage,
  {
    readonly append: (entries: ReadonlyArray<LedgerEntry>) => Effect.Effect<void, StoreError>
    /** Sums by group. Hours whose records were pruned count as a whole. */
    readonly report: (
      range: LedgerRange,
      groupBy: ReadonlyArray<GroupBy>
    ) => Effect.Effect<ReadonlyArray<Group>, StoreError>
    /** The place of the newest record, which grows with each batch; 0 where there is none. */
    readonly newest: Effect.Effect<number, StoreError>
    /** Records up to the place `until`, by their time, from `next` of the page before on. A page may be empty and not the last. */
    readonly page: (
      query: LedgerQuery,
      until: number,
      from: number | undefined
    ) => Effect.Effect<LedgerPage, StoreError>
    /** Records behind the place `after`, batch by batch as they were written; `next` is the place of the last. */
    readonly since: (query: LedgerQuery, after: number) => Effect.Effect<LedgerPage, StoreError>
    /** Forgets the records of hours that ended before `before`, in milliseconds; their sums stay. How many they were. */
    readonly prune: (before: number) => Effect.Effect<number, StoreError>
  }
>() {}
