/** How two runs differ, as one page of HTML that needs nothing else. */
import type { Change } from "../../../domain/Change.js"
import type { PartChange, RunDiff, ValueChange } from "../../../domain/RunDiff.js"
import { escapeHtml } from "../html/escape.js"
import { changesTable, diffHtml, factList, pageOf } from "./page.js"
import { artifactTitle, nodeTitle, outputOf, partsOf, runTitle, summaryOf, textsOf } from "./run.js"

export const runPage = (found: RunDiff): string =>
  pageOf(
    [
      { mark: "title", text: runTitle(found) },
      { mark: "plain", text: summaryOf(found) }
    ],
    [
      ...(found.state.length === 0 ? [] : [`<h2>state</h2>`, values("state", found.state)]),
      ...found.nodes.flatMap((node) => [
        heading(node.change, nodeTitle(node)),
        ...partsOf(node).map(([what, changes]) => values(what, changes))
      ]),
      ...found.artifacts.flatMap((artifact) => [
        heading(artifact.change, artifactTitle(artifact)),
        values("content", artifact.content)
      ])
    ]
      .filter((html) => html !== "")
      .join("\n")
  )

const marks: Readonly<Record<PartChange, string>> = {
  added: "good",
  removed: "bad",
  changed: "note",
  equivalent: ""
}

const heading = (change: PartChange, title: string): string =>
  `<h2>${escapeHtml(title)} <span class="${marks[change]}">${change}</span></h2>`

const values = (what: string, changes: ReadonlyArray<ValueChange>): string => {
  const plain = changes.filter((change) => textsOf(change) === undefined)
  return [
    changesTable(plain.map((change) => shown(what, change))),
    ...changes.map((change) => text(what, change))
  ]
    .filter((html) => html !== "")
    .join("\n")
}

const shown = (what: string, change: ValueChange): Change => {
  const [path, said] = outputOf(what, change) ?? [change.path]
  return said === undefined
    ? { ...change, path: `${what} ${path}` }
    : { change: "changed", path: `${what} ${path}: ${said}`, before: "…", after: "…" }
}

const text = (what: string, change: ValueChange): string => {
  const texts = textsOf(change)
  if (texts === undefined) return ""
  const {
    facts: [, ...facts],
    html
  } = diffHtml(texts.as, texts.before, texts.after)
  const invalid = change.invalid === undefined ? [] : [`not compared as code: ${change.invalid}`]
  return `<section><h3>${escapeHtml(`${what} ${change.path}`)}</h3>
${factList([...invalid.map((said) => ({ mark: "note" as const, text: said })), ...facts])}
${html}</section>`
}
