/** Budgets for a person: a line for each that is counted. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { BudgetReport, BudgetStatus } from "../../domain/Budget.js"
import { chosen } from "./facts.js"
import { count, money } from "./format.js"
import { type Paint, paint } from "./paint.js"
import type { Style } from "./Style.js"
import { table } from "./table.js"

const amount = (value: number | null): string => (value === null ? "" : money(Option.some(value)))

const whose = ({ namespace, run }: BudgetStatus): string =>
  [run, namespace].flatMap((name) => (name === null ? [] : [chosen(name)])).join(" in ")

const stateOf = ({ state }: BudgetStatus, colors: Paint): string => {
  if (state === "hard") return colors.bad("used up")
  return state === "soft" ? colors.note("soft limit reached") : colors.good("ok")
}

/** `limits` is how many budgets the settings have: one by namespace or run is counted once there is such a one. */
export const budgetView =
  (limits: number) =>
  ({ budgets }: BudgetReport, style: Style): Effect.Effect<string> => {
    if (budgets.length === 0) {
      return Effect.succeed(
        limits === 0 ? 'there are none: "budgets" of aegis.config.json is empty' : "nothing is counted yet"
      )
    }
    const colors = paint(style)
    const cells = (of: (status: BudgetStatus) => string): ReadonlyArray<string> => budgets.map(of)
    return table(
      [
        { head: "budget", rank: 0, cells: cells(({ period, scope }) => period ?? scope) },
        { head: "of", rank: 1, cells: cells(whose), wraps: true },
        { head: "spent", align: "right", rank: 0, cells: cells(({ spent }) => amount(spent)) },
        { head: "reserved", align: "right", rank: 3, cells: cells(({ reserved }) => amount(reserved)) },
        { head: "soft", align: "right", rank: 2, cells: cells(({ soft }) => amount(soft)) },
        { head: "hard", align: "right", rank: 1, cells: cells(({ hard }) => amount(hard)) },
        { head: "left", align: "right", rank: 2, cells: cells(({ left }) => amount(left)) },
        {
          head: "unpriced",
          align: "right",
          rank: 4,
          cells: cells(({ unpriced }) => (unpriced === 0 ? "" : count(unpriced)))
        },
        { head: "resets", rank: 5, cells: cells(({ resetsAt }) => resetsAt ?? "never") },
        { head: "state", rank: 0, cells: cells((status) => stateOf(status, colors)) }
      ],
      style
    )
  }
