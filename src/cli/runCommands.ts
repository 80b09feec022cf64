/**
 * The commands about runs: which words there are, what each takes, and which layers each needs. What they do is loaded when
 * one of them is run, so that no other command is slower for them.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { ScratchpadArtifact } from "../domain/ScratchpadArtifact.js"
import type { CommandLayers, RunServices } from "./commandLine.js"
import { words } from "./commandTree.js"
import { flagsOf, store } from "./options.js"
import type { Output } from "./Output.js"
import type { Schemas } from "./Schemas.js"

/** Runs a handler of a module that is loaded now. */
const later =
  <M, O, A, E, R>(
    load: () => Promise<M>,
    handler: (module: M) => (options: O) => Effect.Effect<A, E, R>
  ): ((options: O) => Effect.Effect<A, E, R>) =>
  (options) =>
    Effect.flatMap(Effect.promise(load), (module) => handler(module)(options))

const text = (name: string, description: string): Options.Options<Option.Option<string>> =>
  Options.text(name).pipe(Options.withDescription(description), Options.optional)

const integer = (name: string, description: string): Options.Options<Option.Option<number>> =>
  Options.integer(name).pipe(Options.withDescription(description), Options.optional)

const flag = (name: string, description: string): Options.Options<boolean> =>
  Options.boolean(name).pipe(Options.withDescription(description))

const argument = (name: string, description: string): Args.Args<string> =>
  Args.text({ name }).pipe(Args.withDescription(description))

const file = argument("file", "A file, or - for stdin").pipe(Args.optional)
const ref = argument("ref", "A checkpoint: id, first digits, tag, branch, name, name@2, thread:name")
const thread = text("thread", "The run")
const within = text("thread", "The run to look in; without it all are looked through")
const id = (what: string): Args.Args<string> => argument("id", `The id of ${what}`)

/** What every command has that opens a database. */
interface StoreOptions {
  readonly json: boolean
  readonly namespace: Option.Option<string>
  readonly cacheDir: Option.Option<string>
}

const summaries = {
  checkpoint: "Checkpoints of runs: saved, compared, branched",
  save: "Keep the state of a run, a JSON object, as its next checkpoint",
  show: "Show a checkpoint: what it is, and what its state consists of",
  list: "List the newest checkpoints",
  log: "Draw the checkpoints of a run as a graph, or tell all that happened to it",
  branch: "Begin a branch at a checkpoint",
  diff: "Show which places of state and nodes differ between two checkpoints",
  tag: "Name a checkpoint for good: while it is tagged it is never pruned",
  verify: "Prove that no run was altered: every digest is computed again",
  anchor: "Print the heads of all runs, to be kept elsewhere",
  prune: "Remove old checkpoints; tips of branches and what is tagged stay",
  remove: "Delete a run or a checkpoint for good",
  artifact: "What runs made: notes, code, tests, lint reports",
  addArtifact: "Keep something that a run made with the checkpoint that it belongs to",
  listArtifacts: "List what belongs to a checkpoint",
  showArtifact: "Show an artifact with its content",
  trace: "Calls of tools",
  addTrace: "Keep the call of a tool with the checkpoint that it belongs to",
  listTraces: "List the tool calls of a checkpoint, each under the one that it was a part of",
  showTrace: "Show a tool call with what went in and what came out",
  provenance: "Show where something came from, down to the blocks of the prompt",
  migrate: "The schemas of the databases",
  status: "Show which migrations were applied to the cache and to the run store",
  up: "Bring the schemas of the cache and of the run store up to date"
} as const

