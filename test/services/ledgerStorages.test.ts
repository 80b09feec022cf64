/** Every storage of the ledger, held to the same. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as LedgerStorageSqlite from "../../layers/LedgerStorageSqlite.js"
import type { GroupBy, LedgerRange } from "../../src/domain/TelemetryReport.js"
import { type LedgerEntry, LedgerStorage } from "../../src/services/LedgerStorage.js"
import { layerMemory, toRecord } from "../../src/services/ledgerStorageMemory.js"
import { groupsOf } from "../../src/telemetry/grouped.js"
import * as Sums from "../../src/telemetry/sums.js"
import { anyEvent, checkpoint, day, execution, hour } from "./ledgerEvents.js"
import { named } from "./namedEvents.js"
import { readLedger } from "./readLedger.js"
import { tempDatabase } from "./storages.js"

const storages: ReadonlyArray<readonly [string, Layer.Layer<LedgerStorage>]> = [
  ["in memory", layerMemory],
  ["on SQLite", Layer.orDie(LedgerStorageSqlite.layer).pipe(Layer.provide(tempDatabase))]
]

const ranges: ReadonlyArray<LedgerRange> = [
  {},
  { namespace: "tenant" },
  { from: "2026-11-02T05:20:00Z" },
  { to: "2026-11-02T05:20:00.001Z", namespace: "default" },
  { from: "2026-11-02T05:20:00Z", to: "2026-11-03T07:00:00Z" },
  { from: "2026-11-02T05:20:00Z", to: "2026-11-02T05:50:00Z" },
  { from: "2026-11-02T05:00:00Z", to: "2026-11-02T06:00:00Z" },
  { from: "2026-11-03T00:00:00Z", to: "2026-11-02T00:00:00Z" }
]

const groupings: ReadonlyArray<ReadonlyArray<GroupBy>> = [
  [],
  ["day", "model"],
  ["hour", "provider", "operation"],
  ["scaffold", "namespace"]
]

const inRange = ({ from, namespace, to }: LedgerRange, { event }: LedgerEntry): boolean =>
  (from === undefined || event.at >= Date.parse(from)) &&
  (to === undefined || event.at < Date.parse(to)) &&
  (namespace === undefined || event.namespace === namespace)

describe.each(storages)("a ledger %s", (_, layer) => {
  it.scoped("gives every record back as it was, the oldest first", () =>
    Effect.gen(function* () {
      const storage = yield* LedgerStorage
      const entries = named(FastCheck.sample(anyEvent, { numRuns: 1200, seed: 1 }))
      yield* storage.append(entries.slice(0, 700))
      yield* storage.append(entries.slice(700))
      const inOrder = entries.toSorted((a, b) => a.event.at - b.event.at)
      assert.deepStrictEqual(yield* readLedger(storage, {}), inOrder.map(toRecord))
      for (const range of ranges) {
        const expected = inOrder.filter((entry) => inRange(range, entry)).map(toRecord)
        assert.deepStrictEqual(yield* readLedger(storage, range), expected)
      }
    }).pipe(Effect.provide(layer))
  )

  it.scoped.prop(
    "gives every record once and in the order of time, however batches overlap",
    [
      FastCheck.array(FastCheck.array(FastCheck.integer({ min: 0, max: 40 }), { maxLength: 60 }), {
        maxLength: 40
      })
    ],
    ([batches]) =>
      Effect.gen(function* () {
        const storage = yield* LedgerStorage
        // of some instants there are more records than a page has
        const wide = [...batches, ...Array.from({ length: 700 }, (__, i) => [i % 3])]
        const times = wide.map((batch) => batch.map((minutes) => day + minutes * 60_000 * 5))
        for (const batch of times) yield* storage.append(named(batch.map((at) => execution({ at }))))
        const found = (yield* readLedger(storage)).map(({ createdAt }) => Date.parse(createdAt))
        assert.deepStrictEqual(
          found,
          times.flat().sort((a, b) => a - b)
        )
      }).pipe(Effect.provide(layer)),
    { fastCheck: { numRuns: 5 } }
  )

  it.scoped("reports what the records of any range add up to, however they were written", () =>
    Effect.gen(function* () {
      const storage = yield* LedgerStorage
      const entries = named(FastCheck.sample(anyEvent, { numRuns: 600, seed: 2 }))
      for (let i = 0; i < entries.length; i += 97) yield* storage.append(entries.slice(i, i + 97))
      for (const range of ranges) {
        const events = entries.filter((entry) => inRange(range, entry)).map(({ event }) => event)
        for (const groupBy of groupings) {
          assert.deepStrictEqual(
            (yield* storage.report(range, groupBy)).map(({ key, sums }) => [key, Sums.toTotals(sums)]),
            groupsOf(events, groupBy).map(({ key, sums }) => [key, Sums.toTotals(sums)])
          )
        }
      }
    }).pipe(Effect.provide(layer))
  )

  it.scoped("finds the records of a checkpoint", () =>
    Effect.gen(function* () {
      const storage = yield* LedgerStorage
      const checkpointId = checkpoint("one")
      const entries = named([
        execution(),
        execution({ checkpointId, at: day + 1 }),
        execution({ checkpointId: checkpoint("other") }),
        execution({ checkpointId, at: day })
      ])
      yield* storage.append(entries.slice(0, 2))
      const first = yield* storage.newest
      yield* storage.append(entries.slice(2))
      const found = yield* readLedger(storage, { checkpointId })
      assert.deepStrictEqual(
        found.map(({ id }) => id),
        [entries[3]?.id, entries[1]?.id]
      )
      const after = yield* storage.since({ checkpointId }, first)
      assert.deepStrictEqual(
        after.records.map(({ id }) => id),
        [entries[3]?.id]
      )
    }).pipe(Effect.provide(layer))
  )

  it.scoped("goes on behind what was read, and says when there is nothing more", () =>
    Effect.gen(function* () {
      const storage = yield* LedgerStorage
      assert.strictEqual(yield* storage.newest, 0)
      const entries = named(Array.from({ length: 3 }, (__, i) => execution({ at: day - i })))
      yield* storage.append(entries.slice(0, 1))
      const { next = 0 } = yield* storage.since({}, 0)
      yield* storage.append(entries.slice(1))
      const onward = yield* storage.since({}, next)
      assert.deepStrictEqual(
        onward.records.map(({ id }) => id),
        entries.slice(1).map(({ id }) => id)
      )
      const end = yield* storage.since({}, onward.next ?? 0)
      assert.deepStrictEqual(end, { records: [], next: undefined })
    }).pipe(Effect.provide(layer))
  )

  it.scoped("keeps the sums of records that it forgets, by the hour", () =>
    Effect.gen(function* () {
      const storage = yield* LedgerStorage
      const entries = named(FastCheck.sample(anyEvent, { numRuns: 300, seed: 3 }))
      yield* storage.append(entries)
      const totals = (range: LedgerRange) =>
        Effect.map(storage.report(range, ["day", "model"]), (groups) =>
          groups.map(({ key, sums }) => [key, Sums.toTotals(sums)])
        )
      const before = yield* totals({})
      const wholeHours = yield* totals({ from: "2026-11-02T05:00:00Z", to: "2026-11-02T08:00:00Z" })
      const end = day + 7 * hour
      const gone = entries.filter(({ event }) => event.at < end).length
      assert.strictEqual(yield* storage.prune(end + hour / 2), gone)
      assert.strictEqual(yield* storage.prune(end + hour / 2), 0)
      assert.lengthOf(yield* readLedger(storage, {}), entries.length - gone)
      assert.deepStrictEqual(yield* totals({}), before)
      assert.deepStrictEqual(
        yield* totals({ from: "2026-11-02T05:20:00Z", to: "2026-11-02T08:00:00Z" }),
        wholeHours
      )
    }).pipe(Effect.provide(layer))
  )
})
