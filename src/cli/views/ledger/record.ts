/** One record on one line: when, what, how it ended, what it took. */
import * as Option from "effect/Option"
import type { TelemetryRecord } from "../../../domain/TelemetryRecord.js"
import { totalInput } from "../../../domain/Usage.js"
import { chosen } from "../facts.js"
import { count, difference, duration, money } from "../format.js"
import { paint } from "../paint.js"
import type { Style } from "../Style.js"

export const recordLine = (record: TelemetryRecord, style: Style): string => {
  const colors = paint(style)
  const { createdAt, error, latency, model, operation, outcome, provider, saved, usage } = record
  const found = error === undefined ? outcome.padEnd(8) : colors.bad("failed  ")
  const who = [provider, model].filter((each) => each !== undefined).join(" ")
  return [
    colors.faint(createdAt),
    operation.padEnd(10),
    outcome === "hit" || outcome === "replay" || outcome === "follower" ? colors.good(found) : found,
    ...(who === "" ? [] : [chosen(who)]),
    usage === undefined
      ? `${count(record.tokenCount)} tokens`
      : `${count(totalInput(usage))} in (${count(Option.getOrElse(usage.cacheRead, () => 0))} cached) ${count(usage.output)} out`,
    money(record.cost),
    ...(saved === undefined || Option.isNone(saved.cost) ? [] : [`saved ${difference(saved.cost.value)}`]),
    latency === 0 ? "" : duration(latency),
    ...(error === undefined ? [] : [colors.bad(error)])
  ]
    .filter((part) => part !== "")
    .join("  ")
}
