/**
 * The ledger of operations. Owns: that every record given to it is kept, or counted as lost. Does not own: where records lie
 * (LedgerStorage), and spans.
 */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { uuidOf } from "../domain/Hash.js"
import type { TelemetryId } from "../domain/Ids.js"
import type { CalibrationReport } from "../domain/LedgerReports.js"
import type { OptimizationReport } from "../domain/Optimization.js"
import type { StoreError } from "../domain/StoreErrors.js"
import type { AnalysisQuery, TelemetryAnalysis } from "../domain/TelemetryAnalysis.js"
import type { TelemetryRecord } from "../domain/TelemetryRecord.js"
import type { GroupBy, LedgerRange, TelemetryReport } from "../domain/TelemetryReport.js"
import { AegisConfig } from "./AegisConfig.js"
import { analyzeStream } from "../telemetry/analysis/analyze.js"
import * as Sums from "../telemetry/sums.js"
import { type LedgerQuery, LedgerStorage, type TelemetryEvent } from "./LedgerStorage.js"
import { make as makeStorage } from "./ledgerStorageMemory.js"
import { calibrateLedger } from "./calibrateLedger.js"
import { makeChargedPrices } from "./chargedPrices.js"
import { type KnownOfPrompts, optimizeLedger } from "./optimizeLedger.js"
import { PriceList } from "./PriceList.js"
import { PromptSources } from "./PromptSources.js"
import { ScaffoldStorage } from "./ScaffoldStorage.js"
import { TokenCounter } from "./TokenCounter.js"
import * as WriteBehind from "./WriteBehind.js"

export type { LedgerQuery, TelemetryEvent }

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
    /**
     * What the records of a range add up to, in groups and as a whole, with all that was taken so far and what other processes wrote.
     *
     * @example telemetry.report({ namespace: "default" }, ["day", "model"])
     */
    readonly report: (
      range: LedgerRange,
      groupBy: ReadonlyArray<GroupBy>
    ) => Effect.Effect<TelemetryReport, StoreError>
    /**
     * The records of a range, the oldest first. With `follow` it does not end, and goes on with those that this and other processes
     * write, as they are written.
     */
    readonly stream: (
      query: LedgerQuery,
      options?: { readonly follow?: boolean }
    ) => Stream.Stream<TelemetryRecord, StoreError>
    /** What the records of a range say about the caches, and why they missed. Without a price list misses have no cost. */
    readonly analyze: (query: AnalysisQuery) => Effect.Effect<TelemetryAnalysis, StoreError>
    /**
     * What to change, and what it would have saved on the latest requests of a range. Without a price list nothing is known of money, without
     * the texts of blocks no line is told from another, without the sources of prompts there is no patch.
     */
    readonly optimize: (range: LedgerRange) => Effect.Effect<OptimizationReport, StoreError>
    /** How well the models of the providers' caches predict what providers reported in a range. */
    readonly calibrate: (range: LedgerRange) => Effect.Effect<CalibrationReport, StoreError>
  }
>() {}

/** How often one who follows looks for more. */
const interval = "250 millis"

/** How long a process does not look again for what is too old, in milliseconds. */
const pruneEvery = 3_600_000

/**
 * Names records: the UUID of a process, whose last 48 bits count. A digest for each would take as long as all the rest of writing it.
 * By RFC 9562 §5.8 such a one is of version 8.
 */
const makeNames = (instance: string): (() => TelemetryId) => {
  const uuid = uuidOf("telemetry", instance)
  const prefix = `${uuid.slice(0, 14)}8${uuid.slice(15, 24)}`
  let sequence = 0
  return () => `${prefix}${(sequence++).toString(16).padStart(12, "0")}` as TelemetryId // has a UUID's shape
}

