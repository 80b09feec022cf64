/** What is named by its id has to be there: what would be kept would lead nowhere. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { GraphNode } from "../domain/GraphNode.js"
import { RunNotFound } from "../domain/RunErrors.js"
import type { ToolTrace } from "../domain/ToolTrace.js"
import { GraphNodeStore } from "../services/GraphNodeStore.js"
import type { ReadError } from "../services/RunLog.js"
import { ToolTraceStore } from "../services/ToolTraceStore.js"

const there =
  (kind: RunNotFound["kind"], name: string) =>
  <A>(found: Option.Option<A>): Effect.Effect<A, RunNotFound> =>
    Option.match(found, {
      onNone: () => new RunNotFound({ kind, name }),
      onSome: (value) => Effect.succeed(value)
    })

export const knownNode = (id: string): Effect.Effect<GraphNode, ReadError | RunNotFound, GraphNodeStore> =>
  Effect.flatMap(GraphNodeStore, (nodes) => Effect.flatMap(nodes.load(id), there("node", id)))

export const knownTrace = (id: string): Effect.Effect<ToolTrace, ReadError | RunNotFound, ToolTraceStore> =>
  Effect.flatMap(ToolTraceStore, (traces) => Effect.flatMap(traces.load(id), there("tool trace", id)))
