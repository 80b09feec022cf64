/** A value as a text that says all that must survive: types, classes, order, holes, hidden members, the sign of zero. */
export const shape = (value: unknown): string => {
  if (typeof value === "bigint") return `${value}n`
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value)
  if (typeof value === "string") return JSON.stringify(value)
  if (typeof value !== "object" || value === null) return String(value)
  return `${classOf(value)}${within(value)}`
}

const within = (value: object): string => {
  if (value instanceof Map) return `{${[...value].map(([k, v]) => `${shape(k)}=>${shape(v)}`).join()}}`
  if (value instanceof Set) return `{${[...value].map(shape).join()}}`
  if (value instanceof Date) return `(${value.getTime()})`
  if (value instanceof RegExp) return `(${value.source} ${value.flags} ${value.lastIndex})`
  if (value instanceof URL) return `(${value.href})`
  if (value instanceof ArrayBuffer) return `(${new Uint8Array(value).join()})`
  if (ArrayBuffer.isView(value))
    return `(${new Uint8Array(value.buffer, value.byteOffset, value.byteLength).join()})`
  return own(value)
}

const own = (value: object): string => {
  const members = Reflect.ownKeys(value)
    .filter((key) => !(value instanceof Error && key === "stack"))
    .map((key) => {
      const { enumerable, value: member } = Object.getOwnPropertyDescriptor(value, key) ?? {}
      return `${enumerable === true ? "" : "hidden "}${String(JSON.stringify(key))}:${shape(member)}`
    })
  // the order in which an error got its hidden members says nothing
  return `{${(value instanceof Error ? members.sort() : members).join()}}`
}

const classOf = (value: object): string => {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (typeof prototype !== "object" || prototype === null) return "bare"
  return Object.hasOwn(prototype, "constructor") ? String(prototype.constructor.name) : "strange"
}