/** What is read of a ledger, once `flush` has written what was taken. */
const reading = (
  storage: LedgerStorage["Type"],
  flush: Effect.Effect<void, StoreError>,
  lost: Effect.Effect<number>,
  known: KnownOfPrompts
): Pick<Telemetry["Type"], "report" | "stream" | "analyze" | "optimize" | "calibrate"> => {
  const byTime = (query: LedgerQuery, until: number): Stream.Stream<TelemetryRecord, StoreError> =>
    Stream.paginateChunkEffect<number | undefined, TelemetryRecord, StoreError, never>(undefined, (from) =>
      Effect.map(storage.page(query, until, from), ({ next, records }) => [
        Chunk.unsafeFromArray(records),
        Option.fromNullable(next)
      ])
    )
  const onward = (query: LedgerQuery, from: number): Stream.Stream<TelemetryRecord, StoreError> =>
    Stream.paginateChunkEffect(from, (after) =>
      Effect.gen(function* () {
        yield* flush
        const { next, records } = yield* storage.since(query, after)
        if (next === undefined) yield* Effect.sleep(interval)
        return [Chunk.unsafeFromArray(records), Option.some(next ?? after)] as const
      })
    )
  const stream: Telemetry["Type"]["stream"] = (query, { follow = false } = {}) =>
    Stream.unwrap(
      Effect.map(Effect.zipRight(flush, storage.newest), (until) =>
        follow ? Stream.concat(byTime(query, until), onward(query, until)) : byTime(query, until)
      )
    ).pipe(Stream.withSpan("Telemetry.stream", { captureStackTrace: false }))
  return {
    stream,
    analyze: Effect.fn("Telemetry.analyze")((query) =>
      analyzeStream(stream(query), query, (provider, model, usage) =>
        Option.match(known.prices, {
          onNone: () => Effect.succeed(Option.none()),
          onSome: ({ price }) => Effect.map(price(provider, model, usage), ({ amount }) => amount)
        })
      )
    ),
    optimize: Effect.fn("Telemetry.optimize")((range) => optimizeLedger(stream(range), known)),
    calibrate: Effect.fn("Telemetry.calibrate")((range) =>
      calibrateLedger(stream(range), makeChargedPrices(known.prices))
    ),
    report: Effect.fn("Telemetry.report")(function* (range, groupBy) {
      yield* flush
      const groups = yield* storage.report(range, groupBy)
      const all = Sums.make()
      for (const { sums } of groups) Sums.merge(all, sums)
      return {
        range,
        groupBy,
        rows: groups.map(({ key, sums }) => ({ key, totals: Sums.toTotals(sums) })),
        totals: Sums.toTotals(all),
        lost: yield* lost
      }
    })
  }
}

export const make = Effect.gen(function* () {
  const storage = yield* LedgerStorage
  // two processes may end in the same millisecond: what tells their records apart is drawn once for each
  const nameNext = makeNames(`${yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)}`)
  const { settings } = yield* AegisConfig
  let pruned = -Infinity
  /** Lets go what is too old, now and then: where nothing is, that is one look. */
  const prune = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    if (now - pruned < pruneEvery) return Effect.void
    pruned = now
    return Effect.ignoreLogged(storage.prune(now - settings.ledgerDays * 86_400_000))
  })
  const ledger = yield* WriteBehind.make<() => TelemetryEvent>({
    write: (events) =>
      Effect.suspend(() => storage.append(events.map((make) => ({ id: nameNext(), event: make() })))).pipe(
        Effect.zipLeft(prune)
      ),
    capacity: 100_000,
    batch: 1024,
    interval: "200 millis"
  })
  const { flush, lost } = ledger
  const known: KnownOfPrompts = {
    prices: yield* Effect.serviceOption(PriceList),
    blocks: yield* Effect.serviceOption(ScaffoldStorage),
    prompts: yield* Effect.serviceOption(PromptSources),
    counter: yield* Effect.serviceOption(TokenCounter)
  }
  return Telemetry.of({
    unsafeRecord: (event) => void ledger.unsafeOffer(event),
    record: (event) => Effect.sync(() => void ledger.unsafeOffer(() => event)),
    flush,
    lost,
    ...reading(storage, flush, lost, known)
  })
})

export const layer: Layer.Layer<Telemetry, never, AegisConfig | LedgerStorage> = Layer.scoped(Telemetry, make)

/** Keeps records in memory at once, for tests: `taken` shows them. */
export const makeMemory = (): Telemetry["Type"] & { readonly taken: ReadonlyArray<TelemetryEvent> } => {
  const taken: Array<TelemetryEvent> = []
  const storage = makeStorage()
  const nameNext = makeNames("memory")
  const take = (event: TelemetryEvent): void => {
    taken.push(event)
    storage.unsafeAppend({ id: nameNext(), event })
  }
  const lost = Effect.succeed(0)
  return {
    taken,
    unsafeRecord: (event) => take(event()),
    record: (event) => Effect.sync(() => take(event)),
    flush: Effect.void,
    lost,
    ...reading(storage, Effect.void, lost, {
      prices: Option.none(),
      blocks: Option.none(),
      prompts: Option.none(),
      counter: Option.none()
    })
  }
}

export const layerMemory: Layer.Layer<Telemetry> = Layer.sync(Telemetry, makeMemory)
