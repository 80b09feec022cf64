/** `aegis replay`: its words. What it does is loaded when it is run. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type { CommandLayers } from "./commandLine.js"
import { flag, integer, later, text, within } from "./commandParts.js"
import { anyCommand, type Commands, words } from "./commandTree.js"
import { flagsOf, store } from "./options.js"

const summary =
  "Replay a recorded run, with what is changed; --plan says what that would do, --verify that nothing changed"

export const replayCommand = <E>(layers: CommandLayers<E>): Commands => {
  const replay = Command.make(
    "replay",
    {
      ...store,
      ref: Args.text({ name: "ref" }).pipe(
        Args.withDescription("A recording: id, first digits, tag, branch, name, name@2, thread:name"),
        Args.optional
      ),
      all: flag("all", "Replay every recording of the namespace"),
      plan: flag("plan", "Say which nodes would run and why, and what that may cost; run nothing"),
      verify: flag(
        "verify",
        "Run all code with the recorded answers, offline; ends with 1 if anything differs"
      ),
      set: Options.text("set").pipe(
        Options.withDescription(
          "KEY=VALUE: model, provider, temperature, seed, input.NAME, block.NAME, rulepack.NAME, inputs.KIND/NAME.FIELD, output.KIND/NAME; may be repeated"
        ),
        Options.repeated
      ),
      overrides: text("overrides", "A JSON file of what --set says, or - for stdin"),
      branch: text("branch", "The name of the branch that the new recording is kept on"),
      report: text(
        "report",
        "A file for the results as JSON; with --all, one that was cut off goes on from it"
      ),
      concurrency: integer("concurrency", "With --all: how many at a time; 2 if not said"),
      thread: within
    },
    later(
      () => import("./replay.js"),
      (module) => module.replay
    )
  ).pipe(
    Command.withDescription(summary),
    Command.provide((options) => layers.replay(flagsOf(options))),
    Command.provide((options) => layers.output(options.json))
  )
  return { commands: [anyCommand(replay)], words: [words("replay", summary, replay)] }
}
