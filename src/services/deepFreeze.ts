/**
 * Freezes plain data to the bottom. Other objects are left as they are: an Option keeps its own hash, which it could not
 * do any more.
 */
export const deepFreeze = <A>(value: A): A => {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value
  for (const each of Object.values(value)) deepFreeze(each)
  return Object.freeze(value)
}
