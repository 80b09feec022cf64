/**
 * The `aegis` command line: which words there are, what each takes, and which layers each needs. Layers are built after
 * parsing, so that help, completions and a mistyped word open nothing.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type { AegisConfig } from "../services/AegisConfig.js"
import type { ArtifactStore } from "../services/ArtifactStore.js"
import type { Budgets } from "../services/Budgets.js"
import type { CheckpointStore } from "../services/CheckpointStore.js"
import type { Enforcer } from "../services/Enforcer.js"
import type { Executor } from "../services/Executor.js"
import type { GraphNodeStore } from "../services/GraphNodeStore.js"
import type { PriceList } from "../services/PriceList.js"
import type { ProjectFiles } from "../services/ProjectFiles.js"
import type { Recordings } from "../services/Recordings.js"
import type { Replay } from "../services/Replay.js"
import type { RunLog } from "../services/RunLog.js"
import type { RunStorage } from "../services/RunStorage.js"
import type { ScaffoldCache } from "../services/ScaffoldCache.js"
import type { SyntaxTrees } from "../services/SyntaxTrees.js"
import type { Telemetry } from "../services/Telemetry.js"
import type { ToolTraceStore } from "../services/ToolTraceStore.js"
import { budgetCommand } from "./budgetCommand.js"
import { cacheInvalidate } from "./cacheInvalidate.js"
import { cachePrune } from "./cachePrune.js"
import { cacheResolve } from "./cacheResolve.js"
import { cacheStats } from "./cacheStats.js"
import { cacheVerify } from "./cacheVerify.js"
import { cacheWhy } from "./cacheWhy.js"
import type { Charts } from "./Charts.js"
import type { Checks } from "./Checks.js"
import type { PromptVersions } from "./ci/PromptVersions.js"
import { ciCommands } from "./ciCommands.js"
import { later } from "./commandParts.js"
import { anyCommand, type AnyCommand, type Commands, type CommandWords, words } from "./commandTree.js"
import type { Shell } from "./commandWords.js"
import { shells } from "./commandWords.js"
import { diffCommand } from "./diffCommand.js"
import { doctor } from "./doctor.js"
import { enforceCommands } from "./enforceCommands.js"
import { init } from "./init.js"
import type { Flags } from "./options.js"
import { flagsOf, json, prompt, store } from "./options.js"
import type { Output } from "./Output.js"
import { replayCommand } from "./replayCommand.js"
import { run } from "./run.js"
import { runCommands } from "./runCommands.js"
import type { Scaffolds } from "./Scaffolds.js"
import type { Schemas } from "./Schemas.js"
import { analyzeCommand, telemetryCommands } from "./telemetryCommands.js"

/** What the commands about runs stand on. */
export type RunServices =
  | AegisConfig
  | ArtifactStore
  | CheckpointStore
  | GraphNodeStore
  | RunLog
  | RunStorage
  | Scaffolds
  | ToolTraceStore

/** What replays stand on. */
export type ReplayServices = RunServices | ProjectFiles | Recordings | Replay

/** What the commands about the ledger stand on. */
export type TelemetryServices = AegisConfig | Charts | Telemetry

/** What of the gate is set up only where it is asked for. */
export interface EnforceAsked {
  /** Rules that need the types of the project. */
  readonly typed: boolean
}

/** What commands are given, each once its options are known. */
export interface CommandLayers<E> {
  readonly output: (json: boolean) => Layer.Layer<Output>
  readonly cache: (flags: Flags) => Layer.Layer<ScaffoldCache | Executor | Budgets | AegisConfig, E>
  /** For what keeps the cache up and resolves nothing. */
  readonly upkeep: (flags: Flags) => Layer.Layer<ScaffoldCache | AegisConfig, E>
  /** For the commands about runs. The run store is opened, and made where there is none. */
  readonly runs: (flags: Flags) => Layer.Layer<RunServices, E>
  /** For the gate. Rules and files are looked at when it runs. */
  readonly enforce: (
    flags: Flags,
    asked?: EnforceAsked
  ) => Layer.Layer<Enforcer | ProjectFiles | AegisConfig, E>
  /** For comparing. Parsers are loaded when there is something to parse. */
  readonly diff: () => Layer.Layer<SyntaxTrees, E>
  /** For replays. Programs are loaded when one of them is run. */
  readonly replay: (flags: Flags) => Layer.Layer<ReplayServices, E>
  /** For the ledger. It is only read. */
  readonly telemetry: (flags: Flags) => Layer.Layer<TelemetryServices, E>
  /** For a change as a whole: the prompts before and after it, and what they cost. */
  readonly change: (flags: Flags) => Layer.Layer<PromptVersions | PriceList | ProjectFiles | AegisConfig, E>
  readonly schemas: (flags: Flags) => Layer.Layer<Schemas, E>
  /** For doctor, which must work where the cache does not. */
  readonly checks: (flags: Flags) => Layer.Layer<Checks | AegisConfig, E>
}

