/**
 * Request bodies with holes. A request is built as an ordinary object, with a marker where a block's text belongs; its
 * canonical JSON is cut at the markers. Long texts never pass through the canonicaliser, and a stored row need not hold
 * them.
 */
import * as Either from "effect/Either"
import type { CanonicalError } from "../../domain/PromptErrors.js"
import { canonicalJson } from "../canonical.js"

/** A string is literal JSON, a number the index of the block whose JSON-escaped content stands there. */
export type Segments = ReadonlyArray<string | number>

/** Stands for the content of the block in a request that is being built. */
export type Slot = (block: number) => string

/**
 * The segments of the request that `build` makes. Fails where the rest of the request has no canonical form.
 *
 * @example segmentsOf((slot) => ({ text: slot(0) })) // Either.right(['{"text":"', 0, '"}'])
 */
export const segmentsOf = (build: (slot: Slot) => object): Either.Either<Segments, CanonicalError> => {
  for (let attempt = 0; ; attempt++) {
    let used = 0
    const json = canonicalJson(
      build((block) => {
        used++
        return `{{aegis-${attempt}:${block}}}`
      })
    )
    if (Either.isLeft(json)) return Either.left(json.left)
    const parts = json.right.split(new RegExp(`\\{\\{aegis-${attempt}:(\\d+)\\}\\}`))
    // a name in the prompt may look like a marker; no name can look like all of them
    if (parts.length !== used * 2 + 1) continue
    return Either.right(parts.map((part, i) => (i % 2 === 0 ? part : Number(part))))
  }
}

/** A text as it stands inside a JSON string. */
export const escaped = (text: string): string => JSON.stringify(text).slice(1, -1)

/** Segments with the escaped text of each block in its places. */
export const join = (segments: Segments, textOf: (block: number) => string): string => {
  let joined = ""
  for (const segment of segments) joined += typeof segment === "string" ? segment : textOf(segment)
  return joined
}

/** The body: segments with the contents of the blocks in their places. */
export const body = (segments: Segments, contents: ReadonlyArray<string>): string =>
  join(segments, (block) => escaped(contents[block] ?? ""))
