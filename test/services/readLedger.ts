import * as Effect from "effect/Effect"
import type { TelemetryRecord } from "../../src/domain/TelemetryRecord.js"
import type { LedgerQuery, LedgerStorage } from "../../src/services/LedgerStorage.js"

/** All records of a ledger that a query asks for, page by page. */
export const readLedger = (
  storage: LedgerStorage["Type"],
  query: LedgerQuery = {}
): Effect.Effect<ReadonlyArray<TelemetryRecord>> =>
  Effect.gen(function* () {
    const until = yield* storage.newest
    const all: Array<TelemetryRecord> = []
    let from: number | undefined
    do {
      const page = yield* storage.page(query, until, from)
      all.push(...page.records)
      from = page.next
    } while (from !== undefined)
    return all
  }).pipe(Effect.orDie)
