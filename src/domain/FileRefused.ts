/** A file or folder that was named and cannot be used as it is. Exit code 2. */
import * as Schema from "effect/Schema"

export class FileRefused extends Schema.TaggedError<FileRefused>("aegis/FileRefused")("FileRefused", {
  path: Schema.String,
  problem: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `"${this.path}" ${this.problem}. ${this.fix}`
  }
}
