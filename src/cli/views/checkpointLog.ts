/** The history of a run: its checkpoints as a graph, or its log line by line. */
import * as Effect from "effect/Effect"
import type { CheckpointEntry, CheckpointLog } from "../../domain/CheckpointLog.js"
import type { LogEntry } from "../../domain/LogEntry.js"
import type { EventLog } from "../../domain/RunListings.js"
import { chosen } from "./facts.js"
import { ago, count, shortIds } from "./format.js"
import { drawGraph } from "./graph.js"
import { type Paint, paint } from "./paint.js"
import type { Style } from "./Style.js"

/** `others` is how many other runs there are. */
export const graphView =
  (now: number, others: number) =>
  ({ checkpoints, more, thread }: CheckpointLog, style: Style): Effect.Effect<string> => {
    const colors = paint(style)
    const short = shortIds(checkpoints.map(({ id }) => id))
    const drawn = new Set(checkpoints.map(({ id }) => id))
    const points = checkpoints.map(({ id, parentId }) => ({ id, parent: parentId }))
    const lines = drawGraph(points, { goesOn: more > 0 }).map(({ point, text }) => {
      const entry = point === undefined ? undefined : checkpoints[point]
      if (entry === undefined) return text.trimEnd()
      const gone = more === 0 && entry.parentId !== undefined && !drawn.has(entry.parentId)
      return `${text} ${described(entry, short(entry.id), gone, now, colors)}`
    })
    return Effect.succeed(
      [
        `${colors.faint("thread")} ${colors.strong(chosen(thread))}${others === 0 ? "" : colors.faint(`  (${count(others)} more: --thread NAME)`)}`,
        ...lines,
        ...(more === 0 ? [] : [colors.faint(`… ${count(more)} more: --limit N`)])
      ].join("\n")
    )
  }

const described = (
  { branches, createdAt, name, path, revision, tags }: CheckpointEntry,
  id: string,
  gone: boolean,
  now: number,
  colors: Paint
): string => {
  const refs = [
    ...branches.map((each) => colors.good(chosen(each))),
    ...tags.map((each) => colors.note(`tag: ${chosen(each)}`))
  ]
  return [
    colors.note(id),
    chosen(revision === undefined ? name : `${name}@${revision}`),
    ...(path === "" ? [] : [colors.faint(`in ${chosen(path)}`)]),
    ...(refs.length === 0 ? [] : [`(${refs.join(", ")})`]),
    colors.faint(ago(createdAt, now)),
    ...(gone ? [colors.faint("(what it came from is not here)")] : [])
  ].join("  ")
}

const kindWords: { readonly [K in LogEntry["kind"]]: string } = {
  checkpoint: "checkpoint",
  writes: "writes",
  node: "node",
  toolTrace: "tool call",
  artifact: "artifact",
  branch: "branch",
  tag: "tag",
  prune: "prune",
  note: "note"
}

/** The log, an entry a line. */
export const eventsView = ({ entries }: EventLog, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  if (entries.length === 0) return Effect.succeed("nothing happened")
  const short = shortIds(entries.map(({ id }) => id))
  const numbers = Math.max(...entries.map(({ n }) => String(n).length))
  return Effect.succeed(
    entries
      .map(({ at, branch, gone, id, kind, n, name, path }) =>
        [
          colors.faint(String(n).padStart(numbers)),
          at,
          kindWords[kind].padEnd(10),
          colors.note(short(id)),
          ...(path === "" ? [] : [colors.faint(`in ${chosen(path)}`)]),
          ...(name === undefined ? [] : [chosen(name)]),
          ...(branch === undefined ? [] : [`on ${chosen(branch)}`]),
          ...(gone ? [colors.faint("(pruned since)")] : [])
        ].join("  ")
      )
      .join("\n")
  )
}
