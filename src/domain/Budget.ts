/** Limits on what is spent, and how far they are used. Amounts are in USD. */
import * as Schema from "effect/Schema"
import { Timestamp, Usd } from "./Measures.js"
import { largestLimit } from "./plainValues.js"
import { asStandard } from "./StandardSchema.js"

/** What is counted together: all of a namespace, a UTC day, a UTC month, or a run. */
export const BudgetScope = Schema.Literal("namespace", "day", "month", "run").annotations({
  identifier: "BudgetScope"
})
export type BudgetScope = typeof BudgetScope.Type

const Limit = Usd.pipe(Schema.lessThanOrEqualTo(largestLimit))

/**
 * A limit as the settings write it. `soft` warns once per period, `hard` is never passed. `namespace` leaves only the calls of that
 * namespace; without it a day and a month count all of them together, and scope `namespace` counts each by itself. `unknownPrice` is
 * what a hard limit does with a call whose cost cannot be bounded before it is sent; default `refuse`.
 */
export const Budget = Schema.Struct({
  scope: BudgetScope,
  namespace: Schema.optional(Schema.NonEmptyString),
  soft: Schema.optional(Limit),
  hard: Schema.optional(Limit),
  unknownPrice: Schema.optional(Schema.Literal("refuse", "allow"))
})
  .annotations({ parseOptions: { onExcessProperty: "error" } })
  .pipe(
    Schema.filter(({ hard, soft }) =>
      hard === undefined && soft === undefined ? 'a budget with "soft", "hard" or both' : undefined
    )
  )
  .annotations({ identifier: "Budget" })
export type Budget = typeof Budget.Type

/** What of a budget is meant: `period` is a day or a month, `run` the run; null where there is none. */
const subject = {
  scope: BudgetScope,
  namespace: Schema.NullOr(Schema.String),
  period: Schema.NullOr(Schema.String),
  run: Schema.NullOr(Schema.String)
}

/** A soft limit that has been reached. */
export const BudgetAlert = Schema.Struct({ ...subject, limit: Usd, spent: Usd }).annotations({
  identifier: "BudgetAlert"
})
export interface BudgetAlert extends Schema.Schema.Type<typeof BudgetAlert> {}

/**
 * How far a budget is used. `reserved` is what calls under way may cost, `left` what a further call may. `unpriced` counts calls whose
 * cost nobody knows: it is not in `spent`, or only their input is. `state` is the limit that is reached, if any.
 */
export const BudgetStatus = Schema.Struct({
  ...subject,
  soft: Schema.NullOr(Usd),
  hard: Schema.NullOr(Usd),
  spent: Usd,
  reserved: Usd,
  left: Schema.NullOr(Usd),
  unpriced: Schema.Int.pipe(Schema.nonNegative()),
  resetsAt: Schema.NullOr(Timestamp),
  state: Schema.Literal("ok", "soft", "hard")
}).annotations({ identifier: "BudgetStatus" })
export interface BudgetStatus extends Schema.Schema.Type<typeof BudgetStatus> {}

/** What `aegis budget` prints. `ok`: no hard limit is reached. */
export const BudgetReport = asStandard(
  Schema.Struct({ ok: Schema.Boolean, budgets: Schema.Array(BudgetStatus) }).annotations({
    identifier: "BudgetReport"
  })
)
export interface BudgetReport extends Schema.Schema.Type<typeof BudgetReport> {}
