/** How one JSON value differs from another, by the places that were added, removed, changed or moved. */
import { align } from "./align.js"
import { isObject, jsonIdentities } from "./identities.js"

export interface Change {
  /** A JSON pointer (RFC 6901) into the later value; for what was removed, into the earlier one. */
  readonly path: string
  /** `moved` to another place among the elements that stayed; what else is changed in it is said by itself. */
  readonly change: "added" | "removed" | "changed" | "moved"
  /** Where it was, if that is another place: elements shift when others come or go. */
  readonly from?: string
  readonly before?: unknown
  readonly after?: unknown
}

const escaped = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1")

/** What is still to be compared, or a change that is told when its turn comes. */
type Open =
  Change | { readonly path: string; readonly from: string; readonly before: unknown; readonly after: unknown }

/**
 * Members in the order of the keys of `before`, then of those that `after` adds; elements in the order of `after`, then what is gone. Depth
 * is bounded by memory alone.
 */
export const difference = (before: unknown, after: unknown): ReadonlyArray<Change> => {
  const changes: Array<Change> = []
  const identities = jsonIdentities()
  identities.add(before)
  identities.add(after)
  const open: Array<Open> = [{ path: "", from: "", before, after }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ("change" in next) {
      changes.push(next)
      continue
    }
    const { after: other, before: one, from, path } = next
    if (Object.is(one, other) || identities.of(one) === identities.of(other)) continue
    const places = { path, from }
    const found =
      Array.isArray(one) && Array.isArray(other)
        ? elements(one, other, places)
        : isObject(one) && isObject(other)
          ? members(one, other, places)
          : [
              {
                path,
                change: "changed" as const,
                ...(from === path ? {} : { from }),
                before: one,
                after: other
              }
            ]
    for (const each of found.toReversed()) open.push(each)
  }
  return changes

  function elements(
    one: ReadonlyArray<unknown>,
    other: ReadonlyArray<unknown>,
    { from, path }: Places
  ): Array<Open> {
    const { moved, origins, removed } = align(one, other, identities)
    const found: Array<Open> = []
    for (const [to, value] of other.entries()) {
      const origin = origins[to] ?? -1
      const place = `${path}/${to}`
      if (origin < 0) {
        found.push({ path: place, change: "added", after: value })
        continue
      }
      const was = `${from}/${origin}`
      if (moved[to] === 1) found.push({ path: place, change: "moved", from: was })
      found.push({ path: place, from: was, before: one[origin], after: value })
    }
    for (const origin of removed) {
      found.push({ path: `${from}/${origin}`, change: "removed", before: one[origin] })
    }
    return found
  }
}

interface Places {
  readonly path: string
  readonly from: string
}

const members = (
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
  { from, path }: Places
): Array<Open> =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].map((key): Open => {
    const place = `${path}/${escaped(key)}`
    const was = `${from}/${escaped(key)}`
    const [before, after] = [Reflect.get(one, key), Reflect.get(other, key)] as [unknown, unknown]
    if (!Object.hasOwn(one, key)) return { path: place, change: "added", after }
    if (!Object.hasOwn(other, key)) return { path: was, change: "removed", before }
    return { path: place, from: was, before, after }
  })