/** The tree of the commands about runs, in the order in which help shows them. */
// eslint-disable-next-line @typescript-eslint/explicit-function-return-type -- inferred from the tree it builds
export const runCommands = <E>(layers: CommandLayers<E>) => {
  const ofRuns = <Name extends string, R, E2, A extends StoreOptions>(
    summary: string,
    self: Command.Command<Name, R, E2, A>
  ): Command.Command<Name, Exclude<Exclude<R, RunServices>, Output>, E | E2, A> =>
    self.pipe(
      Command.withDescription(summary),
      Command.provide((options: A) => layers.runs(flagsOf(options))),
      Command.provide((options: A) => layers.output(options.json))
    )
  const ofSchemas = <Name extends string, R, E2, A extends StoreOptions>(
    summary: string,
    self: Command.Command<Name, R, E2, A>
  ): Command.Command<Name, Exclude<Exclude<R, Schemas>, Output>, E | E2, A> =>
    self.pipe(
      Command.withDescription(summary),
      Command.provide((options: A) => layers.schemas(flagsOf(options))),
      Command.provide((options: A) => layers.output(options.json))
    )

  const save = ofRuns(
    summaries.save,
    Command.make(
      "save",
      {
        ...store,
        file,
        scaffold: text("scaffold", "The scaffold that the run stands on: its key, or its id"),
        name: text("name", "What it is; checkpoints of one name in a run are its revisions"),
        thread,
        parent: text(
          "parent",
          "The checkpoint that it comes from, by any of its names; else the branch's tip"
        ),
        branch: text("branch", "Its branch; else its parent's, or main"),
        metadata: text("metadata", "A JSON object that is kept beside the state")
      },
      later(
        () => import("./checkpointSave.js"),
        (module) => module.checkpointSave
      )
    )
  )
  const show = ofRuns(
    summaries.show,
    Command.make(
      "show",
      { ...store, ref, thread: within },
      later(
        () => import("./checkpointShow.js"),
        (module) => module.checkpointShow
      )
    )
  )
  const list = ofRuns(
    summaries.list,
    Command.make(
      "list",
      {
        ...store,
        thread: text("thread", "Only those of this run"),
        branch: text("branch", "Only those on this branch"),
        name: text("name", "Only revisions of this name"),
        limit: integer("limit", "How many at most; 20 if not said")
      },
      later(
        () => import("./checkpointList.js"),
        (module) => module.checkpointList
      )
    )
  )
  const log = ofRuns(
    summaries.log,
    Command.make(
      "log",
      {
        ...store,
        ref: Args.optional(argument("ref", "Only this checkpoint and what it came from")),
        thread: text("thread", "The run; else that of the newest checkpoint"),
        events: flag("events", "The whole audit trail: checkpoints, tags, artifacts, prunes, in order"),
        limit: integer("limit", "How many at most, the newest; 100 checkpoints if not said, every event")
      },
      later(
        () => import("./checkpointLog.js"),
        (module) => module.checkpointLog
      )
    )
  )
  const branch = ofRuns(
    summaries.branch,
    Command.make(
      "branch",
      { ...store, ref, name: argument("branch", "The branch to begin"), thread: within },
      later(
        () => import("./checkpointBranch.js"),
        (module) => module.checkpointBranch
      )
    )
  )
  const diff = ofRuns(
    summaries.diff,
    Command.make(
      "diff",
      {
        ...store,
        before: argument("before", "A checkpoint, by any of its names"),
        after: argument("after", "Another one"),
        thread: within
      },
      later(
        () => import("./checkpointDiff.js"),
        (module) => module.checkpointDiff
      )
    )
  )
  const tag = ofRuns(
    summaries.tag,
    Command.make(
      "tag",
      {
        ...store,
        ref,
        name: argument("tag", "The tag"),
        thread: within,
        delete: flag("delete", "Take this tag away from the run of the checkpoint")
      },
      later(
        () => import("./checkpointTag.js"),
        (module) => module.checkpointTag
      )
    )
  )
  const verify = ofRuns(
    summaries.verify,
    Command.make(
      "verify",
      {
        ...store,
        thread: text("thread", "Only this run"),
        anchor: text("anchor", "Anchors that were kept elsewhere: what was cut off since is found")
      },
      later(
        () => import("./checkpointVerify.js"),
        (module) => module.checkpointVerify
      )
    )
  )
  const anchor = ofRuns(
    summaries.anchor,
    Command.make(
      "anchor",
      { ...store, thread: text("thread", "Only this run") },
      later(
        () => import("./checkpointAnchor.js"),
        (module) => module.checkpointAnchor
      )
    )
  )
  const prune = ofRuns(
    summaries.prune,
    Command.make(
      "prune",
      {
        ...store,
        olderThan: text("older-than", "Checkpoints older than this may go: 30d, 12h, 90m"),
        keepLast: integer("keep-last", "How many of each run stay, whatever their age"),
        thread: text("thread", "Only in this run"),
        dryRun: flag("dry-run", "Only say what would be removed")
      },
      later(
        () => import("./checkpointPrune.js"),
        (module) => module.checkpointPrune
      )
    )
  )
  const remove = ofRuns(
    summaries.remove,
    Command.make(
      "delete",
      {
        ...store,
        what: argument("thread", "A run, or whatever names a checkpoint"),
        thread: text("thread", "The run that the checkpoint is in"),
        yes: flag("yes", "It is meant: nothing asks again"),
        force: flag("force", "Delete a checkpoint though it is tagged or the tip of a branch")
      },
      later(
        () => import("./checkpointDelete.js"),
        (module) => module.checkpointDelete
      )
    )
  )
  const checkpoint = Command.make("checkpoint").pipe(
    Command.withDescription(summaries.checkpoint),
    Command.withSubcommands([save, show, list, log, branch, diff, tag, verify, anchor, prune, remove])
  )

  const addArtifact = ofRuns(
    summaries.addArtifact,
    Command.make(
      "add",
      {
        ...store,
        ref,
        file,
        type: Options.choice("type", ScratchpadArtifact.fields.type.literals).pipe(
          Options.withDescription("What it is: note, code, test or lint")
        ),
        name: text("name", "What to call it"),
        node: text("node", "The id of the node that made it"),
        toolTrace: text("tool-trace", "The id of the tool call that made it"),
        thread: within
      },
      later(
        () => import("./artifactAdd.js"),
        (module) => module.artifactAdd
      )
    )
  )
  const listArtifacts = ofRuns(
    summaries.listArtifacts,
    Command.make(
      "list",
      { ...store, ref, thread: within },
      later(
        () => import("./artifactList.js"),
        (module) => module.artifactList
      )
    )
  )
  const showArtifact = ofRuns(
    summaries.showArtifact,
    Command.make(
      "show",
      { ...store, id: id("the artifact") },
      later(
        () => import("./artifactShow.js"),
        (module) => module.artifactShow
      )
    )
  )
  const artifact = Command.make("artifact").pipe(
    Command.withDescription(summaries.artifact),
    Command.withSubcommands([addArtifact, listArtifacts, showArtifact])
  )

  const addTrace = ofRuns(
    summaries.addTrace,
    Command.make(
      "add",
      {
        ...store,
        ref,
        tool: Options.text("tool").pipe(Options.withDescription("The tool that was called")),
        inputs: Options.text("inputs").pipe(Options.withDescription("What went in: a JSON object")),
        outputs: Options.text("outputs").pipe(Options.withDescription("What came out: a JSON object")),
        duration: Options.float("duration").pipe(
          Options.withDescription("How long it took, in milliseconds"),
          Options.optional
        ),
        error: text("error", "Why it failed; without it the call succeeded"),
        parent: text("parent", "The id of the call that it was a part of"),
        node: text("node", "The id of the node that called"),
        thread: within
      },
      later(
        () => import("./traceAdd.js"),
        (module) => module.traceAdd
      )
    )
  )
  const listTraces = ofRuns(
    summaries.listTraces,
    Command.make(
      "list",
      { ...store, ref, thread: within },
      later(
        () => import("./traceList.js"),
        (module) => module.traceList
      )
    )
  )
  const showTrace = ofRuns(
    summaries.showTrace,
    Command.make(
      "show",
      { ...store, id: id("the tool call") },
      later(
        () => import("./traceShow.js"),
        (module) => module.traceShow
      )
    )
  )
  const trace = Command.make("trace").pipe(
    Command.withDescription(summaries.trace),
    Command.withSubcommands([addTrace, listTraces, showTrace])
  )

  const provenance = ofRuns(
    summaries.provenance,
    Command.make(
      "provenance",
      {
        ...store,
        id: id("an artifact, a tool call or a node, or whatever names a checkpoint"),
        thread: within
      },
      later(
        () => import("./provenance.js"),
        (module) => module.provenance
      )
    )
  )

  const status = ofSchemas(
    summaries.status,
    Command.make(
      "status",
      store,
      later(
        () => import("./migrate.js"),
        (module) => module.migrateStatus
      )
    )
  )
  const up = ofSchemas(
    summaries.up,
    Command.make(
      "up",
      {
        ...store,
        rowLevelSecurity: flag(
          "row-level-security",
          "Postgres: let the server hold each program to its namespace; programs then ask for it too"
        )
      },
      later(
        () => import("./migrate.js"),
        (module) => module.migrateUp
      )
    )
  )
  const migrate = Command.make("migrate").pipe(
    Command.withDescription(summaries.migrate),
    Command.withSubcommands([status, up])
  )

  return {
    commands: [checkpoint, artifact, trace, provenance, migrate] as const,
    words: [
      words("checkpoint", summaries.checkpoint, checkpoint, [
        words("save", summaries.save, save),
        words("show", summaries.show, show),
        words("list", summaries.list, list),
        words("log", summaries.log, log),
        words("branch", summaries.branch, branch),
        words("diff", summaries.diff, diff),
        words("tag", summaries.tag, tag),
        words("verify", summaries.verify, verify),
        words("anchor", summaries.anchor, anchor),
        words("prune", summaries.prune, prune),
        words("delete", summaries.remove, remove)
      ]),
      words("artifact", summaries.artifact, artifact, [
        words("add", summaries.addArtifact, addArtifact),
        words("list", summaries.listArtifacts, listArtifacts),
        words("show", summaries.showArtifact, showArtifact)
      ]),
      words("trace", summaries.trace, trace, [
        words("add", summaries.addTrace, addTrace),
        words("list", summaries.listTraces, listTraces),
        words("show", summaries.showTrace, showTrace)
      ]),
      words("provenance", summaries.provenance, provenance),
      words("migrate", summaries.migrate, migrate, [
        words("status", summaries.status, status),
        words("up", summaries.up, up)
      ])
    ]
  }
}
