/** Makes a value of the tree that was stored. Nothing is made that is not listed here, or that the extension refuses. */
import * as Either from "effect/Either"
import { builtIns } from "./builtIns.js"
import { errorFrom } from "./errors.js"
import { maxDepth, Stop, stop } from "./walk.js"
import type { Walk } from "./walk.js"

/** A value of its own: it shares nothing with the tree that could be changed. Throws a Stop. */
export const revive = (walk: Walk, tree: unknown, depth: number): unknown => {
  if (typeof tree !== "object" || tree === null) return tree
  // the tag of a primitive is a level more than the primitive
  if (depth > maxDepth) throw stop(walk, depth, "too-deep")
  if (!Array.isArray(tree))
    return Object.hasOwn(tree, "$t") ? tagged(walk, tree, depth) : members(walk, tree, depth)
  const list: Array<unknown> = tree.slice()
  for (let at = 0; at < list.length; at++) {
    const element = list[at]
    if (typeof element !== "object" || element === null) continue
    walk.keys[depth] = at
    list[at] = revive(walk, element, depth + 1)
  }
  return list
}

const members = (walk: Walk, tree: object, depth: number): object => {
  // every key is an own data property, so that setting `__proto__` sets no prototype
  const record: Record<string, unknown> = { ...tree }
  for (const key of Object.keys(record)) {
    const member = record[key]
    if (typeof member !== "object" || member === null) continue
    walk.keys[depth] = key
    record[key] = revive(walk, member, depth + 1)
  }
  return record
}

const tagged = (walk: Walk, tree: object, depth: number): unknown => {
  walk.keys[depth] = undefined
  const name: unknown = Reflect.get(tree, "$t")
  if (typeof name !== "string" || !Object.hasOwn(tree, "v")) throw stop(walk, depth, "malformed")
  const stored: unknown = Reflect.get(tree, "v")
  if (name === "Object" || name === "null") {
    if (typeof stored !== "object" || stored === null || Array.isArray(stored))
      throw stop(walk, depth, "malformed")
    const own = members(walk, stored, depth)
    return name === "Object" ? own : withoutPrototype(own)
  }
  const content = revive(walk, stored, depth + 1)
  walk.keys[depth] = undefined
  try {
    return name.startsWith(":")
      ? extended(walk, name.slice(1), content, depth)
      : builtInFrom(walk, name, content, depth)
  } catch (thrown) {
    throw thrown instanceof Stop ? thrown : stop(walk, depth, "malformed", name)
  }
}

const extended = (walk: Walk, name: string, content: unknown, depth: number): unknown => {
  const made = walk.extension?.decode(name, content)
  if (made === undefined) throw stop(walk, depth, "unknown-class", name)
  if (Either.isLeft(made)) throw stop(walk, depth, made.left.reason, made.left.what)
  return made.right
}

const builtInFrom = (walk: Walk, name: string, content: unknown, depth: number): unknown => {
  switch (name) {
    case "undefined":
      return undefined
    case "number":
      return numberFrom(content)
    case "bigint":
      return bigintFrom(content)
    case "Array":
      return arrayFrom(content)
    case "Error":
      return errorFrom(content)
  }
  const builtIn = builtIns.get(name)
  if (builtIn === undefined) throw stop(walk, depth, "unknown-class", name)
  return builtIn.give(content)
}

const numberFrom = (content: unknown): number => {
  switch (content) {
    case "NaN":
    case "Infinity":
    case "-Infinity":
    case "-0":
      return Number(content)
  }
  throw new TypeError("malformed")
}

const bigintFrom = (content: unknown): bigint => {
  if (typeof content !== "string" || !/^-?\d+$/.test(content)) throw new TypeError("malformed")
  return BigInt(content)
}

const arrayFrom = (content: unknown): Array<unknown> => {
  if (typeof content !== "object" || content === null) throw new TypeError("malformed")
  const own: unknown = Reflect.get(content, "own")
  if (typeof own !== "object" || own === null) throw new TypeError("malformed")
  const list: Array<unknown> = []
  list.length = Number(Reflect.get(content, "length"))
  const { length } = list
  for (const [key, value] of Object.entries(own))
    Object.defineProperty(list, key, { value, enumerable: true, writable: true, configurable: true })
  if (list.length !== length) throw new TypeError("malformed")
  return list
}

/** The same of a tree without tags, however deep it is. */
export const copyOf = (tree: unknown): unknown => {
  const open: Array<object> = []
  const shallow = (member: unknown): unknown => {
    if (typeof member !== "object" || member === null) return member
    const copy = Array.isArray(member) ? member.slice() : { ...member }
    open.push(copy)
    return copy
  }
  const copy = shallow(tree)
  for (let own = open.pop(); own !== undefined; own = open.pop()) {
    if (Array.isArray(own)) {
      for (let at = 0; at < own.length; at++) own[at] = shallow(own[at])
    } else {
      const record = own as Record<string, unknown> // a copy, all of whose keys are its own
      for (const key of Object.keys(record)) {
        const member = record[key]
        if (typeof member === "object") record[key] = shallow(member)
      }
    }
  }
  return copy
}

/** Without one, `__proto__` is a key like any other: there is no setter to inherit. */
const withoutPrototype = (own: object): object => {
  const bare: object = Object.create(null)
  return Object.assign(bare, own)
}
