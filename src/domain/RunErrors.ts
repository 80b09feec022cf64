/** What can be wrong with what a run keeps, with the place and the way to mend it. No message quotes a value. */
import * as Schema from "effect/Schema"

/** Why a value cannot be stored, or not be read back. */
export const ValueReason = Schema.Literal(
  "cycle",
  "function",
  "symbol",
  "too-deep",
  "too-large",
  "unknown-class",
  "secret",
  "not-readable",
  "malformed"
)
export type ValueReason = typeof ValueReason.Type

/**
 * A value that cannot be stored exactly, or a stored one that cannot be read back. `path` is a JSON pointer (RFC 6901) into
 * the value; an entry of a Map is the pair of its key and its value, so `/map/2/1` is the value of the third. `what` names
 * the class.
 */
export class ValueError extends Schema.TaggedError<ValueError>("aegis/ValueError")("ValueError", {
  path: Schema.String,
  reason: ValueReason,
  what: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const what = this.what === undefined ? "" : `: ${JSON.stringify(this.what)}`
    return `The value at "${this.path}" cannot be kept (${this.reason}${what}). ${fixes[this.reason]}`
  }
}

const fixes = {
  cycle: "The value contains itself: break the cycle.",
  function: "A function is code, not state: keep it outside of the state, or in an untracked channel.",
  symbol: "A symbol means nothing to another process: use a string.",
  "too-deep": "It is nested too deeply: flatten it.",
  "too-large": "Its text is larger than a string can be: split the value.",
  "unknown-class":
    "Objects of this class cannot be made again from what is stored: keep plain data instead, or add the class to the list of those that are allowed.",
  secret:
    "It holds a secret, which is never stored: make it where it is used, of the settings, not in the state.",
  "not-readable": "Reading it threw an error: store what can be read, a getter or a toJSON may be at fault.",
  malformed: "What is stored was not written by this library, or was changed since: restore it from a backup."
} as const
