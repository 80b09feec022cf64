/** The short way of the `aegis` command, in a bundle of its own. scripts/launcher tries it first. */
import { resolvedJson } from "../../src/cli/views/resolvedJson.js"
import { resolvedText } from "../../src/cli/views/resolved.js"
import { loadTable } from "../../src/cli/views/table.js"
import { open, styleOf } from "../cli/stdout.js"
import { plainCommand } from "../cli/plainWords.js"
import { plainHit } from "./plainHit.js"

/** As shells report a program that wrote to a pipe that nobody reads. */
const brokenPipe = 141

/** Answers these words if they come to a plain hit. False when nothing was done: the whole program is to run. */
export const answer = async (words: ReadonlyArray<string>): Promise<boolean> => {
  let text: string
  const stdout = open()
  try {
    const plain = plainCommand(words)
    if (plain?.command !== "resolve" || plain.file === "-") return false
    const draw = plain.json ? undefined : await loadTable()
    const style = styleOf(stdout, process.env)
    text = await plainHit(plain.file, { cwd: process.cwd(), env: process.env }, (resolved) =>
      draw === undefined ? resolvedJson(resolved) : resolvedText(resolved, style, draw)
    )
  } catch {
    // whatever it was, the whole program meets it again and says so
    return false
  }
  stdout.write(`${text}\n`, (error) => {
    if (error !== null && error !== undefined) process.exit(brokenPipe)
  })
  return true
}
