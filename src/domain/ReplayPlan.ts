/** What a replay would do, and why. */
import * as Schema from "effect/Schema"
import { NodeId } from "./Ids.js"
import { TokenCount, Usd } from "./Measures.js"
import { asStandard } from "./StandardSchema.js"

/** Calls of providers, at the prices of today. `cost` is null where the price of one of them, or its usage, is unknown. */
export const Spend = Schema.Struct({
  calls: Schema.Int,
  tokens: TokenCount,
  cost: Schema.OptionFromNullOr(Usd)
}).annotations({ identifier: "Spend" })
export interface Spend extends Schema.Schema.Type<typeof Spend> {}

/** `may-run`: only if what it uses comes out otherwise than before. */
export const PlannedAction = Schema.Literal("reuse", "run", "may-run")

export const PlannedNode = Schema.Struct({
  node: NodeId,
  kind: Schema.String,
  name: Schema.String,
  action: PlannedAction,
  reason: Schema.optional(Schema.String),
  recorded: Spend.annotations({ description: "what it took itself, without the nodes in it" })
}).annotations({ identifier: "PlannedNode" })
export interface PlannedNode extends Schema.Schema.Type<typeof PlannedNode> {}

export const ReplayPlan = asStandard(
  Schema.Struct({
    recording: Schema.String,
    name: Schema.String,
    nodes: Schema.Array(PlannedNode),
    unused: Schema.Array(Schema.String).annotations({
      description: "overrides of what nothing in the run used"
    }),
    estimate: Schema.Struct({
      least: Spend.annotations({ description: "of the nodes that run" }),
      most: Spend.annotations({ description: "and of those that may" }),
      source: Schema.String.annotations({ description: "the recorded usage, at the prices of this list" })
    })
  }).annotations({ identifier: "ReplayPlan" })
)
export interface ReplayPlan extends Schema.Schema.Type<typeof ReplayPlan> {}
