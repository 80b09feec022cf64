/** Applies fixes to a text. */
import type { Fix } from "../domain/Compliance.js"

/**
 * Applies fixes from the end of a text to its start, so that offsets hold. Where two overlap or touch the same place, the one that
 * begins first counts, and of two that begin together the one that was given first; the other is left for another round. One that
 * does not lie in the text is left out.
 */
export const applyFixes = (
  text: string,
  fixes: ReadonlyArray<Fix>
): { readonly text: string; readonly applied: number } => {
  const taken: Array<Fix> = []
  let free = -1
  for (const fix of [...fixes].sort((one, other) => one.start - other.start)) {
    const { end, start } = fix
    const inText = Number.isInteger(start) && Number.isInteger(end) && start <= end && end <= text.length
    if (!inText || start <= free) continue
    taken.push(fix)
    free = end
  }
  return {
    text: taken.reduceRight(
      (mended, { end, start, text: inserted }) => mended.slice(0, start) + inserted + mended.slice(end),
      text
    ),
    applied: taken.length
  }
}
