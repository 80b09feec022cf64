/** The commands about the ledger: `aegis telemetry …`, `aegis cost`, `aegis optimize`, `aegis cache analyze`. Loaded when they are run. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type { CommandLayers, TelemetryServices } from "./commandLine.js"
import { flag, later, type StoreOptions, text } from "./commandParts.js"
import { anyCommand, type AnyCommand, type Commands, type CommandWords, words } from "./commandTree.js"
import type { OptimizeOptions } from "./optimize.js"
import { flagsOf, store } from "./options.js"
import type { Output } from "./Output.js"

const summaries = {
  telemetry: "The ledger of operations",
  report: "Add up the ledger in groups: tokens, hit rates, what was spent and saved",
  tail: "Show the latest records, and with --follow those that come",
  export: "Write records as rows of CSV, JSON lines or Parquet",
  calibrate: "Compare what the models of providers' caches predict with what providers reported",
  cost: "Show what was spent and saved, and what misses wasted, by cause",
  analyze: "Say how the caches do: which block spoils them, what changed, what to do",
  optimize: "Say what to change and what it would have saved on your own history; --apply does it"
} as const

const range = {
  ...store,
  since: text("since", "Where to begin: 7d, 24h, 2026-11-01, 2026-11-01T08:00Z; else with the first record"),
  until: text("until", "Where to end, written alike; else now")
}

const html = text("html", "A file for the same as one page of HTML with charts, which opens offline")
const by = text("by", "day, hour, provider, model, namespace, scaffold, operation; commas between")

/** A command over the ledger. */
const onLedger =
  <E>(layers: CommandLayers<E>) =>
  <Name extends string, R, E2, A extends StoreOptions>(
    summary: string,
    self: Command.Command<Name, R, E2, A>
  ): Command.Command<Name, Exclude<Exclude<R, TelemetryServices>, Output>, E | E2, A> =>
    self.pipe(
      Command.withDescription(summary),
      Command.provide((options: A) => layers.telemetry(flagsOf(options))),
      Command.provide((options: A) => layers.output(options.json))
    )

/** `aegis cache analyze`, which stands among the commands of the cache. */
export const analyzeCommand = <E>(
  layers: CommandLayers<E>
): { readonly command: AnyCommand; readonly words: CommandWords } => {
  const analyze = onLedger(layers)(
    summaries.analyze,
    Command.make(
      "analyze",
      {
        ...range,
        ci: flag("ci", "Write cache-performance.json, and end with 1 where a threshold does not hold"),
        out: text("out", "The file for the result as JSON"),
        html
      },
      later(
        () => import("./cacheAnalyze.js"),
        (module) => module.cacheAnalyze
      )
    )
  )
  return { command: anyCommand(analyze), words: words("analyze", summaries.analyze, analyze) }
}

export const telemetryCommands = <E>(layers: CommandLayers<E>): Commands => {
  const ledger = onLedger(layers)
  const report = ledger(
    summaries.report,
    Command.make(
      "report",
      { ...range, by, html },
      later(
        () => import("./telemetryReport.js"),
        (module) => module.telemetryReport
      )
    )
  )
  const tail = ledger(
    summaries.tail,
    Command.make(
      "tail",
      { ...range, follow: flag("follow", "Go on with the records that come, of all programs") },
      later(
        () => import("./telemetryTail.js"),
        (module) => module.telemetryTail
      )
    )
  )
  const exported = ledger(
    summaries.export,
    Command.make(
      "export",
      {
        ...range,
        format: Options.choice("format", ["csv", "jsonl", "parquet"]).pipe(
          Options.withDescription("What the rows are written as; else what the file's ending says, or csv"),
          Options.optional
        ),
        out: text("out", "The file to write, whole or not at all; else stdout")
      },
      later(
        () => import("./telemetryExport.js"),
        (module) => module.telemetryExport
      )
    )
  )
  const calibrate = ledger(
    summaries.calibrate,
    Command.make(
      "calibrate",
      range,
      later(
        () => import("./telemetryCalibrate.js"),
        (module) => module.telemetryCalibrate
      )
    )
  )
  const telemetry = Command.make("telemetry").pipe(
    Command.withDescription(summaries.telemetry),
    Command.withSubcommands([report, tail, exported, calibrate])
  )
  const cost = ledger(
    summaries.cost,
    Command.make(
      "cost",
      { ...range, by, html },
      later(
        () => import("./cost.js"),
        (module) => module.cost
      )
    )
  )
  const optimize = ledger(
    summaries.optimize,
    Command.make(
      "optimize",
      {
        ...range,
        apply: flag("apply", "Write the best patch of each prompt into its file"),
        dryRun: flag("dry-run", "With --apply: only say what would be written"),
        html
      },
      later(
        () => import("./optimize.js"),
        (module) => (options: OptimizeOptions & StoreOptions) =>
          module.optimize(options, layers.cache(flagsOf(options)))
      )
    )
  )
  return {
    commands: [anyCommand(telemetry), anyCommand(cost), anyCommand(optimize)],
    words: [
      words("telemetry", summaries.telemetry, telemetry, [
        words("report", summaries.report, report),
        words("tail", summaries.tail, tail),
        words("export", summaries.export, exported),
        words("calibrate", summaries.calibrate, calibrate)
      ]),
      words("cost", summaries.cost, cost),
      words("optimize", summaries.optimize, optimize)
    ]
  }
}
