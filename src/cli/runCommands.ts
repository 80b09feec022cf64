/**
 * The commands about runs besides `aegis checkpoint`: artifacts, tool calls, provenance, and the schemas of the databases. As
 * there, what they do is loaded when one of them is run.
 */
import type * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { ScratchpadArtifact } from "../domain/ScratchpadArtifact.js"
import type { CommandLayers } from "./commandLine.js"
import { checkpointCommands } from "./checkpointCommands.js"
import {
  argument,
  file,
  flag,
  later,
  onRuns,
  ref,
  rulepacks,
  type StoreOptions,
  text,
  within
} from "./commandParts.js"
import { anyCommand, type Commands, words } from "./commandTree.js"
import { flagsOf, store } from "./options.js"
import type { Output } from "./Output.js"
import type { Schemas } from "./Schemas.js"

const id = (what: string): Args.Args<string> => argument("id", `The id of ${what}`)

const summaries = {
  artifact: "What runs made: notes, code, tests, lint reports",
  addArtifact: "Keep something that a run made with the checkpoint that it belongs to",
  listArtifacts: "List what belongs to a checkpoint",
  showArtifact: "Show an artifact with its content",
  judgeArtifact: "Judge an artifact by rulepacks, and keep the report with its node",
  trace: "Calls of tools",
  addTrace: "Keep the call of a tool with the checkpoint that it belongs to",
  listTraces: "List the tool calls of a checkpoint, each under the one that it was a part of",
  showTrace: "Show a tool call with what went in and what came out",
  provenance: "Show where something came from, down to the blocks of the prompt",
  migrate: "The schemas of the databases",
  status: "Show which migrations were applied to the cache and to the run store",
  up: "Bring the schemas of the cache and of the run store up to date"
} as const

/** The commands, in the order in which help shows them. */
export const runCommands = <E>(layers: CommandLayers<E>): Commands => {
  const ofRuns = onRuns(layers)
  const ofSchemas = <Name extends string, R, E2, A extends StoreOptions>(
    summary: string,
    self: Command.Command<Name, R, E2, A>
  ): Command.Command<Name, Exclude<Exclude<R, Schemas>, Output>, E | E2, A> =>
    self.pipe(
      Command.withDescription(summary),
      Command.provide((options: A) => layers.schemas(flagsOf(options))),
      Command.provide((options: A) => layers.output(options.json))
    )

  const checkpoint = checkpointCommands(layers)
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
  const judgeArtifact = ofRuns(
    summaries.judgeArtifact,
    Command.make(
      "judge",
      { ...store, id: id("the artifact"), rulepacks },
      later(
        () => import("./artifactJudge.js"),
        (module) => module.artifactJudge
      )
    ).pipe(Command.provide((options) => layers.enforce(flagsOf(options))))
  )
  const artifact = Command.make("artifact").pipe(
    Command.withDescription(summaries.artifact),
    Command.withSubcommands([addArtifact, listArtifacts, showArtifact, judgeArtifact])
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
    commands: [
      ...checkpoint.commands,
      anyCommand(artifact),
      anyCommand(trace),
      anyCommand(provenance),
      anyCommand(migrate)
    ],
    words: [
      ...checkpoint.words,
      words("artifact", summaries.artifact, artifact, [
        words("add", summaries.addArtifact, addArtifact),
        words("list", summaries.listArtifacts, listArtifacts),
        words("show", summaries.showArtifact, showArtifact),
        words("judge", summaries.judgeArtifact, judgeArtifact)
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
