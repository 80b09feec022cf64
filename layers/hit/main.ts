/** The short way of the `aegis` command, in a bundle of its own. scripts/launcher tries it first. */
import * as Option from "effect/Option"
import { resolvedJson } from "../../src/cli/views/resolvedJson.js"
import { resolvedText } from "../../src/cli/views/resolved.js"
import { loadTable } from "../../src/cli/views/table.js"
import { whyText } from "../../src/cli/views/why.js"
import { open, styleOf, unwritten } from "../cli/stdout.js"
import { plainCommand } from "../cli/plainWords.js"
import { plainHit } from "./plainHit.js"

/** The WhyReport of a hit, encoded. */
const whyJson = JSON.stringify({ outcome: "hit", miss: null })

/** Answers these words if they come to a plain hit. False when nothing was done: the whole program is to run. */
export const answer = async (words: ReadonlyArray<string>): Promise<boolean> => {
  let text: string
  const stdout = open()
  try {
    const plain = plainCommand(words)
    if (plain === undefined || !("file" in plain) || plain.file === "-") return false
    const { command, file, json } = plain
    const style = styleOf(stdout, process.env)
    const draw = json || command === "why" ? undefined : await loadTable()
    text = await plainHit(
      file,
      { cwd: process.cwd(), env: process.env },
      command === "resolve",
      (resolved) =>
        command === "why"
          ? json
            ? whyJson
            : whyText(Option.none(), style)
          : draw === undefined
            ? resolvedJson(resolved)
            : resolvedText(resolved, style, draw)
    )
  } catch {
    // whatever it was, the whole program meets it again and says so
    return false
  }
  stdout.write(`${text}\n`, (error) => {
    if (error === null || error === undefined) return
    const { code, lines } = unwritten(error)
    process.stderr.write(lines.map((line) => `${line}\n`).join(""))
    process.exit(code)
  })
  return true
}
