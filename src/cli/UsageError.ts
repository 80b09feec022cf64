/** The command line asks for something that cannot be done as it stands. Exit code 2. */
import * as Schema from "effect/Schema"

export class UsageError extends Schema.TaggedError<UsageError>("aegis/UsageError")("UsageError", {
  problem: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `${this.problem}. ${this.fix}`
  }
}
