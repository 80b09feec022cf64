/** Ways to keep a layout's prefixes warm, to be tried. */
import type { LayoutChange } from "../../domain/Optimization.js"
import { ttlMillis } from "../simulator/rules.js"
import type { Market } from "./replayer.js"

/** A ping goes out at nine tenths of the time to live: it must have come before the entry is gone. */
const early = 0.9

/**
 * How often in a row. With Anthropic's prices eleven reads cost less than what writing for five minutes costs
 * more than reading (1.25 - 0.1 of the input price, a read being 0.1), and nineteen for an hour: beyond that
 * no gap is worth waiting out.
 */
const times = [1, 2, 4, 8, 11, 19] as const

/**
 * The changes followed by pings, for each time to live that the marks can have. Only Anthropic takes a
 * request without an answer in its API (`max_tokens: 0`); with others a ping pays for one.
 */
export const warmings = (
  changes: ReadonlyArray<LayoutChange>,
  { provider }: Market
): ReadonlyArray<ReadonlyArray<LayoutChange>> => {
  if (provider !== "anthropic") return []
  const before = changes.filter(({ _tag }) => _tag !== "Mark")
  const last = changes.find((change) => change._tag === "Mark")
  return (["5m", "1h"] as const).flatMap((ttl) => {
    const base: ReadonlyArray<LayoutChange> =
      last === undefined
        ? changes
        : [...before, { _tag: "Mark", marks: last.marks.map(({ block }) => ({ block, ttl })) }]
    return times.map((count) => [
      ...base,
      { _tag: "KeepWarm" as const, every: early * ttlMillis[ttl], times: count }
    ])
  })
}
