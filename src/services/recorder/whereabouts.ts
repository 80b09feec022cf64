/** Where an operation is: the recording and the node of it that it is part of, and the span around it, if anybody sees that. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import type { TelemetryRecord } from "../../domain/TelemetryRecord.js"
import { isSeen } from "../../telemetry/seen.js"
import type { ActiveNode } from "./ActiveNode.js"
import { current } from "./Scope.js"

export type Whereabouts = Pick<TelemetryRecord, "checkpointId" | "nodeId" | "traceId" | "spanId">

const nowhere: Whereabouts = {}

const spanAround = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Tracer.AnySpan | undefined =>
  isSeen(fiber)
    ? Option.getOrUndefined(Context.getOption(fiber.currentContext, Tracer.ParentSpan))
    : undefined

/** Of what is done in a node and a span. Objects are made as literals: hits of the cache take microseconds. */
export const whereaboutsOf = (
  node: ActiveNode | undefined,
  span: Tracer.AnySpan | undefined
): Whereabouts => {
  const seen = span === undefined ? nowhere : { traceId: span.traceId, spanId: span.spanId }
  // nodes are saved at the checkpoint that their recording is
  return node === undefined ? seen : { checkpointId: node.run.id, nodeId: node.id, ...seen }
}

export const whereabouts: Effect.Effect<Whereabouts> = Effect.withFiberRuntime((fiber) =>
  Effect.succeed(whereaboutsOf(fiber.getFiberRef(current)?.node, spanAround(fiber)))
)
