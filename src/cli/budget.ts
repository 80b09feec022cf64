/** `aegis budget`: how far the budgets are used. With `--check` it fails (exit code 1) when a hard limit is reached. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { BudgetReport } from "../domain/Budget.js"
import { AegisConfig } from "../services/AegisConfig.js"
import { Budgets } from "../services/Budgets.js"
import { GateFailed } from "./GateFailed.js"
import { Output } from "./Output.js"
import { budgetView } from "./views/budget.js"
import { plural } from "./views/format.js"

export interface BudgetOptions {
  readonly run: Option.Option<string>
  readonly check: boolean
}

export const budget = Effect.fn("aegis budget")(function* ({ check, run }: BudgetOptions) {
  const output = yield* Output
  const { status } = yield* Budgets
  const { settings } = yield* AegisConfig
  const budgets = yield* status(Option.match(run, { onNone: () => ({}), onSome: (run) => ({ run }) }))
  const full = budgets.filter(({ state }) => state === "hard").length
  yield* output.emit(BudgetReport, { ok: full === 0, budgets }, budgetView(settings.budgets.length))
  if (!check || full === 0) return
  return yield* new GateFailed({
    found: `${plural(full, "budget")} used up`,
    fix: 'Wait until it resets, or raise "hard" in the budgets of aegis.config.json.'
  })
})
