/** `aegis enforce …`: the gate. As elsewhere, what the commands do is loaded when one of them is run. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type { CommandLayers } from "./commandLine.js"
import { argument, flag, integer, later, rulepacks, text } from "./commandParts.js"
import { anyCommand, type Commands, words } from "./commandTree.js"
import { json } from "./options.js"

const summaries = {
  enforce: "Judge the files of the project by rulepacks",
  check: "Judge files; `aegis enforce PATHS` is this command",
  explain: "Show what a rule wants, and examples of it",
  packs: "List the rulepacks and how many rules they have",
  testPack: "Run the examples of a pack's rules"
} as const

const gate = {
  json,
  paths: Args.text({ name: "paths" }).pipe(
    Args.withDescription("Files, folders or patterns; else the whole project"),
    Args.repeated
  ),
  rulepacks,
  ci: flag("ci", "Write compliance-report.json, show no colours, and annotate where GitHub runs it"),
  failFast: flag("fail-fast", "Stop at the first file that fails"),
  changed: text("changed", "Only files changed since this revision; without a value: since the upstream"),
  format: text("format", "human, json, sarif, junit, github; commas between"),
  report: text("report", "The folder that reports are written to; else stdout"),
  failLevel: Options.choice("fail-level", ["error", "warning", "info"]).pipe(
    Options.withDescription("What fails: this severity and above; error if not said"),
    Options.optional
  ),
  baseline: text("baseline", "A file of findings that are known and do not count"),
  updateBaseline: flag(
    "update-baseline",
    "Take out of the baseline what is gone, or write one where there is none"
  ),
  typed: flag("typed", "Apply rules that need types too; files are looked up in their tsconfig.json"),
  fix: flag("fix", "Mend what a rule knows how to mend"),
  maxFindings: integer("max-findings", "How many a person is shown; 100 if not said, the report has all")
}

export const enforceCommands = <E>(layers: CommandLayers<E>): Commands => {
  const check = Command.make(
    "check",
    gate,
    later(
      () => import("./enforceCheck.js"),
      (module) => module.enforceCheck
    )
  ).pipe(
    Command.withDescription(summaries.check),
    Command.provide(({ typed }) => layers.enforce({}, { typed })),
    Command.provide((options) => layers.output(options.json))
  )
  const explain = Command.make(
    "explain",
    { json, rule: argument("rule", "A rule by its pack: standards/no-var") },
    later(
      () => import("./enforceExplain.js"),
      (module) => module.enforceExplain
    )
  ).pipe(
    Command.withDescription(summaries.explain),
    Command.provide(() => layers.enforce({})),
    Command.provide((options) => layers.output(options.json))
  )
  const packs = Command.make(
    "packs",
    { json },
    later(
      () => import("./enforcePacks.js"),
      (module) => module.enforcePacks
    )
  ).pipe(
    Command.withDescription(summaries.packs),
    Command.provide(() => layers.enforce({})),
    Command.provide((options) => layers.output(options.json))
  )
  const testPack = Command.make(
    "test-pack",
    { json, folder: argument("folder", "The folder of the pack, or its name") },
    later(
      () => import("./enforceTestPack.js"),
      (module) => module.enforceTestPack
    )
  ).pipe(
    Command.withDescription(summaries.testPack),
    Command.provide(() => layers.enforce({})),
    Command.provide((options) => layers.output(options.json))
  )
  const enforce = Command.make("enforce").pipe(
    Command.withDescription(summaries.enforce),
    Command.withSubcommands([check, explain, packs, testPack])
  )
  return {
    commands: [anyCommand(enforce)],
    words: [
      words("enforce", summaries.enforce, enforce, [
        words("check", summaries.check, check),
        words("explain", summaries.explain, explain),
        words("packs", summaries.packs, packs),
        words("test-pack", summaries.testPack, testPack)
      ])
    ]
  }
}
