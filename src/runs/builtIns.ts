/** The classes of JavaScript that JSON does not know: what is stored of each, and how it is made again. */
import { types } from "node:util"

/** What is stored is read back with suspicion: `give` throws on content that `take` would never have given. */
interface BuiltIn {
  readonly is: (value: object) => boolean
  /** May hold any value. */
  readonly take: (value: object) => unknown
  readonly give: (content: unknown) => unknown
}

/** `is` proves what `take` is given. */
const builtIn = <A extends object>(
  is: (value: object) => value is A,
  take: (value: A) => unknown,
  give: (content: unknown) => A
): BuiltIn => ({
  is,
  take: (value) => (is(value) ? take(value) : undefined),
  give
})

const demand: (holds: boolean) => asserts holds = (holds) => {
  if (!holds) throw new TypeError("malformed")
}

const list = (content: unknown): ReadonlyArray<unknown> => {
  demand(Array.isArray(content))
  return content
}

const pair = (content: unknown): [unknown, unknown] => {
  const [first, second, ...more] = list(content)
  demand(list(content).length === 2 && more.length === 0)
  return [first, second]
}

const base64 = (view: ArrayBufferView): string =>
  Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("base64")

/** A buffer of its own: what Node decodes may lie in a pool. */
const bytes = (content: unknown): ArrayBuffer => {
  demand(typeof content === "string" && content.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(content))
  const decoded = Buffer.from(content, "base64")
  const buffer = new ArrayBuffer(decoded.length)
  new Uint8Array(buffer).set(decoded)
  return buffer
}

/** Of a view only what it shows is stored, in the order of bytes that all of Node's usual platforms have. */
const view = <A extends ArrayBufferView>(
  is: (value: object) => value is A,
  make: (buffer: ArrayBuffer) => A
): BuiltIn => builtIn(is, base64, (content) => make(bytes(content)))

/** By what `Object.prototype.toString` calls them, whatever realm they are from. A subclass is stored as its class here. */
export const builtIns: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  [
    "Date",
    builtIn(
      types.isDate,
      (date) => {
        const time: number = Reflect.apply(Date.prototype.getTime, date, [])
        return Number.isNaN(time) ? null : time
      },
      (content) => {
        demand(content === null || (typeof content === "number" && Math.abs(content) <= 8.64e15))
        return new Date(content ?? Number.NaN)
      }
    )
  ],
  [
    "Map",
    builtIn(
      types.isMap,
      (map) => Array.from(Reflect.apply(Map.prototype.entries, map, [])),
      (content) => new Map(list(content).map(pair))
    )
  ],
  [
    "Set",
    builtIn(
      types.isSet,
      (set) => Array.from(Reflect.apply(Set.prototype.values, set, [])),
      (content) => new Set(list(content))
    )
  ],
  [
    "RegExp",
    builtIn(
      types.isRegExp,
      (regExp) => [regExp.source, regExp.flags, regExp.lastIndex],
      (content) => {
        const [source, flags, lastIndex] = list(content)
        demand(typeof source === "string" && typeof flags === "string" && typeof lastIndex === "number")
        const regExp = new RegExp(source, flags)
        regExp.lastIndex = lastIndex
        return regExp
      }
    )
  ],
  [
    "URL",
    builtIn(
      (value) => value instanceof URL,
      (url) => url.href,
      (content) => {
        demand(typeof content === "string")
        return new URL(content)
      }
    )
  ],
  ["ArrayBuffer", builtIn(types.isArrayBuffer, (buffer) => Buffer.from(buffer).toString("base64"), bytes)],
  ["DataView", view(types.isDataView, (buffer) => new DataView(buffer))],
  // a Buffer too
  ["Uint8Array", view(types.isUint8Array, (buffer) => new Uint8Array(buffer))],
  ["Uint8ClampedArray", view(types.isUint8ClampedArray, (buffer) => new Uint8ClampedArray(buffer))],
  ["Uint16Array", view(types.isUint16Array, (buffer) => new Uint16Array(buffer))],
  ["Uint32Array", view(types.isUint32Array, (buffer) => new Uint32Array(buffer))],
  ["Int8Array", view(types.isInt8Array, (buffer) => new Int8Array(buffer))],
  ["Int16Array", view(types.isInt16Array, (buffer) => new Int16Array(buffer))],
  ["Int32Array", view(types.isInt32Array, (buffer) => new Int32Array(buffer))],
  ["Float32Array", view(types.isFloat32Array, (buffer) => new Float32Array(buffer))],
  ["Float64Array", view(types.isFloat64Array, (buffer) => new Float64Array(buffer))],
  ["BigInt64Array", view(types.isBigInt64Array, (buffer) => new BigInt64Array(buffer))],
  ["BigUint64Array", view(types.isBigUint64Array, (buffer) => new BigUint64Array(buffer))]
])

/** The primitive inside of `new Number(1)` and its like. */
export const unboxed = (value: object): unknown => {
  if (types.isNumberObject(value)) return Reflect.apply(Number.prototype.valueOf, value, [])
  if (types.isStringObject(value)) return Reflect.apply(String.prototype.valueOf, value, [])
  if (types.isBooleanObject(value)) return Reflect.apply(Boolean.prototype.valueOf, value, [])
  if (types.isBigIntObject(value)) return Reflect.apply(BigInt.prototype.valueOf, value, [])
  return Reflect.apply(Symbol.prototype.valueOf, value, [])
}
