/** How two runs differ, on a terminal: their state, then node by node, then what they keep. */
import type { FileDiff } from "../../../domain/FileDiff.js"
import type { ArtifactDiff, NodeDiff, PartChange, RunDiff, ValueChange } from "../../../domain/RunDiff.js"
import { changeLine } from "../changes.js"
import { plural } from "../format.js"
import { type Paint, paint } from "../paint.js"
import { diffLines, printable, type Shown } from "./view.js"

export const runView = (found: RunDiff, style: Shown): string => {
  const colors = paint(style)
  const values = (what: string, changes: ReadonlyArray<ValueChange>): ReadonlyArray<string> =>
    changes.flatMap((change) => valueLines(what, change, style, colors))
  return [
    colors.strong(printable(runTitle(found))),
    summaryOf(found),
    ...values(found.kind === "checkpoints" ? "state " : "", found.state),
    ...found.nodes.flatMap((node) => [
      headingLine(node.change, nodeTitle(node), colors),
      ...partsOf(node).flatMap(([what, changes]) => values(`${what} `, changes))
    ]),
    ...found.artifacts.flatMap((artifact) => [
      headingLine(artifact.change, artifactTitle(artifact), colors),
      ...values("content ", artifact.content)
    ])
  ].join("\n")
}

export const runTitle = ({ modified, original }: RunDiff): string => `${original.word} -> ${modified.word}`

/** How much of it is what, in one line. */
export const summaryOf = ({ artifacts, identical, kind, nodes, same, state }: RunDiff): string => {
  const parts = [...nodes, ...artifacts]
  if (identical && parts.length === 0 && state.length === 0) return "no difference"
  const changes: ReadonlyArray<PartChange> = ["changed", "added", "removed", "equivalent"]
  const counts = changes.flatMap((change) => {
    const number = nodes.filter((node) => node.change === change).length
    return number === 0 ? [] : [`${plural(number, "node")} ${change}`]
  })
  const kept = artifacts.length === 0 ? [] : [`${plural(artifacts.length, "artifact")} not the same`]
  const own = state.length === 0 ? [] : [`${plural(state.length, "change")} of the state`]
  const rest = kind === "nodes" || same === 0 ? [] : [`${plural(same, "node")} the same`]
  const line = [...own, ...counts, ...kept, ...rest].join(", ")
  return identical ? `no difference: ${line}` : line
}

export const nodeTitle = ({ ended, kind, name }: NodeDiff): string =>
  `${kind}/${name}${ended === undefined ? "" : ` (${ended.original} -> ${ended.modified})`}`

export const artifactTitle = ({ name, node, type }: ArtifactDiff): string =>
  `artifact ${type}${name === undefined ? "" : ` ${name}`}${node === undefined ? "" : ` of ${node}`}`

/** The parts of a node that differ, each with what it is called. */
export const partsOf = ({
  inputs,
  output,
  state
}: NodeDiff): ReadonlyArray<readonly [what: string, changes: ReadonlyArray<ValueChange>]> => [
  ["input", inputs],
  ["state", state],
  ["output", output]
]

/** The two texts of a change that was compared as texts. */
export const textsOf = ({
  after,
  as,
  before
}: ValueChange): { readonly as: FileDiff; readonly before: string; readonly after: string } | undefined =>
  as !== undefined && typeof before === "string" && typeof after === "string"
    ? { as, before, after }
    : undefined

/** Where an input is what another node came to, that is recorded as its digest. */
const outputKey = "/$output"

/** What to say of an input that is another output of the same node: its digest tells a reader nothing. */
export const outputOf = (
  what: string,
  { change, path }: ValueChange
): readonly [path: string, said: string] | undefined =>
  what === "input" && change === "changed" && path.endsWith(outputKey)
    ? [path.slice(0, -outputKey.length), "another output of its node"]
    : undefined

const signs: Readonly<Record<PartChange, string>> = {
  added: "+",
  removed: "-",
  changed: "~",
  equivalent: "="
}

const headingLine = (change: PartChange, title: string, colors: Paint): string => {
  const line = `${signs[change]} ${printable(title)}`
  return change === "added"
    ? colors.good(line)
    : change === "removed"
      ? colors.bad(line)
      : colors.strong(line)
}

export const valueLines = (
  what: string,
  change: ValueChange,
  style: Shown,
  colors: Paint
): ReadonlyArray<string> => {
  const texts = textsOf(change)
  const output = outputOf(what.trimEnd(), change)
  if (output !== undefined) return [`  ~ ${what}${printable(output[0])}  ${output[1]}`]
  if (texts === undefined) return [`  ${changeLine(change, what, style, colors)}`]
  const [, ...lines] = diffLines(texts.as, texts.before, texts.after, style)
  const path = change.path === "" ? "(all of it)" : printable(change.path)
  return [
    `  ${texts.as.identical ? "=" : "~"} ${what}${path}`,
    ...(change.invalid === undefined
      ? []
      : [colors.note(`not compared as code: ${printable(change.invalid)}`)]),
    ...lines
  ]
}
