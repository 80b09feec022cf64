/**
 * One page that shows figures and needs nothing else: no address stands in it that a browser would go to, and its policy would not let it
 * go to one. Scripts are admitted by their digests, so that none can be smuggled in by a name.
 */
import { createHash } from "node:crypto"
import { count, difference, duration, percent } from "../format.js"
import { drawing } from "./drawing.js"
import { escapeHtml } from "./escape.js"
import type { Figure, PlainTable, Unit } from "./Figure.js"

/** The colours of series are those of Okabe and Ito, "Color Universal Design" (2008), which colour-blind people tell apart. */
const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif;
  --page: #fff; --text: #24292f; --faint: #57606a; --rule: #d0d7de;
  --series-0: #0072b2; --series-1: #e69f00; --series-2: #009e73; --series-3: #cc79a7;
  --series-4: #56b4e9; --series-5: #d55e00; --series-6: #b8a900; --series-7: #555 }
@media screen and (prefers-color-scheme: dark) { :root {
  --page: #0d1117; --text: #e6edf3; --faint: #9198a1; --rule: #30363d;
  --series-0: #4aa8e0; --series-6: #f0e442; --series-7: #bbb } }
body { margin: 2rem auto; max-width: 75rem; padding: 0 1rem; background: var(--page); color: var(--text) }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin: 2rem 0 .25rem } p { margin: .25rem 0; color: var(--faint) }
figure { margin: 0 0 2.5rem } .chart { position: relative; height: 20rem; margin: .75rem 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem } dt { color: var(--faint) } dd { margin: 0 }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: top; white-space: nowrap }
th:first-child, td:first-child { padding-left: 0 } th:last-child, td:last-child { padding-right: 0 }
tbody th { font-weight: normal } .words { text-align: left } .words:last-child { min-width: 16rem; white-space: normal }
summary { cursor: pointer; color: var(--faint) }
:focus-visible { outline: 2px solid var(--series-0); outline-offset: 2px }
@page { margin: 1.5cm }
@media print { :root { color-scheme: light; font-size: 10pt } body { margin: 0; max-width: none; padding: 0 }
  figure, tr { break-inside: avoid } h2 { break-after: avoid } .scroll { overflow: visible } .words { white-space: normal }
  canvas { max-width: 100% } details:not([open]) { display: none } }
`

export interface Page {
  readonly title: string
  /** A name and its value, each a line. */
  readonly facts: ReadonlyArray<readonly [string, string]>
  readonly figures: ReadonlyArray<Figure>
  readonly tables: ReadonlyArray<PlainTable>
}

/** `charts` is the library that draws, as a script. */
export const pageHtml = ({ facts, figures, tables, title }: Page, charts: string): string => {
  const scripts = [charts, drawing].map(inScript)
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${scripts.map(digestOf).join(" ")}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<dl>
${facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join("\n")}
</dl>
${figures.map(figureHtml).join("\n")}
${tables.map(tableHtml).join("\n")}
</main>
<script type="application/json" id="figures">${jsonInHtml(figures)}</script>
${scripts.map((script) => `<script>${script}</script>`).join("\n")}
</body>
</html>
`
}

/** As it may stand between the tags of a script; in JavaScript \`<\\/\` is \`</\`. */
const inScript = (script: string): string => script.replaceAll(/<\/(?=script)/gi, "<\\/")

const digestOf = (script: string): string =>
  `'sha256-${createHash("sha256").update(script).digest("base64")}'`

/** JSON that cannot end the tag that it stands in. */
const jsonInHtml = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/** Of rows, room for a legend, an axis, and beside each other three lines of a label and its bars. */
const heightOf = ({ kind, labels, series }: Figure): string =>
  kind === "rows" ? `${6 + labels.length * Math.max(3, 1 + series.length)}rem` : "20rem"

const figureHtml = (figure: Figure, at: number): string => {
  const { labels, note, over, series, title, unit } = figure
  const rows = labels.map((label, row) => [
    label,
    ...series.map(({ values }) => shown(values[row] ?? null, unit))
  ])
  const heads = [over, ...series.map(({ name }) => name)]
  return `<figure aria-labelledby="title-${at}">
<h2 id="title-${at}">${escapeHtml(title)}</h2>
<p id="note-${at}">${escapeHtml(note)}</p>
<div class="chart" style="height:${heightOf(figure)}"><canvas id="chart-${at}" role="img" aria-labelledby="title-${at}" aria-describedby="note-${at}"></canvas></div>
<details><summary>The same as a table</summary>
${gridHtml(`title-${at}`, heads, rows, (column) => column > 0)}</details>
</figure>`
}

const tableHtml = ({ figures = [], heads, rows, title }: PlainTable, at: number): string =>
  rows.length === 0
    ? ""
    : `<section>
<h2 id="table-${at}">${escapeHtml(title)}</h2>
${gridHtml(`table-${at}`, heads, rows, (column) => figures.includes(heads[column] ?? ""))}
</section>`

/** A table that the heading with this id names; it scrolls where a window is narrow, by keys too. */
const gridHtml = (
  named: string,
  heads: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  isFigure: (column: number) => boolean
): string => {
  const words = (column: number): string => (isFigure(column) ? "" : ' class="words"')
  const cell = (text: string, column: number): string =>
    column === 0
      ? `<th scope="row"${words(column)}>${escapeHtml(text)}</th>`
      : `<td${words(column)}>${escapeHtml(text)}</td>`
  return `<div class="scroll" role="region" tabindex="0" aria-labelledby="${named}"><table aria-labelledby="${named}">
<thead><tr>${heads.map((head, column) => `<th scope="col"${words(column)}>${escapeHtml(head)}</th>`).join("")}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n")}
</tbody></table></div>`
}

const shown = (value: number | null, unit: Unit): string =>
  value === null ? "–" : { usd: difference, rate: percent, count, milliseconds: duration }[unit](value)
