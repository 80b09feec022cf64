import { uuidOf } from "../../src/domain/Hash.js"
import type { TelemetryId } from "../../src/domain/Ids.js"
import type { LedgerEntry, TelemetryEvent } from "../../src/services/LedgerStorage.js"

/** Entries of events, each with an id of its own. */
export const named = (events: ReadonlyArray<TelemetryEvent>): ReadonlyArray<LedgerEntry> =>
  events.map((event, i) => ({ id: uuidOf("telemetry", `test ${i}`) as TelemetryId, event })) // a UUID
