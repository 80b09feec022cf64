/**
 * Makes of a value the tree that `JSON.stringify` writes exactly: the value itself where JSON can hold it, and where it
 * cannot a copy with tags, `{"$t": "Date", "v": 0}`. An object that owns a `$t` is tagged too, so that no data is a tag.
 *
 * As in JSON, symbol keys and keys that are not enumerable are left out, and so are the functions of a class instance; an
 * accessor is what it gives, an object twice is two objects, a boxed primitive is the primitive.
 */
import { types } from "node:util"
import * as Either from "effect/Either"
import { builtIns, unboxed } from "./builtIns.js"
import { errorParts } from "./errors.js"
import { isStackOverflow, maxDepth, stop, Stop } from "./walk.js"
import type { Walk } from "./walk.js"

/** Throws a Stop. */
export const storable = (walk: Walk, value: unknown, depth: number): unknown => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : tag(walk, "number", Object.is(value, -0) ? "-0" : String(value))
    case "object":
      return value === null ? value : container(walk, value, depth)
    case "undefined":
      return tag(walk, "undefined", null)
    case "bigint":
      return tag(walk, "bigint", String(value))
    case "function":
      throw stop(walk, depth, "function")
    case "symbol":
      throw stop(walk, depth, "symbol")
  }
}

const tag = (walk: Walk, name: string, content: unknown): object => {
  walk.tagged = true
  return { $t: name, v: content }
}

/** Goes into an object: afterwards `walk.keys[depth]` is for its keys. */
export const enter = (walk: Walk, value: object, depth: number): void => {
  if (depth >= maxDepth) throw stop(walk, depth, "too-deep")
  // values are shallow: looking through all that is above is faster than keeping a Set
  for (let at = 0; at < depth; at++) if (walk.above[at] === value) throw stop(walk, depth, "cycle")
  walk.above[depth] = value
  walk.keys[depth] = undefined
}

const container = (walk: Walk, value: object, depth: number): unknown => {
  enter(walk, value, depth)
  try {
    return entered(walk, value, depth)
  } catch (thrown) {
    throw thrown instanceof Stop || isStackOverflow(thrown) ? thrown : stop(walk, depth + 1, "not-readable")
  }
}

const entered = (walk: Walk, value: object, depth: number): unknown => {
  if (Array.isArray(value)) return elements(walk, value, depth) ?? oddArray(walk, value, depth)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) {
    const toJson = toJsonOf(value)
    return toJson === undefined ? data(walk, value, depth, false) : ofToJson(walk, value, toJson, depth)
  }
  return typeof prototype === "object" && prototype !== null
    ? instance(walk, value, prototype, depth)
    : tag(walk, "null", members(walk, value, depth, false))
}

/** The elements of a list, the list itself where none is tagged; undefined where it is more or less than a list. */
export const elements = (
  walk: Walk,
  value: ReadonlyArray<unknown>,
  depth: number
): ReadonlyArray<unknown> | undefined => {
  const { length } = value
  const keys = Object.keys(value)
  // indices come first, in order: where as many as its length end with the last index, they are all there is
  if (keys.length !== length || (length > 0 && keys[length - 1] !== String(length - 1))) return undefined
  let copy: Array<unknown> | undefined
  for (let at = 0; at < length; at++) {
    const element = value[at]
    if (typeof element === "string") continue
    walk.keys[depth] = at
    const stored = storable(walk, element, depth + 1)
    if (stored === element) continue
    copy ??= Array.from(value)
    copy[at] = stored
  }
  return copy ?? value
}

/** A list with holes, or with keys of its own as `RegExp.prototype.exec` gives it: its length and its entries. */
const oddArray = (walk: Walk, value: ReadonlyArray<unknown>, depth: number): unknown =>
  tag(walk, "Array", storable(walk, { length: value.length, own: { ...value } }, depth + 1))

/** The own data of an object, tagged where it could be taken for a tag. */
const data = (walk: Walk, value: object, depth: number, isInstance: boolean): unknown => {
  const stored = members(walk, value, depth, isInstance)
  return Object.hasOwn(value, "$t") ? tag(walk, "Object", stored) : stored
}

