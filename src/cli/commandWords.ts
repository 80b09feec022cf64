/**
 * Understands the words of a command line before it is parsed, where the parsing library does not: help and completions
 * asked for anywhere, options in front of the command, words that are no command, groups without a command, and `-` for
 * stdin, behind which the library takes no options.
 */
import * as Option from "effect/Option"
import { nearest } from "../domain/nearest.js"
import { UsageError } from "./UsageError.js"

/** A command by its name with the commands under it; a command that can be run has none. */
export interface Words {
  readonly name: string
  readonly commands: ReadonlyArray<Words>
}

/** What to do: run these words, help with the command that a path leads to, or say why neither can be done. */
export type Understood =
  | { readonly _tag: "Run"; readonly args: ReadonlyArray<string> }
  | { readonly _tag: "Help"; readonly path: ReadonlyArray<string> }
  | { readonly _tag: "Refuse"; readonly error: UsageError }

/** Options that take no value and mean the same wherever they stand. */
const anywhere = new Set(["--json"])
const builtIn = /^--(version|log-level)(=|$)/
/** The library's wizard asks questions, and waits for ever where nobody answers. */
const wizard = "--wizard"
const completions = "--completions"
/** What stands for the base that nobody named. */
export const upstream = "@{upstream}"

export const shells = ["bash", "zsh", "fish"] as const
export type Shell = (typeof shells)[number]

const isShell = (word: string | undefined): word is Shell => shells.some((shell) => shell === word)

export const understand = (tree: Words, written: ReadonlyArray<string>): Understood => {
  const args = spelledOut(tree, written)
  const end = args.indexOf("--")
  const beforeEnd = end === -1 ? args : args.slice(0, end)
  const shell = shellOf(beforeEnd)
  if (shell !== undefined) {
    return isShell(shell) ? { _tag: "Run", args: ["completions", shell] } : refuse(unknownShell(shell))
  }
  if (beforeEnd.includes(wizard)) {
    return refuse(
      new UsageError({
        problem: `There is no option "${wizard}"`,
        fix: "`aegis --help` lists what there is."
      })
    )
  }
  const leading = args.findIndex((arg) => !anywhere.has(arg))
  const hoisted = leading === -1 ? args : args.slice(0, leading)
  const rest = leading === -1 ? [] : args.slice(leading)
  const asked = rest[0] === "help"
  const { at, path, unknown } = follow(tree, asked ? rest.slice(1) : rest)

  if (unknown !== undefined) return refuse(unknownCommand(path, at, unknown))
  if (asked || beforeEnd.includes("--help") || beforeEnd.includes("-h") || args.length === 0) {
    return { _tag: "Help", path }
  }
  if (at.commands.length > 0) {
    const first = rest[path.length]
    if (path.length === 0 && first !== undefined && builtIn.test(first)) return { _tag: "Run", args: rest }
    if (first !== undefined) {
      return refuse(
        new UsageError({
          problem: `"${first}" stands before the command`,
          fix: `Write \`${[tree.name, ...path].join(" ")} COMMAND ${first}\`.`
        })
      )
    }
    return refuse(
      new UsageError({
        problem: `\`${[tree.name, ...path].join(" ")}\` wants a command`,
        fix: `There are: ${at.commands.map(({ name }) => name).join(", ")}.`
      })
    )
  }
  return { _tag: "Run", args: stdinLast([...path, ...hoisted, ...rest.slice(path.length)]) }
}

/** Commands that stand for one of those under them where none of these is named. */
const standsFor = new Set(["enforce", "ci"])

/** `aegis enforce src` is `aegis enforce check src`, `aegis ci` is `aegis ci check`, and `--changed` without a value one with the upstream. */
const spelledOut = (tree: Words, args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const at = args.findIndex((arg) => !anywhere.has(arg))
  const word = args[at] ?? ""
  const group = standsFor.has(word) ? tree.commands.find(({ name }) => name === word) : undefined
  if (group === undefined) return args
  const next = args[at + 1]
  const named = next === "--help" || next === "-h" || group.commands.some(({ name }) => name === next)
  const behind = args.slice(at + 1).map((option, index, all) => {
    const value = all[index + 1]
    return option === "--changed" && (value === undefined || value.startsWith("-"))
      ? `${option}=${upstream}`
      : option
  })
  return [...args.slice(0, at + 1), ...(named ? [] : ["check"]), ...behind]
}

/** The same words with `-` behind the options: the library takes what follows it for arguments. */
const stdinLast = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = args.indexOf("--")
  const [before, after] = end === -1 ? [args, []] : [args.slice(0, end), args.slice(end)]
  const isStdin = (word: string): boolean => word === "-"
  return [...before.filter((word) => !isStdin(word)), ...before.filter(isStdin), ...after]
}

/** The shell that completions are asked for; "" where none is named. */
const shellOf = (args: ReadonlyArray<string>): string | undefined => {
  const at = args.findIndex((word) => word === completions || word.startsWith(`${completions}=`))
  const word = args[at]
  if (word === undefined) return undefined
  return word === completions ? (args[at + 1] ?? "") : word.slice(completions.length + 1)
}

const unknownShell = (shell: string): UsageError =>
  new UsageError({
    problem: shell === "" ? `${completions} wants a shell` : `There are no completions for "${shell}"`,
    fix: `Write \`aegis ${completions} SHELL\` with ${shells.join(", ")}.`
  })

const refuse = (error: UsageError): Understood => ({ _tag: "Refuse", error })

/** As far down the tree as the words lead. */
const follow = (
  tree: Words,
  words: ReadonlyArray<string>
): { readonly at: Words; readonly path: ReadonlyArray<string>; readonly unknown: string | undefined } => {
  let at = tree
  const path: Array<string> = []
  for (const word of words) {
    if (at.commands.length === 0 || word.startsWith("-")) break
    const next = at.commands.find(({ name }) => name === word)
    if (next === undefined) return { at, path, unknown: word }
    at = next
    path.push(word)
  }
  return { at, path, unknown: undefined }
}

const unknownCommand = (path: ReadonlyArray<string>, at: Words, word: string): UsageError => {
  const names = at.commands.map(({ name }) => name)
  const meant = Option.fromNullable(nearest(word, names))
  return new UsageError({
    problem: `There is no command "${["aegis", ...path, word].join(" ")}"`,
    fix: Option.match(meant, {
      onNone: () => `There are: ${names.join(", ")}.`,
      onSome: (name) => `Did you mean "${name}"? There are: ${names.join(", ")}.`
    })
  })
}
