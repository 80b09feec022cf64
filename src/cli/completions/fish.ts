/** For fish, from 3.0 on. */
import type { Completable, Values } from "./Completable.js"
import { steps } from "./Completable.js"

export const fish = (all: ReadonlyArray<Completable>): string => `function __aegis_at
  set -l at aegis
  for word in (commandline -opc)[2..-1]
    switch "$at:$word"
${steps(all)
  .map(({ from, to, word }) => `      case "${from}:${word}"\n        set at "${to}"`)
  .join("\n")}
      case '*'
        break
    end
  end
  test "$at" = "$argv"
end
complete -c aegis -f
${all.flatMap(lines).join("\n")}
`

const lines = ({ argument, commands, options, path }: Completable): ReadonlyArray<string> => {
  const here = `complete -c aegis -n '__aegis_at ${path.join(" ")}'`
  return [
    ...commands.map(({ name, summary }) => `${here} -a ${name} -d ${quoted(summary)}`),
    ...options.map(
      ({ description, flag, value }) =>
        `${here} -l ${flag.slice(2)}${value === undefined ? "" : valueOf(value)} -d ${quoted(description)}`
    ),
    ...(argument === undefined || argument === "free" ? [] : [`${here}${argumentOf(argument)}`])
  ]
}

const valueOf = (values: Values): string => {
  if (values === "free") return " -x"
  if (values === "file") return " -r -F"
  if (values === "folder") return " -x -a '(__fish_complete_directories)'"
  return ` -x -a '${values.join(" ")}'`
}

const argumentOf = (values: Exclude<Values, "free">): string => {
  if (values === "file") return " -F"
  if (values === "folder") return " -a '(__fish_complete_directories)'"
  return ` -a '${values.join(" ")}'`
}

const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, "\\$&")}'`
