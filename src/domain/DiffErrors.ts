/** Why two things cannot be compared. */
import * as Schema from "effect/Schema"

const Position = Schema.Int.pipe(Schema.positive())

/** A source that is no program, so that nothing can be said of how it differs. Lines and columns count from 1. Exit code 2. */
export class SourceInvalid extends Schema.TaggedError<SourceInvalid>("aegis/SourceInvalid")("SourceInvalid", {
  /** Undefined where there is only one. */
  side: Schema.optional(Schema.Literal("original", "modified")),
  path: Schema.String,
  line: Position,
  column: Position,
  problem: Schema.String
}) {
  override get message(): string {
    const side = this.side === undefined ? "" : ` (the ${this.side})`
    return `${this.path}:${this.line}:${this.column}${side}: ${this.problem}. Mend it, or compare with --as text.`
  }
}
