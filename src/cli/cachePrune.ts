/** `aegis cache prune`: removes what the limits do not let stay, least recently used first. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PrunePolicy } from "../domain/CacheReports.js"
import { PruneReport } from "../domain/CacheReports.js"
import { AegisConfig } from "../services/AegisConfig.js"
import { ScaffoldCache } from "../services/ScaffoldCache.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { UsageError } from "./UsageError.js"
import { bytes, count, plural } from "./views/format.js"

/** Limits as they were typed; those left out are the configured ones. */
export interface PruneOptions {
  readonly dryRun: boolean
  readonly maxAge: Option.Option<string>
  readonly maxBytes: Option.Option<string>
  readonly maxEntries: Option.Option<number>
}

const view = (report: PruneReport): Effect.Effect<string> =>
  Effect.succeed(
    `${report.dryRun ? "would remove" : "removed"} ${plural(report.entries, "entry", "entries")} and ${plural(report.blocks, "block")}, ${bytes(report.bytes)} of text\n` +
      `${report.dryRun ? "would leave" : "left"} ${plural(report.remaining.entries, "entry", "entries")}, ${bytes(report.remaining.contentBytes)} of text`
  )

export const cachePrune = Effect.fn("aegis cache prune")(function* (options: PruneOptions) {
  const cache = yield* ScaffoldCache
  const output = yield* Output
  const { during } = yield* Progress
  const { settings } = yield* AegisConfig
  const day = 24 * 60 * 60 * 1000
  const maxEntries = Option.getOrElse(options.maxEntries, () => settings.maxEntries)
  if (maxEntries < 0) {
    return yield* new UsageError({ problem: `--max-entries is ${count(maxEntries)}`, fix: "Give 0 or more." })
  }
  const policy: PrunePolicy = {
    maxAgeMs: Option.isSome(options.maxAge)
      ? yield* duration(options.maxAge.value)
      : settings.maxAgeDays * day,
    maxBytes: Option.isSome(options.maxBytes) ? yield* size(options.maxBytes.value) : settings.maxBytes,
    maxEntries
  }
  const report = yield* cache.prune(policy, { dryRun: options.dryRun }).pipe(during("pruning"))
  yield* output.emit(PruneReport, report, view)
})

const second = 1000
const timeUnits = new Map([
  ["s", second],
  ["m", 60 * second],
  ["h", 3600 * second],
  ["d", 24 * 3600 * second],
  ["w", 7 * 24 * 3600 * second]
])
const sizeUnits = new Map([
  ["", 1],
  ["b", 1],
  ["k", 1024],
  ["kb", 1024],
  ["m", 1024 ** 2],
  ["mb", 1024 ** 2],
  ["g", 1024 ** 3],
  ["gb", 1024 ** 3]
])

const measure = (
  text: string,
  units: ReadonlyMap<string, number>,
  flag: string,
  example: string
): Effect.Effect<number, UsageError> =>
  Effect.suspend(() => {
    const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
    const factor = units.get(unit.toLowerCase())
    return number === "" || factor === undefined
      ? new UsageError({
          problem: `${flag} "${text}" cannot be read`,
          fix: `Write it as in ${flag} ${example}.`
        })
      : Effect.succeed(Math.floor(Number(number) * factor))
  })

/** "30d", "12h" in milliseconds. */
const duration = (text: string): Effect.Effect<number, UsageError> =>
  measure(text, timeUnits, "--max-age", "30d")

/** "500MB", "1024" in bytes. */
const size = (text: string): Effect.Effect<number, UsageError> =>
  measure(text, sizeUnits, "--max-bytes", "500MB")
