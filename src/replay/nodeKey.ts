/** What a node is known by: everything that it was given. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { GraphNode } from "../domain/GraphNode.js"
import type { Hash } from "../domain/Hash.js"
import type { CanonicalError } from "../domain/PromptErrors.js"
import { canonicalJson } from "../prompt/canonical.js"
import { sha256 } from "../prompt/digest.js"

/** The digest of a JSON value. */
export const digestOf = (value: unknown): Either.Either<Hash, CanonicalError> =>
  Either.map(canonicalJson(value), sha256)

/** `inputs` are those with the digests of other nodes' outputs in place of these. `version` counts up when the code of the node changes. */
export const nodeKey = (node: {
  readonly kind: GraphNode["nodeType"]
  readonly name: string
  readonly version: number
  readonly inputs: unknown
}): Either.Either<Hash, CanonicalError> => {
  const { inputs, kind, name, version } = node
  return Either.mapLeft(digestOf({ aegis: "node/1", kind, name, version, inputs }), (error) =>
    // told by the places that the caller knows
    Option.getOrElse(Either.getLeft(digestOf(inputs)), () => error)
  )
}
