/** `aegis budget`: its words. What it does is loaded when it is run. */
import * as Command from "@effect/cli/Command"
import type { BudgetOptions } from "./budget.js"
import type { CommandLayers } from "./commandLine.js"
import { flag, later, text } from "./commandParts.js"
import { anyCommand, type Commands, words } from "./commandTree.js"
import { flagsOf, store } from "./options.js"

const summary = "Show what was spent of the budgets, and what calls under way have reserved"

export const budgetCommand = <E>(layers: CommandLayers<E>): Commands => {
  const budget = Command.make(
    "budget",
    {
      ...store,
      run: text("run", "A run, by its id; without it the dearest are shown"),
      check: flag("check", "End with 1 when a hard limit is reached")
    },
    later(
      () => import("./budget.js"),
      (module) => (options: BudgetOptions) => module.budget(options)
    )
  ).pipe(
    Command.withDescription(summary),
    Command.provide((options) => layers.cache(flagsOf(options))),
    Command.provide((options) => layers.output(options.json))
  )
  return { commands: [anyCommand(budget)], words: [words("budget", summary, budget)] }
}
