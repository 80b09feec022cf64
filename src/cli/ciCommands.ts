/** `aegis ci …`: what a change is held to. As elsewhere, what the commands do is loaded when one of them is run. */
import * as Command from "@effect/cli/Command"
import type { CommandLayers } from "./commandLine.js"
import { later, text } from "./commandParts.js"
import { anyCommand, type Commands, words } from "./commandTree.js"
import { flagsOf, json, store } from "./options.js"

const summaries = {
  ci: "Hold a change to the required checks",
  check: "Run the checks; `aegis ci` is this command",
  summary: "Say in one text what the reports of CI found"
} as const

const options = {
  ...store,
  base: text("base", "The revision that prompts are held against; else where the branch left its upstream"),
  report: text("report", "The folder with the reports of earlier steps; what is not in it is checked now"),
  only: text(
    "only",
    "cache-integrity, standards, coverage, replay, hit-rate, latency, prompt-economics; commas between"
  )
}

export const ciCommands = <E>(layers: CommandLayers<E>): Commands => {
  const check = Command.make(
    "check",
    options,
    later(
      () => import("./ci/ciCheck.js"),
      ({ ciCheck }) => ciCheck(layers)
    )
  ).pipe(
    Command.withDescription(summaries.check),
    Command.provide((given) => layers.change(flagsOf(given))),
    Command.provide((given) => layers.output(given.json))
  )
  const summary = Command.make(
    "summary",
    {
      json,
      from: text("from", "The folder with the reports; the current one if not said"),
      out: text("out", "A file for the text, or for JSON where it ends with .json")
    },
    later(
      () => import("./ci/ciSummary.js"),
      ({ ciSummary }) => ciSummary
    )
  ).pipe(
    Command.withDescription(summaries.summary),
    Command.provide(() => layers.change({})),
    Command.provide((given) => layers.output(given.json))
  )
  const ci = Command.make("ci").pipe(
    Command.withDescription(summaries.ci),
    Command.withSubcommands([check, summary])
  )
  return {
    commands: [anyCommand(ci)],
    words: [
      words("ci", summaries.ci, ci, [
        words("check", summaries.check, check),
        words("summary", summaries.summary, summary)
      ])
    ]
  }
}
