/** Where an operation is: the node of a recorded run that it is part of, and the span around it, if anybody sees that. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Context from "effect/Context"
import * as Tracer from "effect/Tracer"
import type { TelemetryRecord } from "../../domain/TelemetryRecord.js"
import { isSeen } from "../../telemetry/cacheSpan.js"
import { current } from "./Scope.js"

export type Whereabouts = Pick<TelemetryRecord, "nodeId" | "traceId" | "spanId">

export const whereabouts: Effect.Effect<Whereabouts> = Effect.withFiberRuntime((fiber) => {
  const node = fiber.getFiberRef(current)?.node
  const span = isSeen(fiber)
    ? Option.getOrUndefined(Context.getOption(fiber.currentContext, Tracer.ParentSpan))
    : undefined
  return Effect.succeed({
    ...(node === undefined ? {} : { nodeId: node.id }),
    ...(span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId })
  })
})
