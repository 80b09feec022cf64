/** `aegis cache stats`: what the cache holds, and how often it answered. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CacheStats } from "../domain/CacheReports.js"
import { AegisConfig } from "../services/AegisConfig.js"
import { ScaffoldCache } from "../services/ScaffoldCache.js"
import { Output } from "./Output.js"
import { bytes, count, percent } from "./views/format.js"
import { paint } from "./views/paint.js"
import type { Style } from "./views/Style.js"

const view = (stats: CacheStats, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  const { lookups } = stats
  const rate = Option.match(stats.hitRate, { onNone: () => "no lookups yet", onSome: percent })
  const line = (name: string, value: string): string => `${colors.faint(name.padEnd(12))} ${value}`
  return Effect.succeed(
    [
      line("namespace", stats.namespace),
      line("entries", `${count(stats.entries)} in ${count(stats.blocks)} blocks`),
      line("size", `${bytes(stats.contentBytes)} of text, ${bytes(stats.fileBytes)} on disk`),
      line("hit rate", rate),
      line(
        "lookups",
        Object.entries(lookups)
          .map(([outcome, number]) => `${outcome} ${count(number)}`)
          .join(", ")
      ),
      ...(stats.oldest === undefined ? [] : [line("oldest", stats.oldest)]),
      ...(stats.newest === undefined ? [] : [line("newest", stats.newest)]),
      line(
        "quarantined",
        stats.quarantined === 0
          ? "0"
          : colors.bad(`${count(stats.quarantined)} (\`aegis cache verify\` tells more)`)
      )
    ].join("\n")
  )
}

export const cacheStats = Effect.fn("aegis cache stats")(function* () {
  const cache = yield* ScaffoldCache
  const output = yield* Output
  const { settings } = yield* AegisConfig
  yield* output.emit(CacheStats, yield* cache.stats({ namespace: settings.namespace }), view)
})
