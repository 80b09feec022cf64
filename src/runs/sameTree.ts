/** Whether two trees of JSON have the same text: the order of their keys counts, and there is nothing else to them. */
export const isSameTree = (one: unknown, other: unknown): boolean => {
  if (one === other) return true
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false
    for (let at = 0; at < one.length; at++) if (!isSameTree(one[at], other[at])) return false
    return true
  }
  if (Array.isArray(other)) return false
  const keys = Object.keys(one)
  const others = Object.keys(other)
  if (keys.length !== others.length) return false
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at]
    if (key === undefined || key !== others[at]) return false
    if (!isSameTree(Reflect.get(one, key), Reflect.get(other, key))) return false
  }
  return true
}
