/** Where an operation is: the recording and the node of it that it is part of, and the span around it, if anybody sees that. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import type { TelemetryRecord } from "../../domain/TelemetryRecord.js"
import { isSeen } from "../../telemetry/seen.js"
import { current } from "./Scope.js"

export type Whereabouts = Pick<TelemetryRecord, "checkpointId" | "nodeId" | "traceId" | "spanId">

const nowhere: Whereabouts = {}

const spanAround = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Tracer.AnySpan | undefined =>
  isSeen(fiber)
    ? Option.getOrUndefined(Context.getOption(fiber.currentContext, Tracer.ParentSpan))
    : undefined

/** Of what a fiber does now; `own` is the span of the operation itself, where it is not the one around it. */
export const whereaboutsOf = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  own?: Tracer.AnySpan
): Whereabouts => {
  const node = fiber.getFiberRef(current)?.node
  const span = own ?? spanAround(fiber)
  if (node === undefined && span === undefined) return nowhere
  return {
    // nodes are saved at the checkpoint that their recording is
    ...(node === undefined ? {} : { checkpointId: node.run.id, nodeId: node.id }),
    ...(span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId })
  }
}

export const whereabouts: Effect.Effect<Whereabouts> = Effect.withFiberRuntime((fiber) =>
  Effect.succeed(whereaboutsOf(fiber))
)
