/** Lines that change, taken out of a block that does not. */
import type { Hash } from "../../domain/Hash.js"
import type { TokenCount } from "../../domain/Measures.js"
import type { RequestBlock } from "../../domain/ProviderRequest.js"
import { sha256 } from "../../prompt/digest.js"
import type { Texts } from "./history.js"
import { type TrackedLines, trackLines } from "./trackLines.js"

/** The two blocks that a version becomes. */
export interface Halves {
  readonly stable: Pick<RequestBlock, "hash" | "tokens">
  readonly moved: Pick<RequestBlock, "hash" | "tokens">
}

/**
 * The versions of a block, as it was sent, and the lines of them; the newest first. Versions of unknown text
 * are left out.
 */
export const versionsOf = (
  sent: ReadonlyArray<RequestBlock>,
  texts: Texts
): { readonly tracked: TrackedLines; readonly tokens: ReadonlyMap<Hash, number> } => {
  const tokens = new Map<Hash, number>()
  const versions: Array<{ readonly hash: Hash; readonly text: string }> = []
  for (const { hash, tokens: count } of sent.toReversed()) {
    if (tokens.has(hash)) continue
    const text = texts(hash)
    if (text === undefined) continue
    tokens.set(hash, count)
    versions.push({ hash, text })
  }
  return { tracked: trackLines(versions), tokens }
}

/**
 * What becomes of each version when the `lines` of the newest (counted from 1) go into a block of their own.
 * A version of which nothing or everything would go stays whole and is not in the map.
 *
 * Both together have the tokens of the whole. What stays has them by its share of the characters, rounded
 * down, and of all versions that leave the same text the fewest: so the part that can be read again is never
 * taken for larger than it is. `count`, where a caller has it, counts what goes instead.
 */
export const splitLines = (
  sent: ReadonlyArray<RequestBlock>,
  lines: ReadonlyArray<number>,
  texts: Texts,
  count?: (text: string) => number
): ReadonlyMap<Hash, Halves> => {
  const { tokens, tracked } = versionsOf(sent, texts)
  const going = new Set(lines.map((line) => line - 1))
  const parts: Array<{ hash: Hash; whole: number; stable: Hash; moved: Hash }> = []
  const fewest = new Map<Hash, number>()
  for (const [hash, origin] of tracked.origin) {
    const text = texts(hash)
    const whole = tokens.get(hash)
    if (text === undefined || whole === undefined) continue
    const own = text.split("\n")
    const left = own.filter((_, i) => !going.has(origin[i] ?? -1)).join("\n")
    const gone = own.filter((_, i) => going.has(origin[i] ?? -1)).join("\n")
    if (left.trim() === "" || gone.trim() === "") continue
    const stable = sha256(left)
    const share =
      count === undefined ? Math.floor((whole * left.length) / text.length) : Math.max(0, whole - count(gone))
    fewest.set(stable, Math.min(share, fewest.get(stable) ?? share))
    parts.push({ hash, whole, stable, moved: sha256(gone) })
  }
  return new Map(
    parts.map(({ hash, moved, stable, whole }) => {
      const kept = fewest.get(stable) ?? 0
      return [
        hash,
        {
          // parts of a token count that are whole and not negative
          stable: { hash: stable, tokens: kept as TokenCount },
          moved: { hash: moved, tokens: (whole - kept) as TokenCount }
        }
      ]
    })
  )
}
