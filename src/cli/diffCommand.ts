/** `aegis diff`: its words. What it does is loaded when it is run. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type { CommandLayers } from "./commandLine.js"
import { argument, flag, later, text } from "./commandParts.js"
import { anyCommand, type Commands, words } from "./commandTree.js"
import type { DiffOptions } from "./diff.js"
import { flagsOf, store } from "./options.js"

const summary =
  "Compare two files as programs, as JSON or as texts, or two checkpoints or nodes; ends with 1 if they differ"

export const diffCommand = <E>(layers: CommandLayers<E>): Commands => {
  const diff = Command.make(
    "diff",
    {
      ...store,
      original: argument("original", "A file, - for stdin, a checkpoint, a branch, or CHECKPOINT:KIND/NAME"),
      modified: argument("modified", "Another one"),
      as: Options.choice("as", ["typescript", "json", "text"]).pipe(
        Options.withDescription("What they are; else what their endings say, and text if those are two"),
        Options.optional
      ),
      of: Options.choice("of", ["files", "checkpoints", "branches", "nodes"]).pipe(
        Options.withDescription("What both words are; else files if there are such"),
        Options.optional
      ),
      thread: text("thread", "The run to look in; what is looked for is no file then"),
      html: flag("html", "Print one page of HTML with everything in it"),
      sideBySide: flag("side-by-side", "Show both beside each other, however narrow the terminal")
    },
    later(
      () => import("./diff.js"),
      (module) => (options: DiffOptions & Parameters<typeof flagsOf>[0]) =>
        module.diff(options, layers.runs(flagsOf(options)))
    )
  ).pipe(
    Command.withDescription(summary),
    Command.provide(() => layers.diff()),
    Command.provide((options) => layers.output(options.json))
  )
  return { commands: [anyCommand(diff)], words: [words("diff", summary, diff)] }
}
