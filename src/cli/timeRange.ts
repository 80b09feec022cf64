/** Ranges of time as they are typed: how long before now, or since when. */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Timestamp } from "../domain/Measures.js"
import type { LedgerRange } from "../domain/TelemetryReport.js"
import { AegisConfig } from "../services/AegisConfig.js"
import { ageOf } from "./measures.js"
import { UsageError } from "./UsageError.js"

export interface RangeOptions {
  readonly since: Option.Option<string>
  readonly until: Option.Option<string>
}

const accepted =
  "Write how long before now (90m, 24h, 7d, 2w), a day of UTC (2026-11-01), or an instant with its zone (2026-11-01T08:00Z)."

/** A day, or an instant with its zone. One without would be read by the zone of the machine. */
const instant = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/

/** The engine takes the 31st of February for a day in March. */
const isDay = (day: string): boolean =>
  Option.exists(DateTime.make(day), (found) => DateTime.formatIsoDateUtc(found) === day)

/** When that was, in milliseconds since the epoch; nothing for what is no time. Never before the epoch. */
export const timeOf = (text: string, now: number): Option.Option<number> => {
  const age = ageOf(text)
  if (age !== undefined) return Option.some(Math.max(0, now - age))
  const [, day] = instant.exec(text) ?? []
  return day === undefined || !isDay(day)
    ? Option.none()
    : Option.map(DateTime.make(text), DateTime.toEpochMillis).pipe(Option.filter((at) => at >= 0))
}

const timeOption = (
  given: Option.Option<string>,
  flag: string,
  now: number
): Effect.Effect<number | undefined, UsageError> =>
  Option.isNone(given)
    ? Effect.succeed(undefined)
    : Effect.mapError(
        timeOf(given.value, now),
        () => new UsageError({ problem: `${flag} "${given.value}" is no time`, fix: accepted })
      )

const timestamp = (at: number): Timestamp => Timestamp.make(new Date(at).toISOString())

/**
 * The range that was asked for: of the configured namespace, or of all where none is configured. `otherwise` is the age
 * from which on it goes where no start was given; without it, the ledger is read from its first record on.
 */
export const rangeOf = Effect.fnUntraced(function* (
  options: RangeOptions,
  otherwise?: string
): Effect.fn.Return<LedgerRange, UsageError, AegisConfig> {
  const now = yield* Clock.currentTimeMillis
  const { origins, settings } = yield* AegisConfig
  const since = Option.orElse(options.since, () => Option.fromNullable(otherwise))
  const from = yield* timeOption(since, "--since", now)
  const to = yield* timeOption(options.until, "--until", now)
  if (from !== undefined && to !== undefined && from >= to) {
    return yield* new UsageError({
      problem: "The range ends before it begins",
      fix: "Give an --until that is later than --since."
    })
  }
  return {
    ...(from === undefined ? {} : { from: timestamp(from) }),
    ...(to === undefined ? {} : { to: timestamp(to) }),
    ...(origins.has("namespace") ? { namespace: settings.namespace } : {})
  }
})
