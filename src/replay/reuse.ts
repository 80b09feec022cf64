/** Whether what was recorded of a node is what it would come to now. */
import * as Either from "effect/Either"
import type { JsonObject } from "../domain/Json.js"
import type { Overrides } from "../domain/Overrides.js"
import { digestOf } from "./nodeKey.js"
import type { RecordedNode } from "./Recording.js"
import { replacedIn, replacementsOf } from "./surroundings.js"

type Named = Pick<RecordedNode, "kind" | "name">

/** As messages call a node. */
export const titleOf = ({ kind, name }: Pick<RecordedNode, "name"> & { readonly kind: string }): string =>
  `${kind} ${name}`
/** As overrides call a node. */
export const addressOf = ({ kind, name }: Named): string => `${kind}/${name}`

/** Of each input that was digested: every node may read the same long text. */
const digests = new WeakMap<JsonObject, Map<string, string>>()

/** The digest of a part of a run's input. */
export const digestIn = (input: JsonObject, name: string): string => {
  const known = digests.get(input) ?? new Map<string, string>()
  digests.set(input, known)
  const digest =
    known.get(name) ??
    (Object.hasOwn(input, name) ? Either.getOrElse(digestOf(input[name]), () => "") : "absent")
  known.set(name, digest)
  return digest
}

/** What is asked of recorded nodes in a run of this input, with these overrides. */
export interface Reuse {
  /** Why a node has to be run whatever it is given; undefined where nothing says so. `inside` are the nodes in it. */
  readonly whyNot: (node: RecordedNode, inside: () => Iterable<RecordedNode>) => string | undefined
}

/** `present`: what of the surroundings is known to be there now. */
export const makeReuse = (
  input: JsonObject,
  overrides: Overrides,
  present?: ReadonlyMap<string, string | number>
): Reuse => {
  const { inputs = {}, outputs = {} } = overrides
  const replacements = replacementsOf(overrides, present)
  const given = new Map([
    ...Object.keys(inputs).map((address) => [address, "its input is given"] as const),
    ...Object.keys(outputs).map((address) => [address, "its output is given"] as const)
  ])
  return {
    whyNot: (node, inside) => {
      if (node.outcome._tag !== "done") return "it had not succeeded"
      const read = Object.entries(node.reads).find(([name, digest]) => digestIn(input, name) !== digest)
      if (read !== undefined) return `${read[0]} changed`
      const replaced = replacedIn(node.surroundings, replacements)
      if (replaced !== undefined || given.size === 0) return replaced
      const own = given.get(addressOf(node))
      if (own !== undefined) return own
      for (const each of inside()) if (given.has(addressOf(each))) return `${titleOf(each)} in it changed`
      return undefined
    }
  }
}
