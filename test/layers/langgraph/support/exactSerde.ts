/**
 * The serializer of the model: values come back as what they were, or are refused. Tagged JSON, where an object of a
 * user that looks tagged is tagged itself.
 */
import { load } from "@langchain/core/load"
import { Serializable } from "@langchain/core/load/serializable"
import { DeltaSnapshot, type SerializerProtocol } from "@langchain/langgraph-checkpoint"

const arrays = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array
}
const errors = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError }

type Tagged = readonly [tag: string, ...parts: ReadonlyArray<unknown>]
const tagged = (...parts: Tagged): unknown => ({ $: parts })

const encode = (value: unknown, above: ReadonlySet<object>): unknown => {
  switch (typeof value) {
    case "undefined":
      return tagged("undefined")
    case "bigint":
      return tagged("bigint", `${value}`)
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : tagged("number", Object.is(value, -0) ? "-0" : `${value}`)
    case "function":
    case "symbol":
      throw new TypeError(`A ${typeof value} cannot be kept.`)
    case "object":
      return value === null ? null : encodeObject(value, above)
    default:
      return value
  }
}

const encodeObject = (value: object, above: ReadonlySet<object>): unknown => {
  if (above.has(value)) throw new TypeError("A value that contains itself cannot be kept.")
  const inside = new Set(above).add(value)
  const all = (items: Iterable<unknown>): Array<unknown> => Array.from(items, (item) => encode(item, inside))
  if (Array.isArray(value)) return all(value)
  if (value instanceof Date) return tagged("date", encode(value.getTime(), inside))
  if (value instanceof RegExp) return tagged("regexp", value.source, value.flags)
  if (value instanceof Map) return tagged("map", all(value))
  if (value instanceof Set) return tagged("set", all(value))
  if (value instanceof DeltaSnapshot) return tagged("delta", encode(value.value, inside))
  if (value instanceof Error) {
    const own = Object.entries(value).filter(([key]) => key !== "cause")
    const cause = "cause" in value ? [encode(value.cause, inside)] : []
    return tagged("error", value.name, value.message, value.stack ?? "", all(own), cause)
  }
  if (ArrayBuffer.isView(value)) {
    const kind = Object.keys(arrays).find((name) => name === value.constructor.name) ?? "Uint8Array"
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    return tagged("bytes", kind, bytes.toString("base64"))
  }
  if (value instanceof Serializable && value.lc_serializable) {
    return tagged("langchain", JSON.stringify(value))
  }
  if ("toJSON" in value && typeof value.toJSON === "function") return encode(value.toJSON(), inside)
  const entries = Object.entries(value)
  return entries.some(([key]) => key === "$" || key === "__proto__")
    ? tagged("object", all(entries))
    : Object.fromEntries(entries.map(([key, field]) => [key, encode(field, inside)]))
}

const decode = async (value: unknown): Promise<unknown> => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return Promise.all(value.map(decode))
  if ("$" in value && Array.isArray(value.$)) return decodeTagged(value.$)
  return ofEntries(await Promise.all(Object.entries(value).map(async ([k, v]) => [k, await decode(v)])))
}

const ofEntries = (entries: ReadonlyArray<ReadonlyArray<unknown>>): Record<string, unknown> => {
  const object: Record<string, unknown> = {}
  for (const [key, value] of entries) {
    const property = { value, configurable: true, enumerable: true, writable: true }
    Object.defineProperty(object, String(key), property)
  }
  return object
}

const items = async (value: unknown): Promise<Array<unknown>> => {
  const list = await decode(value)
  return Array.isArray(list) ? list : []
}
const pairs = async (value: unknown): Promise<Array<[unknown, unknown]>> =>
  (await items(value)).map((pair) => (Array.isArray(pair) ? [pair[0], pair[1]] : [undefined, undefined]))

const decodeTagged = async ([tag, ...parts]: ReadonlyArray<unknown>): Promise<unknown> => {
  const [first, second, third] = parts
  switch (tag) {
    case "bigint":
      return BigInt(String(first))
    case "number":
      return Number(first)
    case "date":
      return new Date(Number(await decode(first)))
    case "regexp":
      return new RegExp(String(first), String(second))
    case "map":
      return new Map(await pairs(first))
    case "set":
      return new Set(await items(first))
    case "delta":
      return new DeltaSnapshot(await decode(first))
    case "object":
      return ofEntries(await pairs(first))
    case "error": {
      const name = String(first)
      const Kind = Object.entries(errors).find(([known]) => known === name)?.[1] ?? Error
      const error = new Kind(String(second))
      if (error.name !== name) error.name = name
      Object.defineProperty(error, "stack", { value: third, configurable: true, writable: true })
      const cause = await items(parts[4])
      if (cause.length > 0) Object.defineProperty(error, "cause", { value: cause[0], configurable: true })
      return Object.assign(error, ofEntries(await pairs(parts[3])))
    }
    case "bytes": {
      const bytes = Uint8Array.from(Buffer.from(String(second), "base64"))
      const Kind = Object.entries(arrays).find(([known]) => known === first)?.[1] ?? Uint8Array
      return new Kind(bytes.buffer)
    }
    case "langchain":
      return revive(String(first))
    default:
      return undefined
  }
}

/** Messages and documents are made again; anything else stays what the row says, as data. */
const revive = async (text: string): Promise<unknown> => {
  const record: unknown = JSON.parse(text)
  const id =
    typeof record === "object" && record !== null && "id" in record && Array.isArray(record.id)
      ? record.id
      : []
  return id[0] === "langchain_core" && (id[1] === "messages" || id[1] === "documents") ? load(text) : record
}

export class ExactSerde implements SerializerProtocol {
  async dumpsTyped(value: unknown): Promise<[string, Uint8Array]> {
    return ["json", new TextEncoder().encode(JSON.stringify(encode(value, new Set())))]
  }

  async loadsTyped(_type: string, data: Uint8Array | string): Promise<unknown> {
    return decode(JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data)))
  }
}
