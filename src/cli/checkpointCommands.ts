/**
 * `aegis checkpoint …`: which words there are, and what each takes. What they do is loaded when one of them is run, so that no
 * other command is slower for them.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import type { CommandLayers } from "./commandLine.js"
import { argument, file, flag, integer, later, onRuns, ref, text, within } from "./commandParts.js"
import { anyCommand, type Commands, words } from "./commandTree.js"
import { store } from "./options.js"

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
  exportRun: "Write a run as lines of text that prove themselves",
  importRun: "Take in a run that was exported, once all of it is proved",
  copy: "Keep a run once more under another name; what is equal is stored once",
  remove: "Delete a run or a checkpoint for good"
} as const

export const checkpointCommands = <E>(layers: CommandLayers<E>): Commands => {
  const ofRuns = onRuns(layers)
  const save = ofRuns(
    summaries.save,
    Command.make(
      "save",
      {
        ...store,
        file,
        scaffold: text("scaffold", "The scaffold that the run stands on: its key, or its id"),
        name: text("name", "What it is; checkpoints of one name in a run are its revisions"),
        thread: text("thread", "The run"),
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
  const exportRun = ofRuns(
    summaries.exportRun,
    Command.make(
      "export",
      {
        ...store,
        thread: argument("thread", "The run"),
        output: text("output", "A new file to write to; else stdout")
      },
      later(
        () => import("./checkpointExport.js"),
        (module) => module.checkpointExport
      )
    )
  )
  const importRun = ofRuns(
    summaries.importRun,
    Command.make(
      "import",
      { ...store, file, as: text("as", "The run to make of it; else the name that it had") },
      later(
        () => import("./checkpointImport.js"),
        (module) => module.checkpointImport
      )
    )
  )
  const copy = ofRuns(
    summaries.copy,
    Command.make(
      "copy",
      {
        ...store,
        thread: argument("thread", "The run"),
        as: argument("as", "The name of the copy")
      },
      later(
        () => import("./checkpointCopy.js"),
        (module) => module.checkpointCopy
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
    Command.withSubcommands([
      save,
      show,
      list,
      log,
      branch,
      diff,
      tag,
      verify,
      anchor,
      prune,
      exportRun,
      importRun,
      copy,
      remove
    ])
  )

  return {
    commands: [anyCommand(checkpoint)],
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
        words("export", summaries.exportRun, exportRun),
        words("import", summaries.importRun, importRun),
        words("copy", summaries.copy, copy),
        words("delete", summaries.remove, remove)
      ])
    ]
  }
}
