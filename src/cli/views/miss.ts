/** Why a scaffold missed, for a person. */
import * as Option from "effect/Option"
import type { MissExplanation } from "../../domain/Miss.js"
import { count, money, plural, shortHash } from "./format.js"
import type { Paint } from "./paint.js"

/** The reason, the block at which the prefix breaks, and what that costs. */
export const missLines = (miss: MissExplanation, colors: Paint): ReadonlyArray<string> => {
  const lines = [`${colors.note("why  ")}  ${miss.summary}`]
  const { comparison } = miss
  if (comparison === undefined) return lines
  const { block } = comparison
  if (block !== undefined) {
    const name = block.name === undefined ? "" : ` "${block.name}"`
    const line = block.line === undefined ? "" : `, line ${block.line}`
    const hashes = [block.oldHash, block.newHash].map((hash) =>
      hash === undefined ? "none" : shortHash(hash)
    )
    lines.push(
      `       block ${block.index + 1}, ${block.type}${name}${line}: ${block.change} (${hashes.join(" -> ")})`
    )
  }
  for (const { field, new: now, old } of comparison.fields) lines.push(`       ${field}: ${old} -> ${now}`)
  const cost = Option.isNone(miss.rereadCost)
    ? "at an unknown price"
    : `for ${money(miss.rereadCost)} more than from the provider's cache`
  lines.push(
    `       ${plural(comparison.tokensKept, "token")} in ${plural(comparison.blocksKept, "block")} stay cached; ${count(comparison.tokensReread)} must be read again, ${cost}`
  )
  return lines
}
