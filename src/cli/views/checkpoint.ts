/** A checkpoint for a person: what it is, and what its state consists of, by its keys. */
import * as Effect from "effect/Effect"
import type { Checkpoint } from "../../domain/Checkpoint.js"
import type { CheckpointEntry } from "../../domain/CheckpointLog.js"
import type { GraphNode } from "../../domain/GraphNode.js"
import { chosen, fact, jsonFact } from "./facts.js"
import { ago, bytes, cut, plural, shortIds } from "./format.js"
import { type Paint, paint } from "./paint.js"
import type { Style } from "./Style.js"
import { table } from "./table.js"

/** What a checkpoint says that has no scaffold. */
const noScaffold = "00000000-0000-0000-0000-000000000000"

const nameOf = ({ name, revision }: Pick<Checkpoint, "name" | "revision">): string =>
  chosen(revision === undefined ? name : `${name}@${revision}`)

/** A checkpoint that was just saved: what to call it from now on. */
export const savedView = (checkpoint: Checkpoint, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  return Effect.succeed(
    [
      ...fact(colors, "id", checkpoint.id),
      ...fact(colors, "name", nameOf(checkpoint)),
      ...fact(colors, "branch", checkpoint.branch === undefined ? undefined : chosen(checkpoint.branch)),
      ...fact(colors, "thread", checkpoint.thread === undefined ? undefined : chosen(checkpoint.thread))
    ].join("\n")
  )
}

/** A checkpoint as a whole. `entry` has what points to it. */
export const checkpointView =
  (entry: CheckpointEntry, now: number) =>
  (checkpoint: Checkpoint, style: Style): Effect.Effect<string> => {
    const colors = paint(style)
    const { createdAt, metadata, nodes, parentId, scaffoldId, state } = checkpoint
    const facts = [
      ...fact(colors, "id", checkpoint.id),
      ...fact(colors, "name", nameOf(checkpoint)),
      ...fact(colors, "thread", chosen(entry.thread)),
      ...fact(colors, "path", entry.path === "" ? undefined : chosen(entry.path)),
      ...fact(colors, "branch", checkpoint.branch === undefined ? undefined : chosen(checkpoint.branch)),
      ...fact(
        colors,
        "tip of",
        entry.branches.length === 0 ? undefined : entry.branches.map(chosen).join(", ")
      ),
      ...fact(colors, "tags", entry.tags.length === 0 ? undefined : entry.tags.map(chosen).join(", ")),
      ...fact(colors, "parent", parentId),
      ...fact(colors, "scaffold", scaffoldId === noScaffold ? undefined : scaffoldId),
      ...fact(colors, "created", `${createdAt} (${ago(createdAt, now)})`),
      ...jsonFact(colors, style, "metadata", metadata),
      ...nodeLines(nodes, colors, style)
    ]
    const keys = Object.entries(state).map(([key, value]) => ({ key, ...summaryOf(value) }))
    const whole = keys.reduce((sum, { size }) => sum + size, 0)
    const heading = fact(colors, "state", `${plural(keys.length, "key")}, ${bytes(whole)}`)
    if (keys.length === 0) return Effect.succeed([...facts, ...heading].join("\n"))
    return Effect.map(
      table(
        [
          { head: "key", rank: 0, wraps: true, cells: keys.map(({ key }) => chosen(key)) },
          { head: "holds", rank: 1, cells: keys.map(({ holds }) => holds) },
          { head: "size", rank: 0, align: "right", cells: keys.map(({ size }) => bytes(size)) }
        ],
        style
      ),
      (drawn) => [...facts, ...heading, drawn].join("\n")
    )
  }

const nodeLines = (nodes: ReadonlyArray<GraphNode>, colors: Paint, style: Style): ReadonlyArray<string> => {
  const short = shortIds(nodes.map(({ id }) => id))
  return nodes.flatMap((node, at) => {
    const { dependsOn = [], id, name, nodeType } = node
    const after = dependsOn.length === 0 ? "" : `, after ${dependsOn.map(short).join(", ")}`
    return fact(
      colors,
      at === 0 ? "nodes" : "",
      cut(`${nodeType} ${name === undefined ? "" : `${chosen(name)} `}${id}${after}`, style.width)
    )
  })
}

/** What a value is, and the bytes that it takes as JSON. Not the value: it may be a secret, and it may be long. */
const summaryOf = (value: unknown): { readonly holds: string; readonly size: number } => ({
  holds: kindOf(value),
  size: sizeOf(value)
})

const kindOf = (value: unknown): string => {
  if (value === null) return "nothing"
  if (Array.isArray(value)) return `list of ${value.length}`
  if (typeof value === "object") return `object of ${Object.keys(value).length}`
  return typeof value === "string" ? "text" : typeof value
}

/** By its parts, so that what is nested deeply is measured too. */
const sizeOf = (root: unknown): number => {
  let size = 0
  const open: Array<unknown> = [root]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value !== "object" || value === null) size += Buffer.byteLength(JSON.stringify(value) ?? "")
    else {
      const parts = Object.entries(value)
      size += 2 + Math.max(0, parts.length - 1)
      for (const [key, part] of parts) {
        if (!Array.isArray(value)) size += Buffer.byteLength(JSON.stringify(key)) + 1
        open.push(part)
      }
    }
  }
  return size
}

/** Checkpoints as a table, newest first. */
export const listView =
  (now: number) =>
  (
    { checkpoints }: { readonly checkpoints: ReadonlyArray<CheckpointEntry> },
    style: Style
  ): Effect.Effect<string> => {
    if (checkpoints.length === 0) return Effect.succeed("no checkpoints")
    const short = shortIds(checkpoints.map(({ id }) => id))
    return table(
      [
        { head: "id", rank: 0, cells: checkpoints.map(({ id }) => short(id)) },
        { head: "name", rank: 0, cells: checkpoints.map(nameOf) },
        { head: "thread", rank: 1, wraps: true, cells: checkpoints.map(({ thread }) => chosen(thread)) },
        { head: "branch", rank: 2, cells: checkpoints.map(({ branch }) => chosen(branch ?? "")) },
        {
          head: "tags",
          rank: 3,
          wraps: true,
          cells: checkpoints.map(({ tags }) => tags.map(chosen).join(", "))
        },
        { head: "keys", rank: 4, align: "right", cells: checkpoints.map(({ keys }) => String(keys)) },
        { head: "saved", rank: 1, cells: checkpoints.map(({ createdAt }) => ago(createdAt, now)) }
      ],
      style
    )
  }
