/** Help for a person who reads it in a terminal or through a pipe: plain text, one line per command, option and argument. */
import * as CliConfig from "@effect/cli/CliConfig"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as HelpDoc from "@effect/cli/HelpDoc"
import type { CommandWords } from "./commandTree.js"

/** An option (`--seed float`) or an argument (`<file>`) of a command. */
export interface Entry {
  readonly name: string
  readonly description: string
}

/** What `--help` prints for the command that `path` leads to. */
export const helpOf = (tree: CommandWords, path: ReadonlyArray<string>): string => {
  const node = path.reduce((at, word) => at.commands.find(({ name }) => name === word) ?? at, tree)
  const full = [tree.name, ...path].join(" ")
  const sections =
    node.commands.length > 0
      ? [
          `Usage: ${full} COMMAND [OPTIONS]`,
          section(
            "Commands",
            leaves(node, []).map(({ name, summary }) => ({ name, description: summary }))
          )
        ]
      : leafSections(node, full)
  return `${[`${full}: ${node.summary}.`, ...sections, ...(path.length === 0 ? [footer] : [])].join("\n\n")}\n`
}

const footer = [
  section("Everywhere", [
    { name: "--help, -h", description: "Help with any command: `aegis cache prune --help`" },
    { name: "--version", description: "Print the version" },
    { name: "--completions SHELL", description: "Print completions for bash, zsh or fish" }
  ]),
  "Settings come from flags, then AEGIS_* in the environment, then aegis.config.json.",
  "Exit codes: 0 done, 1 a check found something, 2 usage, 3 configuration, 4 provider or not found, 5 storage, 6 a fault of Aegis."
].join("\n\n")

const leaves = (
  node: CommandWords,
  path: ReadonlyArray<string>
): ReadonlyArray<{ readonly name: string; readonly summary: string }> =>
  node.commands.flatMap((command) => {
    const here = [...path, command.name]
    return command.commands.length > 0
      ? leaves(command, here)
      : [{ name: here.join(" "), summary: command.summary }]
  })

const leafSections = (node: CommandWords, full: string): ReadonlyArray<string> => {
  const entries = entriesOf(node)
  const options = entries.filter(({ name }) => name.startsWith("-"))
  const args = entries.filter(({ name }) => !name.startsWith("-"))
  const usage = [full, ...(options.length > 0 ? ["[OPTIONS]"] : []), ...args.map(({ name }) => `[${name}]`)]
  return [
    `Usage: ${usage.join(" ")}`,
    ...(args.length > 0 ? [section("Arguments", args)] : []),
    ...(options.length > 0 ? [section("Options", options)] : [])
  ]
}

/** What a command takes, as the library tells it. */
export const entriesOf = (node: CommandWords): ReadonlyArray<Entry> =>
  definitions(CommandDescriptor.getHelp(node.descriptor, CliConfig.make({ showBuiltIns: false })))

function section(title: string, entries: ReadonlyArray<Entry>): string {
  const width = Math.max(...entries.map(({ name }) => name.length))
  return [
    `${title}:`,
    ...entries.map(({ description, name }) => `  ${name.padEnd(width)}  ${description}`)
  ].join("\n")
}

/** The options and arguments in the library's help. Their own words are the second paragraph; the first is the type. */
const definitions = (doc: HelpDoc.HelpDoc): ReadonlyArray<Entry> => {
  if (HelpDoc.isSequence(doc)) return [...definitions(doc.left), ...definitions(doc.right)]
  if (!HelpDoc.isDescriptionList(doc)) return []
  return doc.definitions.map(([name, description]) => ({
    name: plain(HelpDoc.p(name)).replace(/\.\.\.$/, ""),
    description: paragraphs(description)[1] ?? ""
  }))
}

const paragraphs = (doc: HelpDoc.HelpDoc): ReadonlyArray<string> =>
  HelpDoc.isSequence(doc)
    ? [...paragraphs(doc.left), ...paragraphs(doc.right)]
    : HelpDoc.isParagraph(doc)
      ? [plain(doc)]
      : []

/** A document as text on one line, without the colours that the library always adds. */
export const plain = (doc: HelpDoc.HelpDoc): string =>
  HelpDoc.toAnsiText(doc)
    .replaceAll(new RegExp(`${escape}\\[[0-9;]*m`, "g"), "")
    .replaceAll(/\s+/g, " ")
    .trim()

const escape = "\u001B"
