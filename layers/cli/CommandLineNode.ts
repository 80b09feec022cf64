/** Parses the words with @effect/cli and runs the command they name. Loaded only when there is something to parse. */
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Terminal from "@effect/platform/Terminal"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CommandLayers } from "../../src/cli/commandLine.js"
import { commandLine } from "../../src/cli/commandLine.js"
import { understand } from "../../src/cli/commandWords.js"
import type { Files } from "../../src/cli/Files.js"
import { helpOf, plain } from "../../src/cli/help.js"
import type { Progress } from "../../src/cli/Progress.js"
import { UsageError } from "../../src/cli/UsageError.js"
import { version } from "../../src/domain/version.js"

const name = "aegis"

/** Runs the words behind `aegis`. `write` takes what is no command's result: help, the version, completions. */
export const run = <E>(
  args: ReadonlyArray<string>,
  layers: CommandLayers<E>,
  write: (text: string) => Effect.Effect<void>
): Effect.Effect<void, unknown, Files | Progress> =>
  Effect.suspend(() => {
    const { command, words } = commandLine(layers, args)
    const understood = understand(words, args)
    if (understood._tag === "Refuse") return Effect.fail(understood.error)
    if (understood._tag === "Help") return write(helpOf(words, understood.path))
    return Console.consoleWith((console) =>
      Command.run(command, { name, version, executable: name })(["node", name, ...understood.args]).pipe(
        Effect.withConsole(consoleTo(console, write)),
        Effect.catchIf(ValidationError.isValidationError, (error) => Effect.fail(usageError(error))),
        // one after the other: merged, they would be built in fibers of their own
        Effect.provide(CliConfig.layer({ showBuiltIns: false })),
        // no word of ours is checked against the file system by the parser: a path is a text to it
        Effect.provide(FileSystem.layerNoop({})),
        Effect.provide(Path.layer),
        Effect.provide(terminal)
      )
    )
  })

const noTerminal = Effect.dieMessage("only the library's wizard has a terminal, and no words lead to it")

/** The library wants a terminal for its wizard; to set one up is to set up stdin and stdout as streams. */
const terminal: Layer.Layer<Terminal.Terminal> = Layer.succeed(Terminal.Terminal, {
  columns: Effect.succeed(0),
  rows: Effect.succeed(0),
  isTTY: Effect.succeed(false),
  readInput: noTerminal,
  readLine: noTerminal,
  display: () => noTerminal
})

const colour = new RegExp("\\u001B\\[[0-9;]*m", "g")

/** The library's own console: without colour, and without errors, which are reported once, by us. */
const consoleTo = (
  console: Console.Console,
  write: (text: string) => Effect.Effect<void>
): Console.Console => ({
  ...console,
  log: (...parts) => write(`${parts.map(String).join(" ").replaceAll(colour, "").trimEnd()}\n`),
  error: () => Effect.void
})

const usageError = (error: ValidationError.ValidationError): UsageError =>
  new UsageError({
    problem: plain(error.error).replace(/\.$/, ""),
    fix: "`aegis COMMAND --help` lists what a command takes."
  })
