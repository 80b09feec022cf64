/** Whether a value is JSON that says what a tree says: the order of keys does not count. However deep the two are. */
export const isSameJson = (value: unknown, tree: unknown): boolean => {
  const open: Array<readonly [unknown, unknown]> = [[value, tree]]
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [one, other] = pair
    if (one === other) continue
    if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false
    if (Array.isArray(one) !== Array.isArray(other)) return false
    if (Array.isArray(one) && Array.isArray(other)) {
      if (one.length !== other.length) return false
      for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) open.push([one[at], other[at]])
      continue
    }
    const prototype: unknown = Object.getPrototypeOf(one)
    if (prototype !== Object.prototype && prototype !== null) return false
    const keys = Object.keys(one)
    if (keys.length !== Object.keys(other).length) return false
    for (const key of keys) {
      if (!Object.hasOwn(other, key)) return false
      open.push([Reflect.get(one, key), Reflect.get(other, key)])
    }
  }
  return true
}
