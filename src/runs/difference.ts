/** How one JSON value differs from another, by the places that were added, removed or changed. */

export interface Change {
  /** A JSON pointer (RFC 6901). */
  readonly path: string
  readonly change: "added" | "removed" | "changed"
  readonly before?: unknown
  readonly after?: unknown
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const escaped = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1")

/** The keys of both, with their values; undefined for values that have none. */
const keysOf = (before: unknown, after: unknown): ReadonlyArray<string> | undefined => {
  if (Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }, (_, at) => String(at))
  }
  return isObject(before) && isObject(after)
    ? [...new Set([...Object.keys(before), ...Object.keys(after)])]
    : undefined
}

/** What is still to be said of a place: that it differs, or what is to be compared there. */
type Open = Change | { readonly path: string; readonly before: unknown; readonly after: unknown }

const at = (path: string, key: string, one: object, other: object): Open => {
  const place = `${path}/${escaped(key)}`
  const [before, after]: ReadonlyArray<unknown> = [Reflect.get(one, key), Reflect.get(other, key)]
  if (!Object.hasOwn(one, key)) return { path: place, change: "added", after }
  if (!Object.hasOwn(other, key)) return { path: place, change: "removed", before }
  return { path: place, before, after }
}

/** In the order of the keys of `before`, then of those that `after` adds. Depth is bounded by memory alone. */
export const difference = (before: unknown, after: unknown): ReadonlyArray<Change> => {
  const changes: Array<Change> = []
  const open: Array<Open> = [{ path: "", before, after }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ("change" in next) {
      changes.push(next)
      continue
    }
    const { after: other, before: one, path } = next
    if (Object.is(one, other)) continue
    const keys = keysOf(one, other)
    if (keys === undefined) {
      changes.push({ path, change: "changed", before: one, after: other })
      continue
    }
    // only objects have keys; the last of them is looked at last
    for (const key of keys.toReversed()) open.push(at(path, key, one as object, other as object))
  }
  return changes
}
