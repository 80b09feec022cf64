/** For zsh: to be put into a folder of `fpath` as `_aegis`, or to be sourced after `compinit`. */
import type { Completable, CompletableOption, Values } from "./Completable.js"
import { steps } from "./Completable.js"

export const zsh = (all: ReadonlyArray<Completable>): string => `#compdef aegis

_aegis() {
  local at=aegis i=2
  while (( i < CURRENT )); do
    case "$at:\${words[i]}" in
${steps(all)
  .map(({ from, to, word }) => `      "${from}:${word}") at="${to}" ;;`)
  .join("\n")}
      *) break ;;
    esac
    (( i++ ))
  done
  # What follows is completed as if the words of the command were one.
  words=("$at" "\${(@)words[i,-1]}")
  (( CURRENT -= i - 2 ))
  case "$at" in
${all.map(branch).join("\n")}
  esac
}

if [[ "$funcstack[1]" == _aegis ]]; then _aegis "$@"; else compdef _aegis aegis; fi
`

const branch = ({ argument, commands, options, path }: Completable): string => {
  const specs = options.map(option)
  const other =
    commands.length > 0
      ? quoted(`:command:((${commands.map(({ name, summary }) => `${name}\\:${words(summary)}`).join(" ")}))`)
      : argument === undefined
        ? undefined
        : quoted(`:${Array.isArray(argument) ? "name" : argument}:${action(argument)}`)
  return [
    `    "${path.join(" ")}")`,
    `      _arguments -S ${[...specs, ...(other === undefined ? [] : [other])].join(" \\\n        ")} ;;`
  ].join("\n")
}

const option = ({ description, flag, value }: CompletableOption): string =>
  quoted(
    `*${flag}[${description.replaceAll(/[[\]:\\]/g, "\\$&")}]${value === undefined ? "" : `:value:${action(value)}`}`
  )

/** A description inside a list of `word\:description`. */
const words = (text: string): string => text.replaceAll(/[^\w]/g, "\\$&")

const action = (values: Values): string => {
  if (values === "free") return " "
  if (values === "file") return "_files"
  if (values === "folder") return "_files -/"
  return `(${values.join(" ")})`
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