const summaries = {
  aegis: "A build system for prompts and runs",
  init: "Write aegis.config.json and the cache's folder; nothing is overwritten",
  cache: "The scaffold cache",
  resolve: "Resolve a prompt: split, laid out, priced, and cached",
  why: "Say whether a prompt would hit, and if not, which block is the reason",
  stats: "Show what the cache holds and how often it answered",
  verify: "Compute every hash again and put aside what does not match",
  prune: "Remove what the limits do not let stay, least recently used first",
  invalidate: "Forget one scaffold, or all of the namespace",
  run: "Resolve a prompt, send it to its provider and stream the answer",
  schema: "Print a data model as JSON Schema, or list them",
  doctor: "Check the installation, the settings and the providers"
} as const

/** First words behind which none of the commands about runs can be meant. */
const apart = new Set([
  "init",
  "cache",
  "run",
  "budget",
  "enforce",
  "diff",
  "replay",
  "schema",
  "doctor",
  "telemetry",
  "cost",
  "optimize",
  "ci"
])

/** All that can be said on the command line, and its words. */
export interface CommandTree {
  readonly command: AnyCommand
  readonly words: CommandWords
}

/**
 * The tree that these words may lead into, and its words: the whole one, unless the first of them leads elsewhere than to runs.
 * To make all commands takes as long as to run one. Its handlers still ask for Files and Progress.
 */
