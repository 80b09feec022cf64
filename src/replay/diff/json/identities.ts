/** Numbers for JSON values: two have the same one if and only if they say the same; the order of keys does not count. */

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isContainer = (value: unknown): value is object => typeof value === "object" && value !== null

/** The identity of any value below one that was added. Depth is bounded by memory alone. */
export interface JsonIdentities {
  readonly add: (value: unknown) => void
  readonly of: (value: unknown) => number
}

export const jsonIdentities = (): JsonIdentities => {
  const known = new Map<string, number>()
  const containers = new Map<object, number>()

  const numberOf = (key: string): number => {
    const found = known.get(key)
    if (found !== undefined) return found
    known.set(key, known.size)
    return known.size - 1
  }

  const of = (value: unknown): number =>
    isContainer(value) ? (containers.get(value) ?? -1) : numberOf(`${typeof value} ${text(value)}`)

  const keyOf = (value: object): string => {
    if (Array.isArray(value)) return `[${value.map(of).join(",")}]`
    const members = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${of(Reflect.get(value, key))}`)
    return `{${members.join(",")}}`
  }

  return {
    of,
    add: (root) => {
      // a container is left on the stack until all in it have their numbers
      const open: Array<unknown> = [root]
      const entered = new Set<object>()
      while (open.length > 0) {
        const value = open.at(-1)
        if (!isContainer(value) || containers.has(value)) open.pop()
        else if (entered.has(value)) {
          containers.set(value, numberOf(keyOf(value)))
          open.pop()
        } else {
          entered.add(value)
          for (const child of Object.values(value)) if (isContainer(child)) open.push(child)
        }
      }
    }
  }
}

/** -0 is no 0: they are written in two ways. */
const text = (value: unknown): string => (Object.is(value, -0) ? "-0" : String(value))
