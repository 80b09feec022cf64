/**
 * Canonical JSON: RFC 8785 (JCS). The same value has the same text on every machine, whatever the order of its keys; a
 * value that JSON cannot hold is a typed error that names its path, never dropped or changed.
 */
import * as Either from "effect/Either"
import { CanonicalError } from "../domain/PromptErrors.js"
import { jsonPointer } from "./pointer.js"

/** A container that is being written: what it is, and how far the writing has come. */
interface Frame {
  readonly value: object
  /** Sorted keys of an object; undefined for an array. */
  readonly keys: ReadonlyArray<string> | undefined
  readonly length: number
  next: number
}

/**
 * The canonical text of a JSON value. Depth is bounded by memory alone: there is no recursion.
 *
 * @example canonicalJson({ b: [1, -0], a: "é" }) // Either.right('{"a":"é","b":[1,0]}')
 */
export const canonicalJson = (root: unknown): Either.Either<string, CanonicalError> => {
  const out: Array<string> = []
  const stack: Array<Frame> = []
  const ancestors = new Set<object>()
  /** Where the value stands that contains itself. */
  let cycle: string | undefined

  /** Writes a scalar, or opens a container. Returns why it cannot. */
  const write = (value: unknown): CanonicalError["reason"] | undefined => {
    switch (typeof value) {
      case "string":
        if (!value.isWellFormed()) return "lone-surrogate"
        out.push(JSON.stringify(value))
        return undefined
      case "number":
        if (!Number.isFinite(value)) return "not-finite"
        out.push(JSON.stringify(value))
        return undefined
      case "boolean":
        out.push(value ? "true" : "false")
        return undefined
      case "object":
        if (value !== null) return open(value)
        out.push("null")
        return undefined
      case "bigint":
      case "symbol":
      case "function":
      case "undefined":
        return typeof value as "bigint" | "symbol" | "function" | "undefined" // the case says so
    }
  }

  const open = (value: object): CanonicalError["reason"] | undefined => {
    if (ancestors.has(value)) {
      cycle = pathOf(
        stack.slice(
          0,
          stack.findIndex((frame) => frame.value === value)
        )
      )
      return "cycle"
    }
    ancestors.add(value)
    if (Array.isArray(value)) {
      out.push("[")
      stack.push({ value, keys: undefined, length: value.length, next: 0 })
      return undefined
    }
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return "not-plain"
    // the default order is by UTF-16 code units, which is the one that RFC 8785 §3.2.3 asks for
    const keys = Object.keys(value).sort()
    out.push("{")
    stack.push({ value, keys, length: keys.length, next: 0 })
    return undefined
  }

  let problem = write(root)
  for (let frame = stack.at(-1); problem === undefined && frame !== undefined; frame = stack.at(-1)) {
    const at = frame.next++
    if (at === frame.length) {
      out.push(frame.keys === undefined ? "]" : "}")
      ancestors.delete(frame.value)
      stack.pop()
      continue
    }
    if (at > 0) out.push(",")
    const key = frame.keys?.[at]
    if (key !== undefined) {
      if (!key.isWellFormed()) {
        problem = "lone-surrogate"
        break
      }
      out.push(JSON.stringify(key), ":")
    }
    problem = write(Reflect.get(frame.value, key ?? at))
  }
  return problem === undefined
    ? Either.right(out.join(""))
    : Either.left(
        new CanonicalError({
          path: pathOf(stack),
          reason: problem,
          ...(cycle === undefined ? {} : { cycle })
        })
      )
}

/** The place of what is being written. */
const pathOf = (stack: ReadonlyArray<Frame>): string =>
  jsonPointer(stack.map((frame) => frame.keys?.[frame.next - 1] ?? frame.next - 1))
