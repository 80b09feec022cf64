/** Takes secrets out of a text. */
import type { Hash } from "../domain/Hash.js"
import { sha256 } from "../prompt/digest.js"

/** Where a secret stands, in UTF-16 code units, and what found it. */
export interface Secret {
  readonly start: number
  readonly end: number
  readonly detector: string
}

/** Secrets in their order; those that overlap or touch as one, called by the detector that began it. */
export const merged = (secrets: ReadonlyArray<Secret>): ReadonlyArray<Secret> => {
  const result: Array<Secret> = []
  for (const secret of secrets.toSorted(inOrder)) {
    const last = result.at(-1)
    if (last === undefined || secret.start > last.end) result.push(secret)
    else if (secret.end > last.end) result[result.length - 1] = { ...last, end: secret.end }
  }
  return result
}

// the longer one first, then by name: the order in which detectors ran tells nothing
const inOrder = (one: Secret, other: Secret): number =>
  one.start - other.start || other.end - one.end || (one.detector < other.detector ? -1 : 1)

export const markOf = (detector: string): string => `[REDACTED:${detector}]`

/** The text with a mark for each secret. `original` is the SHA-256 of the text as it was. */
export const redact = (
  text: string,
  secrets: ReadonlyArray<Secret>
): { readonly text: string; readonly original: Hash } => {
  let redacted = ""
  let from = 0
  for (const { detector, end, start } of merged(secrets)) {
    redacted += text.slice(from, start) + markOf(detector)
    from = end
  }
  return { text: redacted + text.slice(from), original: sha256(text) }
}

/** The detector of a mark. */
export const detectorOf = (mark: string): string => /^\[REDACTED:(.*)\]$/.exec(mark)?.[1] ?? "secret"
