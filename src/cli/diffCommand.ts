/** `aegis diff`: its words. What it does is loaded when it is run. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type { CommandLayers } from "./commandLine.js"
import { argument, flag, later } from "./commandParts.js"
import { anyCommand, type Commands, words } from "./commandTree.js"
import { json } from "./options.js"

const summary = "Compare two files as programs, as JSON or as texts; ends with 1 if they differ"

export const diffCommand = <E>(layers: CommandLayers<E>): Commands => {
  const diff = Command.make(
    "diff",
    {
      json,
      original: argument("original", "A file, or - for stdin"),
      modified: argument("modified", "Another one"),
      as: Options.choice("as", ["typescript", "json", "text"]).pipe(
        Options.withDescription("What they are; else what their endings say, and text if those are two"),
        Options.optional
      ),
      html: flag("html", "Print one page of HTML with everything in it")
    },
    later(
      () => import("./diff.js"),
      (module) => module.diff
    )
  ).pipe(
    Command.withDescription(summary),
    Command.provide(() => layers.diff()),
    Command.provide((options) => layers.output(options.json))
  )
  return { commands: [anyCommand(diff)], words: [words("diff", summary, diff)] }
}
