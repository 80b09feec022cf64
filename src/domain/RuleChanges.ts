/** What a project changes in the rules of packs. */
import * as Schema from "effect/Schema"
import { ruleName } from "./ruleName.js"

/**
 * By `pack/rule`. `"off"` leaves the rule out. A field takes the place of the rule's own (`severity`, `options`, `allow`, …), but
 * `ignores` is added to it. Which fields a rule has is known by its pack.
 */
export const RuleChanges = Schema.Record({
  key: Schema.String,
  value: Schema.Union(Schema.Literal("off"), Schema.Record({ key: Schema.String, value: Schema.Unknown }))
})
  .pipe(
    Schema.filter((changes) => Object.keys(changes).every((name) => ruleName.test(name)), {
      description: "an object whose keys are pack/rule",
      jsonSchema: { propertyNames: { pattern: ruleName.source } }
    })
  )
  .annotations({ identifier: "RuleChanges" })
export type RuleChanges = typeof RuleChanges.Type
