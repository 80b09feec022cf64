/** A difference as one page of HTML that needs nothing else: no script, no font, no address. */
import type { Change } from "../../../domain/Change.js"
import type { FileDiff } from "../../../domain/FileDiff.js"
import { shortJson } from "../format.js"
import { escapeHtml } from "../html/escape.js"
import { type Block, blocksOf, type Cell, type Row } from "./blocks.js"
import { type Fact, factsOf } from "./facts.js"

const style = `
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 110rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; table-layout: fixed; font: 12px/1.5 ui-monospace, monospace; margin: .5rem 0 1.5rem }
td { vertical-align: top; padding: 0 .5rem; white-space: pre-wrap; overflow-wrap: anywhere }
td.n { width: 3.5rem; text-align: right; opacity: .6; user-select: none }
td.r { background: #f8514922 } td.a { background: #3fb95022 }
td.r b { background: #f8514955; font-weight: inherit } td.a b { background: #3fb95055; font-weight: inherit }
.bad { color: #c93c37 } .good { color: #2a8a3e } .note { color: #9a6700 }
h2 { font-size: 1rem; margin: 0 } ul { padding-left: 1.2rem }
`

/** A page of these facts, the first of which is its title, over what is HTML already. */
export const pageOf = (facts: ReadonlyArray<Fact>, body: string): string => {
  const [title, ...rest] = facts
  const name = escapeHtml(title?.text ?? "")
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${name}</title>
<style>${style}</style>
</head>
<body>
<h1>${name}</h1>
${factList(rest)}
${body}
</body>
</html>
`
}

export const factList = (facts: ReadonlyArray<Fact>): string =>
  `<ul>
${facts.map(({ mark, text }) => `<li class="${mark}">${escapeHtml(text)}</li>`).join("\n")}
</ul>`

export const diffPage = (found: FileDiff, original: string, modified: string): string => {
  const { facts, html } = diffHtml(found, original, modified)
  return pageOf(facts, html)
}

/** A difference as a part of a page, and what is to be said of it first. */
export const diffHtml = (
  found: FileDiff,
  original: string,
  modified: string
): { readonly facts: ReadonlyArray<Fact>; readonly html: string } => {
  const { blocks, hidden } =
    found.identical || found.kind === "json" ? { blocks: [], hidden: 0 } : blocksOf(found, original, modified)
  return {
    facts: factsOf(found, hidden),
    html: found.kind === "json" ? changesTable(found.changes) : blocks.map(section).join("\n")
  }
}

export const changesTable = (changes: ReadonlyArray<Change>): string =>
  changes.length === 0
    ? ""
    : `<table>
${changes
  .map(({ after, before, change, from, path }) => {
    const was = change === "moved" ? (from ?? "") : change === "added" ? "" : shortJson(before, 2000)
    const is = change === "added" || change === "changed" ? shortJson(after, 2000) : ""
    return `<tr><td>${change} ${escapeHtml(path)}</td><td class="r">${escapeHtml(was)}</td><td class="a">${escapeHtml(is)}</td></tr>`
  })
  .join("\n")}
</table>`

const section = ({ rows, within }: Block): string =>
  `<section>${within === "" ? "" : `<h2>${escapeHtml(within)}</h2>`}
<table>
${rows.map(line).join("\n")}
</table></section>`

const line = (row: Row): string => {
  const isSame = !row.changed
  return `<tr>${cell(row.left, isSame ? "" : "r")}${cell(row.right, isSame ? "" : "a")}</tr>`
}

const cell = (shown: Cell | undefined, kind: string): string => {
  if (shown === undefined) return '<td class="n"></td><td></td>'
  const parts = shown.parts.map(({ differs: isOwn, text }) =>
    isOwn && text !== "" ? `<b>${escapeHtml(text)}</b>` : escapeHtml(text)
  )
  return `<td class="n">${shown.line}</td><td class="${kind}">${parts.join("")}</td>`
}