const members = (walk: Walk, value: object, depth: number, isInstance: boolean): object => {
  // any object may be asked for the keys that it says it has
  const record = value as Readonly<Record<string, unknown>>
  let copy: Record<string, unknown> | undefined
  const keys = Object.keys(value)
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at]
    if (key === undefined) continue
    walk.keys[depth] = key
    const member = record[key]
    if (typeof member === "string" || (isInstance && typeof member === "function")) continue
    const stored = storable(walk, member, depth + 1)
    if (stored === member) continue
    // spreading makes `__proto__` a key like any other, and setting what is there leaves it one
    copy ??= { ...record }
    copy[key] = stored
  }
  return copy ?? value
}

/** What the `toJSON` of an object gives, which may be an object of a class again, or the object itself. */
const ofToJson = (walk: Walk, value: object, toJson: ToJson, depth: number): unknown => {
  const given: unknown = Reflect.apply(toJson, value, [String(walk.keys[depth - 1] ?? "")])
  if (given !== value) return storable(walk, given, depth + 1)
  const own = Object.entries(value).filter(([, member]) => typeof member !== "function")
  return data(walk, Object.fromEntries(own), depth, true)
}

/** Any function may be given the key; what it gives is looked at. */
type ToJson = (key: string) => unknown
const isToJson = (value: unknown): value is ToJson => typeof value === "function"

const toJsonOf = (value: object): ToJson | undefined =>
  "toJSON" in value && isToJson(value.toJSON) ? value.toJSON : undefined

const instance = (walk: Walk, value: object, prototype: object, depth: number): unknown => {
  if (isRoot(prototype)) return data(walk, value, depth, false)
  const named = walk.extension?.encode(value)
  if (named !== undefined) {
    if (Either.isLeft(named)) throw stop(walk, depth, named.left.reason, named.left.what)
    return tag(walk, `:${named.right.name}`, storable(walk, named.right.content, depth + 1))
  }
  if (types.isNativeError(value) || value instanceof Error) return ofError(walk, value, depth)
  if (types.isBoxedPrimitive(value)) return storable(walk, unboxed(value), depth)
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  const builtIn = builtIns.get(kind)
  if (builtIn?.is(value) === true) return tag(walk, kind, storable(walk, builtIn.take(value), depth + 1))
  const toJson = toJsonOf(value)
  if (toJson !== undefined) return ofToJson(walk, value, toJson, depth)
  if (!hasData(value, kind)) throw stop(walk, depth, "unknown-class", className(prototype))
  return data(walk, value, depth, true)
}

/** The `Object.prototype` of another realm, as test runners have it. */
const isRoot = (prototype: object): boolean =>
  Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf")

/** What the platform keeps inside of an object is not in its keys: such an object is not `{}`. */
const hasData = (value: object, kind: string): boolean =>
  kind === "Object" || (!opaque.has(kind) && !ArrayBuffer.isView(value) && Object.keys(value).length > 0)

const opaque = new Set(["Promise", "WeakMap", "WeakSet", "WeakRef", "Generator", "AsyncGenerator"])

const className = (prototype: object): string | undefined => {
  const { constructor } = prototype
  return typeof constructor === "function" && typeof constructor.name === "string"
    ? constructor.name
    : undefined
}

/**
 * An error with what of it can be stored. Errors hold what happened to be at hand, sockets and headers among it: that an
 * error has such a member is no reason to lose the rest. In what is stored, its members are three levels below it.
 */
const ofError = (walk: Walk, error: Error, depth: number): unknown => {
  if (depth + 3 >= maxDepth) throw stop(walk, depth, "too-deep")
  walk.above[depth + 1] = walk.above[depth + 2] = error
  const { className, hidden, own } = errorParts(error)
  const kept = (parts: Readonly<Record<string, unknown>>): object =>
    Object.fromEntries(
      Object.entries(parts).flatMap(([key, part]) => {
        try {
          return [[key, storable(walk, part, depth + 3)]]
        } catch (thrown) {
          if (thrown instanceof Stop) return []
          throw thrown
        }
      })
    )
  const marked = (parts: object): object => (Object.hasOwn(parts, "$t") ? tag(walk, "Object", parts) : parts)
  return tag(walk, "Error", { class: className, hidden: kept(hidden), own: marked(kept(own)) })
}
