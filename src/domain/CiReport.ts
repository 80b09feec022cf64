/** What `aegis ci` found. */
import * as Schema from "effect/Schema"
import { Check, PromptEconomics } from "./CachePerformance.js"
import { asStandard } from "./StandardSchema.js"

/**
 * `ok`: no check failed, and none that is required is unknown. `base` is the commit that prompts were held against, null where none was.
 * `economics` are those of the prompts that the change makes others; `notes` tell of prompts that could not be compared.
 */
export const CiReport = asStandard(
  Schema.Struct({
    schemaVersion: Schema.Literal(1),
    ok: Schema.Boolean,
    base: Schema.NullOr(Schema.String),
    checks: Schema.Array(Check),
    economics: Schema.Array(PromptEconomics),
    notes: Schema.Array(Schema.String)
  }).annotations({ identifier: "CiReport" })
)
export interface CiReport extends Schema.Schema.Type<typeof CiReport> {}
