/** Which part of one side is which of the other. */

export interface Pair<A> {
  readonly original: A | undefined
  readonly modified: A | undefined
}

/**
 * Pairs by their keys; of those with the same one the first with the first, and so on. In the order of the modified ones, then what is only
 * in the original.
 */
export const pairsOf = <A>(
  original: ReadonlyArray<A>,
  modified: ReadonlyArray<A>,
  keyOf: (part: A, side: "original" | "modified") => string
): ReadonlyArray<Pair<A>> => {
  const open = new Map<string, Array<A>>()
  for (const part of original) {
    const key = keyOf(part, "original")
    const same = open.get(key)
    if (same === undefined) open.set(key, [part])
    else same.push(part)
  }
  const met = new Set<A>()
  const pairs = modified.map((part): Pair<A> => {
    const other = open.get(keyOf(part, "modified"))?.shift()
    if (other !== undefined) met.add(other)
    return { original: other, modified: part }
  })
  const left = original.filter((part) => !met.has(part))
  return [...pairs, ...left.map((part): Pair<A> => ({ original: part, modified: undefined }))]
}
