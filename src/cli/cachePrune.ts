/** `aegis cache prune`: removes what the limits do not let stay, least recently used first. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PrunePolicy } from "../domain/CacheReports.js"
import { PruneReport } from "../domain/CacheReports.js"
import { AegisConfig } from "../services/AegisConfig.js"
import { ScaffoldCache } from "../services/ScaffoldCache.js"
import { duration, size } from "./measures.js"
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
      ? yield* duration(options.maxAge.value, "--max-age")
      : settings.maxAgeDays * day,
    maxBytes: Option.isSome(options.maxBytes)
      ? yield* size(options.maxBytes.value, "--max-bytes")
      : settings.maxBytes,
    maxEntries
  }
  const report = yield* cache.prune(policy, { dryRun: options.dryRun }).pipe(during("pruning"))
  yield* output.emit(PruneReport, report, view)
})
