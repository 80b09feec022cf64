/** For bash, from 3.2 on, without the bash-completion package. */
import type { Completable, Values } from "./Completable.js"
import { steps } from "./Completable.js"

export const bash = (all: ReadonlyArray<Completable>): string => `_aegis() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at=aegis i
  local IFS=$'\\n'
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at:\${COMP_WORDS[i]}" in
${steps(all)
  .map(({ from, to, word }) => `      "${from}:${word}") at="${to}" ;;`)
  .join("\n")}
      *) break ;;
    esac
  done
  case "$at:$prev" in
${all
  .flatMap(({ options, path }) =>
    options.flatMap(({ flag, value }) =>
      value === undefined ? [] : [`    "${path.join(" ")}:${flag}") ${reply(value)}; return ;;`]
    )
  )
  .join("\n")}
  esac
  case "$at" in
${all.map(branch).join("\n")}
  esac
}
complete -F _aegis aegis
`

const branch = ({ argument, commands, options, path }: Completable): string => {
  const flags = options.map(({ flag }) => flag)
  const other = commands.length > 0 ? commands.map(({ name }) => name) : (argument ?? "free")
  return [
    `    "${path.join(" ")}")`,
    `      if [[ $cur == -* ]]; then ${reply(flags)}; else ${reply(other)}; fi ;;`
  ].join("\n")
}

/** Names of files keep their spaces and a folder its slash, where bash is new enough to be told. */
const reply = (values: Values): string => {
  if (values === "free") return ":"
  if (values === "file") return `COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null`
  if (values === "folder") return `COMPREPLY=($(compgen -d -- "$cur")); compopt -o filenames 2>/dev/null`
  return `COMPREPLY=($(compgen -W $'${values.join("\\n")}' -- "$cur"))`
}
