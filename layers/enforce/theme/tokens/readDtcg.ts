/**
 * Tokens in the format of the Design Tokens Community Group: groups of `$value` and `$type`, aliases as
 * `{color.brand}`. Each value
 * comes as CSS writes it; a value made of parts that CSS writes apart (typography) comes as its parts.
 */
import * as Either from "effect/Either"
import type { Token } from "../../../../src/services/TokenSources.js"

type Json = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

interface Entry {
  readonly type: string | undefined
  readonly value: unknown
}

/** Aliases of aliases, and groups in groups, deeper than that are a mistake. */
const maxDepth = 16

/** Whether the text is in this format, and not a plain object of values. */
export const isDtcg = (json: unknown, depth = 0): boolean =>
  depth < maxDepth &&
  isObject(json) &&
  (Object.hasOwn(json, "$value") || Object.values(json).some((each) => isDtcg(each, depth + 1)))

/** The tokens in their order, or what is wrong with one of them. */
export const readDtcg = (json: unknown): Either.Either<ReadonlyArray<Token>, string> => {
  const entries = new Map<string, Entry>()
  gather(json, [], undefined, entries)
  return Either.gen(function* () {
    const tokens: Array<Token> = []
    for (const [name, entry] of entries) {
      const type = entry.type ?? typeBehind(entry, entries)
      const value = yield* resolve(entry.value, entries, [name])
      if (isObject(value) && type === "typography") {
        for (const [key, each] of Object.entries(value)) {
          tokens.push(...toToken(`${name}.${key}`, key, toCss(each)))
        }
      } else tokens.push(...toToken(name, type, toCss(value)))
    }
    return tokens
  })
}

const toToken = (name: string, type: string | undefined, value: string | undefined): ReadonlyArray<Token> =>
  value === undefined ? [] : [{ name, ...(type === undefined ? {} : { type }), value }]

const gather = (
  json: unknown,
  path: ReadonlyArray<string>,
  above: string | undefined,
  into: Map<string, Entry>
): void => {
  if (!isObject(json) || path.length > maxDepth) return
  const type = typeof json["$type"] === "string" ? json["$type"] : above
  if (Object.hasOwn(json, "$value")) into.set(path.join("."), { type, value: json["$value"] })
  for (const [key, child] of Object.entries(json)) {
    if (!key.startsWith("$")) gather(child, [...path, key], type, into)
  }
}

const aliasOf = (value: unknown): string | undefined =>
  typeof value === "string" ? /^\{([^{}]+)\}$/.exec(value.trim())?.[1] : undefined

/** The type of what an alias leads to. */
const typeBehind = (entry: Entry, entries: ReadonlyMap<string, Entry>): string | undefined => {
  let at: Entry | undefined = entry
  for (let step = 0; step < maxDepth && at !== undefined; step += 1) {
    if (at.type !== undefined) return at.type
    at = entries.get(aliasOf(at.value) ?? "")
  }
  return undefined
}

const resolve = (
  value: unknown,
  entries: ReadonlyMap<string, Entry>,
  trail: ReadonlyArray<string>
): Either.Either<unknown, string> => {
  const alias = aliasOf(value)
  if (alias !== undefined) {
    const target = entries.get(alias)
    if (target === undefined)
      return Either.left(`${trail[0] ?? ""} is an alias of ${alias}, which is no token`)
    if (trail.includes(alias) || trail.length > maxDepth) return Either.left(`${alias} is an alias of itself`)
    return resolve(target.value, entries, [...trail, alias])
  }
  if (trail.length > maxDepth) return Either.left(`${trail[0] ?? ""} is nested too deeply`)
  const inside = [...trail, ""]
  if (Array.isArray(value)) return Either.all(value.map((each: unknown) => resolve(each, entries, inside)))
  if (!isObject(value)) return Either.right(value)
  return Either.map(
    Either.all(
      Object.entries(value).map(([key, each]) =>
        Either.map(resolve(each, entries, inside), (found) => [key, found] as const)
      )
    ),
    Object.fromEntries
  )
}

/** A value as CSS writes it; none for what CSS has no words for. */
const toCss = (value: unknown): string | undefined => {
  if (typeof value === "string") return value
  if (typeof value === "number") return String(value)
  if (Array.isArray(value)) {
    const parts = value.map(toCss)
    return parts.includes(undefined) ? undefined : parts.join(", ")
  }
  if (!isObject(value)) return undefined
  if (typeof value["value"] === "number" && typeof value["unit"] === "string") {
    return `${value["value"]}${value["unit"]}`
  }
  if (Array.isArray(value["components"])) return colorToCss(value, value["components"])
  if (Object.hasOwn(value, "offsetX")) {
    const parts = ["offsetX", "offsetY", "blur", "spread", "color"].map((key) => toCss(value[key]))
    return [value["inset"] === true ? "inset" : undefined, ...parts]
      .filter((each) => each !== undefined)
      .join(" ")
  }
  return undefined
}

const colorToCss = (color: Json, components: ReadonlyArray<unknown>): string => {
  const alpha = typeof color["alpha"] === "number" && color["alpha"] < 1 ? ` / ${color["alpha"]}` : ""
  const space = typeof color["colorSpace"] === "string" ? color["colorSpace"] : "srgb"
  if (space !== "srgb") return `color(${space} ${components.join(" ")}${alpha})`
  return `rgb(${components.map((each) => Math.round(Number(each) * 255)).join(" ")}${alpha})`
}
