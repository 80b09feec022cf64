/** A difference in a few lines: what a reader wants to know before the lines themselves. */
import type { ASTDiff } from "../../../domain/AstDiff.js"
import type { FileDiff } from "../../../domain/FileDiff.js"
import { count, plural } from "../format.js"

export type Mark = "title" | "good" | "bad" | "note" | "plain"

export interface Fact {
  readonly mark: Mark
  readonly text: string
}

/** Lines that tell of a difference as a whole. */
export const factsOf = (found: FileDiff, hidden: number): ReadonlyArray<Fact> => {
  const title: Fact = { mark: "title", text: `${found.original} -> ${found.modified}` }
  if (found.identical) return [title, { mark: "plain", text: `no difference${sameAs[found.kind]}` }]
  if (found.kind === "json") return [title, { mark: "plain", text: plural(found.changes.length, "change") }]
  if (found.kind === "text") {
    const sum = (side: "original" | "modified"): number =>
      found.hunks.reduce((all, hunk) => all + hunk[side].length, 0)
    return [
      title,
      { mark: "plain", text: `${plural(sum("modified"), "line")} added, ${count(sum("original"))} removed` }
    ]
  }
  return [title, ...programFacts(found.ast), ...hiddenFact(hidden)]
}

const sameAs: Readonly<Record<FileDiff["kind"], string>> = {
  typescript: ": the programs are the same",
  json: ": they say the same",
  text: ""
}

const programFacts = (ast: ASTDiff): ReadonlyArray<Fact> => {
  const moved = ast.script.filter(({ op }) => op === "move").length
  const numbers = [
    `${count(ast.added.length)} added`,
    `${count(ast.removed.length)} removed`,
    `${count(ast.modified.length)} modified`,
    ...(moved === 0 ? [] : [`${count(moved)} moved`])
  ]
  return [
    { mark: "plain", text: `${numbers.join(", ")}: ${plural(ast.script.length, "step")}` },
    ...ast.renames.map(({ line, modified, nodes, original, within }): Fact => {
      const where = within === "" || within === original ? "" : ` in ${within}`
      return {
        mark: "note",
        text: `renamed ${original} -> ${modified}${where}, line ${line}, ${plural(nodes.length, "place")}`
      }
    }),
    ...ast.pragmas.removed.map(({ line, text }): Fact => ({
      mark: "bad",
      text: `- pragma ${text}, line ${line}`
    })),
    ...ast.pragmas.added.map(({ line, text }): Fact => ({
      mark: "good",
      text: `+ pragma ${text}, line ${line}`
    }))
  ]
}

const hiddenFact = (hidden: number): ReadonlyArray<Fact> =>
  hidden === 0
    ? []
    : [{ mark: "plain", text: `not shown: ${plural(hidden, "place")} where only layout or comments differ` }]
