/** What nodes used of the world around their run, compared with what is put in its place and with what they use now. */
import type { Overrides } from "../domain/Overrides.js"
import { sha256 } from "../prompt/digest.js"
import type { Surroundings } from "./Recording.js"

type Value = string | number

/** The parameters of a request that decide its answer. */
export const parameters = ["provider", "model", "temperature", "seed"] as const

/** Files that a prompt includes: their texts, or their names alone. */
export const nameOfFiles = ({
  content,
  src
}: {
  readonly src: string
  readonly content: "names" | "full"
}): string => `${content === "full" ? "files" : "names"} ${src}`

/** The files that such a name stands for; undefined if it stands for something else. */
export const filesOf = (
  name: string
): { readonly src: string; readonly content: "names" | "full" } | undefined =>
  name.startsWith("files ")
    ? { src: name.slice("files ".length), content: "full" }
    : name.startsWith("names ")
      ? { src: name.slice("names ".length), content: "names" }
      : undefined

/** A pack as it was applied: its version, and what tells two of one version apart. */
export const packAs = ({ hash, version }: { readonly version: string; readonly hash: string }): string =>
  `${version}#${hash.slice(0, 8)}`

/** The pack that a name stands for; undefined if it stands for something else. */
export const rulepackOf = (name: string): string | undefined =>
  name.startsWith("rulepack ") ? name.slice("rulepack ".length) : undefined

/**
 * What is put in the place of things that a node may have used, by the names under which they are noted. `present` is what is there now
 * whatever the overrides say: files, and rulepacks, of which an override says only which version that must be.
 */
export const replacementsOf = (
  overrides: Overrides,
  present: ReadonlyMap<string, Value> = new Map()
): ReadonlyMap<string, Value> =>
  new Map([
    ...parameters.flatMap((name) => {
      const value = overrides[name]
      return value === undefined ? [] : [[name, value] as const]
    }),
    ...Object.entries(overrides.blocks ?? {}).map(([name, text]) => [`block ${name}`, sha256(text)] as const),
    ...present
  ])

const told = (name: string, past: ReadonlyArray<Value>, now: ReadonlyArray<Value>): string =>
  // hashes say nothing to people
  /^(?:block |files |names |findings$)/.test(name) || past.length === 0 || now.length === 0
    ? `${name} changed`
    : `${name} changed from ${past.join(", ")} to ${now.join(", ")}`

/** The first thing that a node used and that is replaced by another one; undefined where there is none. */
export const replacedIn = (
  surroundings: Surroundings,
  replacements: ReadonlyMap<string, Value>
): string | undefined => {
  for (const [name, value] of replacements) {
    const values = surroundings[name] ?? []
    if (values.some((each) => each !== value)) return told(name, values, [value])
  }
  return undefined
}

const isSame = (one: ReadonlyArray<Value>, other: ReadonlyArray<Value>): boolean =>
  one.length === other.length && one.every((value, index) => value === other[index])

/** The first thing of these names of which a node uses another one than before; undefined where there is none. */
export const differingIn = (
  past: Surroundings,
  now: Surroundings,
  names: ReadonlyArray<string>
): string | undefined => {
  // what else differs follows from the blocks
  const [first] = names
    .filter((name) => !isSame(past[name] ?? [], now[name] ?? []))
    .sort((one, other) => Number(other.startsWith("block ")) - Number(one.startsWith("block ")))
  return first === undefined ? undefined : told(first, past[first] ?? [], now[first] ?? [])
}
