/** A check did its work and found something. What it found is on stdout. Exit code 1. */
import * as Schema from "effect/Schema"

export class GateFailed extends Schema.TaggedError<GateFailed>("aegis/GateFailed")("GateFailed", {
  found: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `${this.found}. ${this.fix}`
  }
}
