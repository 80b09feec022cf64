/**
 * `aegis --completions SHELL`: a script by which a shell completes commands, options, their values and files. Made from
 * the words that help shows. The parsing library's own scripts complete no option of `aegis cache …` in bash and no file
 * in zsh and fish, and offer options that are refused.
 */
import * as Effect from "effect/Effect"
import { BuiltInProvider } from "../../domain/Provider.js"
import { DiffKind } from "../../domain/FileDiff.js"
import { Layout } from "../../domain/ResolveInput.js"
import { GroupBy } from "../../domain/TelemetryReport.js"
import { ScratchpadArtifact } from "../../domain/ScratchpadArtifact.js"
import type { CommandWords } from "../commandTree.js"
import type { Shell } from "../commandWords.js"
import { shells } from "../commandWords.js"
import { entriesOf } from "../help.js"
import { Output } from "../Output.js"
import { schemaNames } from "../schema.js"
import { bash } from "./bash.js"
import type { Completable, CompletableOption, Values } from "./Completable.js"
import { fish } from "./fish.js"
import { zsh } from "./zsh.js"

const scripts = { bash, zsh, fish }

export const completions = Effect.fn("aegis completions")(function* (tree: CommandWords, shell: Shell) {
  const output = yield* Output
  yield* output.text(scripts[shell](completables(tree, [tree.name])))
})

/** Options and arguments with known values, by the names that help shows them with. */
const values = new Map<string, Values>([
  ["--provider", BuiltInProvider.literals],
  ["--layout", Layout.literals],
  ["--cache-dir", "folder"],
  ["--output", "file"],
  ["--anchor", "file"],
  ["--out", "file"],
  ["--html", "file"],
  ["--by", GroupBy.literals],
  ["--type", ScratchpadArtifact.fields.type.literals],
  ["<file>", "file"],
  ["<original>", "file"],
  ["--as", DiffKind.literals],
  ["<name>", schemaNames]
])

const help: CompletableOption = { flag: "--help", description: "Show what there is", value: undefined }
const rootOptions: ReadonlyArray<CompletableOption> = [
  { flag: "--version", description: "Print the version", value: undefined },
  { flag: "--completions", description: "Print completions for a shell", value: shells }
]

/** A command and all below it. */
const completables = (node: CommandWords, path: ReadonlyArray<string>): ReadonlyArray<Completable> => {
  const entries = node.commands.length > 0 ? [] : entriesOf(node)
  const places = entries
    .filter(({ name }) => !name.startsWith("-"))
    .map(({ name }) => values.get(name.replace(/^\[(.*)\]$/, "$1")) ?? "free")
  return [
    {
      path,
      commands: node.commands.map(({ name, summary }) => ({ name, summary })),
      options: [
        ...entries.flatMap(({ description, name }) => {
          const [flag = "", type] = name.split(" ")
          return flag.startsWith("-")
            ? [{ flag, description, value: type === undefined ? undefined : (values.get(flag) ?? "free") }]
            : []
        }),
        help,
        ...(path.length === 1 ? rootOptions : [])
      ],
      // whichever place it is in: what is known can be completed
      argument: places.find((each) => each !== "free") ?? places[0]
    },
    ...node.commands.flatMap((command) => completables(command, [...path, command.name]))
  ]
}
