/** Parses the words with @effect/cli and runs the command they name. Loaded only when there is something to parse. */
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import type { CommandLayers } from "../../src/cli/commandLine.js"
import { commandLine } from "../../src/cli/commandLine.js"
import { understand } from "../../src/cli/commandWords.js"
import type { Words } from "../../src/cli/commandWords.js"
import type { Files } from "../../src/cli/Files.js"
import type { Progress } from "../../src/cli/Progress.js"
import { UsageError } from "../../src/cli/UsageError.js"
import { version } from "../../src/cli/version.js"

const name = "aegis"

/** Runs the words behind `aegis`. `write` takes what the library itself prints: help, the version, completions. */
export const run = <E>(
  args: ReadonlyArray<string>,
  layers: CommandLayers<E>,
  terminal: { readonly color: boolean; readonly write: (text: string) => Effect.Effect<void> }
): Effect.Effect<void, E | unknown, Files | Progress> =>
  Effect.suspend(() => {
    const command = commandLine(layers)
    const understood = understand(wordsOf(name, command.descriptor), args)
    if (understood._tag === "Refuse") return Effect.fail(understood.error)
    const words = understood.args
    const path = words.slice(
      0,
      words.findIndex((word) => word.startsWith("-"))
    )
    const asked = words.includes("--help") ? [name, ...path].join(" ") : undefined
    return Console.consoleWith((console) =>
      Command.run(command, { name, version, executable: name })(["node", name, ...words]).pipe(
        Effect.withConsole(consoleTo(console, terminal, asked)),
        Effect.catchIf(ValidationError.isValidationError, (error) => Effect.fail(usageError(error))),
        Effect.provide(environment)
      )
    )
  })

const environment = Layer.mergeAll(
  CliConfig.layer({ showBuiltIns: false, finalCheckBuiltIn: true, showAllNames: false }),
  NodeFileSystem.layer,
  NodePath.layer,
  NodeTerminal.layer
)

const wordsOf = (name: string, command: CommandDescriptor.Command<unknown>): Words => ({
  name,
  commands: HashMap.toEntries(CommandDescriptor.getSubcommands(command))
    .filter(([each]) => each !== name)
    .map(([each, subcommand]) => wordsOf(each, subcommand))
})

const escape = "\u001B"
const withoutColour = (text: string): string => text.replaceAll(new RegExp(`${escape}\\[[0-9;]*m`, "g"), "")

/** The library's own console: help without colour where there is none, and no errors, which are reported once, by us. */
const consoleTo = (
  console: Console.Console,
  terminal: { readonly color: boolean; readonly write: (text: string) => Effect.Effect<void> },
  usage: string | undefined
): Console.Console => ({
  ...console,
  log: (...parts) => {
    const text = parts.map(String).join(" ")
    const shown = usage === undefined ? text : withUsage(text, usage)
    return terminal.write(`${(terminal.color ? shown : withoutColour(shown)).trimEnd()}\n`)
  },
  error: () => Effect.void
})

const withUsage = (text: string, _usage: string): string => text

const usageError = (error: ValidationError.ValidationError): UsageError =>
  new UsageError({
    problem: withoutColour(HelpDoc.toAnsiText(error.error)).replaceAll(/\s+/g, " ").trim().replace(/\.$/, ""),
    fix: "`aegis --help` and `aegis COMMAND --help` say what there is."
  })
