/** JSON with comments and trailing commas, and where the values in it stand. Offsets are UTF-16 code units. */
import * as Either from "effect/Either"
import { placeOf, syntaxErrorOffset } from "../jsonPlaces.js"

export interface Range {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

export interface JsonText {
  readonly value: unknown
  /** Where a value stands, by the keys that lead to it; if it is missing, where the innermost value stands that is there. */
  readonly rangeOf: (keys: ReadonlyArray<string>) => Range
}

/** The value, or the place where the text is no JSON. */
export const parseJson = (text: string): Either.Either<JsonText, Range> => {
  const plain = withoutComments(text)
  const rangeFrom = (start: number, end: number): Range => {
    const from = placeOf(text, start)
    const to = placeOf(text, end)
    return { ...from, endLine: to.line, endColumn: to.column }
  }
  try {
    const value: unknown = JSON.parse(plain)
    return Either.right({ value, rangeOf: (keys) => rangeFrom(...find(plain, keys)) })
  } catch (cause) {
    const at = syntaxErrorOffset(plain, cause)
    return Either.left(rangeFrom(at, at))
  }
}

/** The text with spaces for comments and trailing commas, so that everything else stays in its place. */
const withoutComments = (text: string): string => {
  const pieces: Array<string> = []
  let copied = 0
  const blank = (start: number, end: number): void => {
    pieces.push(text.slice(copied, start), " ".repeat(end - start))
    copied = end
  }
  /** A comma with nothing but space and comments behind it so far, and the comments. */
  let comma = -1
  let comments: Array<readonly [number, number]> = []
  const settle = (isTrailing: boolean): void => {
    if (isTrailing && comma >= 0) blank(comma, comma + 1)
    for (const [start, end] of comments) blank(start, end)
    comma = -1
    comments = []
  }
  for (let at = 0; at < text.length;) {
    const char = text[at]
    if (char === "/" && (text[at + 1] === "/" || text[at + 1] === "*")) {
      const end = text[at + 1] === "/" ? lineEnd(text, at) : commentEnd(text, at)
      comments.push([at, end])
      at = end
      continue
    }
    if (char === " " || char === "\n" || char === "\r" || char === "\t") {
      at += 1
      continue
    }
    settle(char === "}" || char === "]")
    if (char === ",") comma = at
    at = char === '"' ? stringEnd(text, at) : at + 1
  }
  settle(false)
  pieces.push(text.slice(copied))
  return pieces.join("")
}

const lineEnd = (text: string, from: number): number => {
  const end = text.slice(from).search(/[\n\r]/)
  return end < 0 ? text.length : from + end
}

/** A comment that is never closed stays, and is no JSON. */
const commentEnd = (text: string, from: number): number => {
  const end = text.indexOf("*/", from + 2)
  return end < 0 ? from + 1 : end + 2
}

/** The offset behind a string that starts here. */
const stringEnd = (text: string, from: number): number => {
  let at = from + 1
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1
  return Math.min(at + 1, text.length)
}

const spaceEnd = (text: string, from: number): number => {
  let at = from
  while (/\s/.test(text[at] ?? "")) at += 1
  return at
}

/** The offset behind a value that starts here. The text is valid JSON. */
const valueEnd = (text: string, from: number): number => {
  let depth = 0
  for (let at = from; at < text.length;) {
    const char = text[at] ?? ""
    if (char === '"') at = stringEnd(text, at)
    else if (depth === 0 && /[\s,}\]]/.test(char)) return at
    else {
      if (char === "{" || char === "[") depth += 1
      if (char === "}" || char === "]") depth -= 1
      at += 1
    }
    if (depth === 0 && (char === '"' || char === "}" || char === "]")) return at
  }
  return text.length
}

/** The start of a member's value; of two with one key the last counts, as for `JSON.parse`. */
const memberOf = (text: string, from: number, key: string): number | undefined => {
  let found: number | undefined
  for (let at = spaceEnd(text, from + 1); text[at] === '"';) {
    const keyEnd = stringEnd(text, at)
    const start = spaceEnd(text, spaceEnd(text, keyEnd) + 1)
    // a string of valid JSON, so it parses
    if (JSON.parse(text.slice(at, keyEnd)) === key) found = start
    at = spaceEnd(text, valueEnd(text, start))
    if (text[at] === ",") at = spaceEnd(text, at + 1)
  }
  return found
}

const itemOf = (text: string, from: number, key: string): number | undefined => {
  if (!isIndex(key)) return undefined
  let at = spaceEnd(text, from + 1)
  for (let index = 0; text[at] !== "]"; index += 1) {
    if (index === Number(key)) return at
    at = spaceEnd(text, valueEnd(text, at))
    if (text[at] === ",") at = spaceEnd(text, at + 1)
  }
  return undefined
}

const find = (text: string, keys: ReadonlyArray<string>): readonly [number, number] => {
  let at = spaceEnd(text, 0)
  for (const key of keys) {
    const next =
      text[at] === "{" ? memberOf(text, at, key) : text[at] === "[" ? itemOf(text, at, key) : undefined
    if (next === undefined) break
    at = next
  }
  return [at, valueEnd(text, at)]
}

/** An index of an array as RFC 6901 writes it. */
export const isIndex = (key: string): boolean => /^(0|[1-9]\d*)$/.test(key)

/** The keys of a pointer (RFC 6901); undefined where `~` stands for nothing. */
export const keysOf = (pointer: string): ReadonlyArray<string> | undefined =>
  /~(?![01])/.test(pointer)
    ? undefined
    : pointer
        .split("/")
        .slice(1)
        .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"))

/** The value that keys lead to, if there is one. */
export const valueAt = (
  value: unknown,
  keys: ReadonlyArray<string>
): { readonly value: unknown } | undefined => {
  let at = value
  for (const key of keys) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined
    if (Array.isArray(at) && !isIndex(key)) return undefined
    at = Reflect.get(at, key)
  }
  return { value: at }
}
