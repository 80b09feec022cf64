/** A place at which two JSON values differ. */
import * as Schema from "effect/Schema"

export const Change = Schema.Struct({
  path: Schema.String.annotations({
    description: "a JSON pointer (RFC 6901) into the later value; for what was removed, into the earlier one"
  }),
  change: Schema.Literal("added", "removed", "changed", "moved"),
  from: Schema.optional(Schema.String).annotations({ description: "where it was, if that is another place" }),
  before: Schema.optional(Schema.Unknown),
  after: Schema.optional(Schema.Unknown)
}).annotations({ identifier: "Change" })
export interface Change extends Schema.Schema.Type<typeof Change> {}
