/** Calls of tools, for a person. */
import * as Effect from "effect/Effect"
import type { ToolTraceList } from "../../domain/RunListings.js"
import type { ToolTrace } from "../../domain/ToolTrace.js"
import { chosen, fact, jsonFact } from "./facts.js"
import { cut, duration } from "./format.js"
import { type Paint, paint } from "./paint.js"
import type { Style } from "./Style.js"
import { type Branch, treeLines } from "./tree.js"

export const traceView = (trace: ToolTrace, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  const { checkpointId, createdAt, error, id, inputs, metadata, nodeId, outputs, parentId, toolName } = trace
  return Effect.succeed(
    [
      ...fact(colors, "id", id),
      ...fact(colors, "tool", chosen(toolName)),
      ...fact(colors, "ended", outcome(trace, colors)),
      ...fact(colors, "error", error === undefined ? undefined : cut(error, style.width)),
      ...fact(colors, "duration", duration(trace.duration)),
      ...fact(colors, "checkpoint", checkpointId),
      ...fact(colors, "part of", parentId),
      ...fact(colors, "node", nodeId),
      ...fact(colors, "created", createdAt),
      ...jsonFact(colors, style, "inputs", inputs),
      ...jsonFact(colors, style, "outputs", outputs),
      ...jsonFact(colors, style, "metadata", metadata)
    ].join("\n")
  )
}

const outcome = ({ success }: ToolTrace, colors: Paint): string =>
  success ? colors.good("ok") : colors.bad("failed")

/** Calls as a tree: each under the call that it was a part of. A call whose own is not there stands at the root. */
export const tracesView = ({ traces }: ToolTraceList, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  if (traces.length === 0) return Effect.succeed("no tool calls")
  const known = new Map<string, { readonly line: string; readonly children: Array<Branch> }>(
    traces.map((trace) => [trace.id, { line: lineOf(trace, style, colors), children: [] }])
  )
  const roots: Array<Branch> = []
  for (const { id, parentId } of traces) {
    const branch = known.get(id)
    if (branch === undefined) continue
    // a call is made after the one that it is a part of, so there are no circles
    const above = parentId === undefined || parentId === id ? undefined : known.get(parentId)
    ;(above?.children ?? roots).push(branch)
  }
  return Effect.succeed(treeLines(roots).join("\n"))
}

const lineOf = (trace: ToolTrace, style: Style, colors: Paint): string =>
  [
    chosen(trace.toolName),
    duration(trace.duration),
    outcome(trace, colors),
    colors.faint(trace.id),
    ...(trace.error === undefined ? [] : [colors.bad(cut(trace.error, Math.floor(style.width / 2)))])
  ].join("  ")