export const commandLine = <E>(layers: CommandLayers<E>, args: ReadonlyArray<string> = []): CommandTree => {
  const resolve = Command.make("resolve", { ...store, ...prompt }, cacheResolve).pipe(
    Command.withDescription(summaries.resolve),
    Command.provide((options) => layers.cache(flagsOf(options))),
    Command.provide((options) => layers.output(options.json))
  )
  const why = Command.make("why", { ...store, ...prompt }, cacheWhy).pipe(
    Command.withDescription(summaries.why),
    Command.provide((options) => layers.cache(flagsOf(options))),
    Command.provide((options) => layers.output(options.json))
  )
  const stats = Command.make("stats", store, () => cacheStats()).pipe(
    Command.withDescription(summaries.stats),
    Command.provide((options) => layers.upkeep(flagsOf(options))),
    Command.provide((options) => layers.output(options.json))
  )
  const verify = Command.make("verify", store, () => cacheVerify()).pipe(
    Command.withDescription(summaries.verify),
    Command.provide((options) => layers.upkeep(flagsOf(options))),
    Command.provide((options) => layers.output(options.json))
  )
  const prune = Command.make("prune", { ...store, ...limits }, cachePrune).pipe(
    Command.withDescription(summaries.prune),
    Command.provide((options) => layers.upkeep(flagsOf(options))),
    Command.provide((options) => layers.output(options.json))
  )
  const invalidate = Command.make("invalidate", { ...store, ...forget }, cacheInvalidate).pipe(
    Command.withDescription(summaries.invalidate),
    Command.provide((options) => layers.upkeep(flagsOf(options))),
    Command.provide((options) => layers.output(options.json))
  )
  const first = args.find((arg) => arg !== "--json")
  const whole =
    first === undefined || !apart.has(first) || args.some((arg) => arg.startsWith("--completions"))
  const analyze = analyzeCommand(layers)
  const cache = Command.make("cache").pipe(
    Command.withDescription(summaries.cache),
    Command.withSubcommands([resolve, why, stats, verify, prune, invalidate, analyze.command])
  )
  const runFile = Command.make("run", { ...store, ...prompt, ...execution }, run).pipe(
    Command.withDescription(summaries.run),
    Command.provide((options) => layers.cache(flagsOf(options))),
    Command.provide((options) => layers.output(options.json))
  )
  const nothing: Commands = { commands: [], words: [] }
  const budgets = whole || first === "budget" ? budgetCommand(layers) : nothing
  const gate = whole || first === "enforce" ? enforceCommands(layers) : nothing
  const comparing = whole || first === "diff" ? diffCommand(layers) : nothing
  const replaying = whole || first === "replay" ? replayCommand(layers) : nothing
  const accounting =
    whole || first === "telemetry" || first === "cost" || first === "optimize"
      ? telemetryCommands(layers)
      : nothing
  const changing = whole || first === "ci" ? ciCommands(layers) : nothing
  const runs = whole ? runCommands(layers) : nothing
  const showSchema = Command.make(
    "schema",
    { json, name: schemaName },
    later(
      () => import("./schema.js"),
      ({ schema }) =>
        ({ name }: { readonly name: Option.Option<string> }) =>
          schema(name)
    )
  ).pipe(
    Command.withDescription(summaries.schema),
    Command.provide((options) => layers.output(options.json))
  )
  const initProject = Command.make(
    "init",
    { json, provider: prompt.provider, model: prompt.model },
    init
  ).pipe(
    Command.withDescription(summaries.init),
    Command.provide((options) => layers.output(options.json))
  )
  const checkUp = Command.make("doctor", { ...store, provider: prompt.provider, model: prompt.model }, () =>
    doctor()
  ).pipe(
    Command.withDescription(summaries.doctor),
    Command.provide((options) => layers.checks(flagsOf(options))),
    Command.provide((options) => layers.output(options.json))
  )
  // `aegis --completions SHELL` is understood as this word; by itself it is no command.
  const complete = Command.make(
    "completions",
    { shell: Args.choice(shellChoices) },
    later(
      () => import("./completions/completions.js"),
      ({ completions }) =>
        ({ shell }: { readonly shell: Shell }) =>
          completions(tree, shell)
    )
  ).pipe(Command.provide(() => layers.output(false)))
  const aegis = Command.make("aegis").pipe(
    Command.withDescription(summaries.aegis),
    Command.withSubcommands([
      initProject,
      cache,
      runFile,
      ...budgets.commands,
      ...gate.commands,
      ...comparing.commands,
      ...replaying.commands,
      ...accounting.commands,
      ...changing.commands,
      ...runs.commands,
      showSchema,
      checkUp,
      complete
    ])
  )
  const tree: CommandWords = words("aegis", summaries.aegis, aegis, [
    words("init", summaries.init, initProject),
    words("cache", summaries.cache, cache, [
      words("resolve", summaries.resolve, resolve),
      words("why", summaries.why, why),
      words("stats", summaries.stats, stats),
      words("verify", summaries.verify, verify),
      words("prune", summaries.prune, prune),
      words("invalidate", summaries.invalidate, invalidate),
      analyze.words
    ]),
    words("run", summaries.run, runFile),
    ...budgets.words,
    ...gate.words,
    ...comparing.words,
    ...replaying.words,
    ...accounting.words,
    ...changing.words,
    ...runs.words,
    words("schema", summaries.schema, showSchema),
    words("doctor", summaries.doctor, checkUp)
  ])
  return { command: anyCommand(aegis), words: tree }
}

const shellChoices = shells.map((shell): [string, Shell] => [shell, shell])

const limits = {
  dryRun: Options.boolean("dry-run").pipe(Options.withDescription("Only say what would be removed")),
  maxAge: Options.text("max-age").pipe(
    Options.withDescription("Entries not used for longer go: 30d, 12h, 90m"),
    Options.optional
  ),
  maxBytes: Options.text("max-bytes").pipe(
    Options.withDescription("Bytes of prompt text that may stay: 500MB"),
    Options.optional
  ),
  maxEntries: Options.integer("max-entries").pipe(
    Options.withDescription("Entries that may stay"),
    Options.optional
  )
}

const forget = {
  key: Args.text({ name: "key" }).pipe(Args.withDescription("The key of a scaffold"), Args.optional),
  all: Options.boolean("all").pipe(Options.withDescription("Forget the whole namespace"))
}

const execution = {
  maxTokens: Options.integer("max-tokens").pipe(
    Options.withDescription("The longest answer, in tokens"),
    Options.optional
  ),
  fallback: Options.text("fallback").pipe(
    Options.withDescription("provider:model to try next when the first cannot answer; may be repeated"),
    Options.repeated
  )
}

const schemaName = Args.text({ name: "name" }).pipe(
  Args.withDescription("As in ResolveInput; without it the names are listed"),
  Args.optional
)
