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

const has = (value: object, key: string): boolean => Object.hasOwn(value, key)

/** In the order of the keys of `before`, then of those that `after` adds. Depth is bounded by memory alone. */
export const difference = (before: unknown, after: unknown): ReadonlyArray<Change> => {
  const changes: Array<Change> = []
  const open: Array<readonly [path: string, before: unknown, after: unknown]> = [["", before, after]]
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [path, one, other] = pair
    if (Object.is(one, other)) continue
    const keys = keysOf(one, other)
    if (keys === undefined) {
      changes.push({ path, change: "changed", before: one, after: other })
      continue
    }
    const [left, right] = [one as object, other as object] // only objects have keys
    const inside: Array<readonly [string, unknown, unknown]> = []
    for (const key of keys) {
      const place = `${path}/${escaped(key)}`
      if (!has(left, key)) changes.push({ path: place, change: "added", after: Reflect.get(right, key) })
      else if (!has(right, key))
        changes.push({ path: place, change: "removed", before: Reflect.get(left, key) })
      else inside.push([place, Reflect.get(left, key), Reflect.get(right, key)])
    }
    open.push(...inside.reverse())
  }
  return changes
}
