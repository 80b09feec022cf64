/** Why what stands behind the known prefix of a request was not read: how it differs from the request before. */
import type { MissReason } from "../../domain/TelemetryAnalysis.js"
import type { Cause } from "./Predicted.js"
import type { Path, Sent } from "./paths.js"

/** Appends a cause, unless it is one of nothing. */
export const blame = (causes: Array<Cause>, cause: Cause): void => {
  if (cause.tokens > 0) causes.push(cause)
}

/** What happened at the first block that differs. */
const editOf = (is: number, was: number, isOld: boolean, wasKept: boolean): MissReason => {
  if (is === was) return "key"
  if (isOld) return wasKept ? "moved" : "removed"
  return wasKept ? "added" : "changed"
}

/**
 * Appends the causes of all tokens behind `from`. A block that is not that of the request before spoils those behind it, up to the last
 * one that was there before, and the `spoiled` tokens before it that are kept with it alone; what is new after that is the first of its
 * kind.
 */
export const blameDifference = (
  path: Path,
  before: Sent | undefined,
  from: number,
  spoiled: number,
  causes: Array<Cause>
): void => {
  const { ends, known, sent, total } = path
  const { symbols } = sent
  const old = before?.symbols ?? []
  let at = known
  let covered = from
  // the same blocks under another key, or after other parameters
  while (at < symbols.length && symbols[at] === old[at]) at++
  if (at > known) {
    const end = ends[at - 1] ?? 0
    blame(causes, { reason: "key", tokens: end - covered })
    covered = Math.max(covered, end)
  }
  const [is, was] = [symbols[at], old[at]]
  if (is !== undefined && was !== undefined) {
    const rest = new Set(old.slice(at))
    let last = symbols.length - 1
    while (last > at && !rest.has(symbols[last] ?? -1)) last--
    const reason = editOf(is, was, rest.has(is), symbols.includes(was, at))
    const own = Math.max(covered, reason === "removed" ? covered : (ends[at] ?? 0))
    const end = Math.max(covered, ends[last] ?? 0)
    const unchanged = spoiled + Math.max(0, end - own)
    blame(causes, { reason, block: at, tokens: spoiled + end - covered, unchanged })
    covered = end
  } else blame(causes, { reason: "below-minimum", tokens: spoiled })
  blame(causes, { reason: "first", tokens: total - covered })
}
