/** Why a call was not sent though its provider would have taken it: a hard limit on what is spent. Exit code 1. */
import * as Schema from "effect/Schema"
import { BudgetScope } from "./Budget.js"
import { Timestamp, Usd } from "./Measures.js"
import { Provider } from "./Provider.js"

/** Dollars to the nano-dollar, without the digits that say nothing. */
const dollars = (amount: number): string => `$${amount.toFixed(9).replace(/\.?0+$/, "")}`

/**
 * With this call a hard limit could be passed. Amounts are in USD: `spent` so far, `reserved` by calls under way, `asked` what this one
 * may cost. `period` is the day or the month, `run` the run that is limited. `resetsAt` is when it starts afresh; left out where it
 * never does.
 */
export class BudgetExceeded extends Schema.TaggedError<BudgetExceeded>("aegis/BudgetExceeded")(
  "BudgetExceeded",
  {
    scope: BudgetScope,
    namespace: Schema.optional(Schema.String),
    period: Schema.optional(Schema.String),
    run: Schema.optional(Schema.String),
    limit: Usd,
    spent: Usd,
    reserved: Usd,
    asked: Usd,
    resetsAt: Schema.optional(Timestamp)
  }
) {
  override get message(): string {
    const names = [
      this.scope === "run" ? `run "${this.run ?? ""}"` : (this.period ?? ""),
      this.namespace === undefined ? "" : `namespace "${this.namespace}"`
    ]
    const whose = names.filter((name) => name !== "").join(" in ")
    const used = `${dollars(this.spent)} is spent and ${dollars(this.reserved)} is reserved by calls under way`
    const wait = this.resetsAt === undefined ? "" : `, or wait until ${this.resetsAt}`
    return (
      `The budget of ${whose} is ${dollars(this.limit)}: ${used}, and this call may cost ${dollars(this.asked)}. ` +
      `Nothing was sent. Lower maxTokens, or raise "hard" of that budget${wait}.`
    )
  }
}

/**
 * A hard limit holds, and what the call may cost cannot be known before it is sent: the price of the model, or how long the answer may
 * be (`length`).
 */
export class BudgetUnpriced extends Schema.TaggedError<BudgetUnpriced>("aegis/BudgetUnpriced")(
  "BudgetUnpriced",
  { provider: Provider, model: Schema.String, reason: Schema.Literal("price", "length") }
) {
  override get message(): string {
    const target = `${this.provider}:${this.model}`
    const [what, remedy] =
      this.reason === "price"
        ? [`There is no price for ${target}`, 'Give one in the file that the setting "prices" names']
        : [`Nothing bounds how long an answer of ${target} may be`, "Set maxTokens (`--max-tokens`)"]
    return `${what}, and a hard budget holds: nothing was sent. ${remedy}, or set "unknownPrice" of the budget to "allow".`
  }
}
