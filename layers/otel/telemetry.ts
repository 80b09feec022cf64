/** The tracer and the meter over one exporter. Loaded only where telemetry is asked for. */
import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import type * as HttpBody from "@effect/platform/HttpBody"
import * as Headers from "@effect/platform/Headers"
import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Tracer from "effect/Tracer"
import { randomUUID } from "node:crypto"
import { Meter } from "../../src/services/Meter.js"
import { makeMeasure } from "../../src/telemetry/metrics.js"
import { makeCounts } from "./counts.js"
import type { Wanted } from "./environment.js"
import * as Exporter from "./exporter.js"
import { makeTracer, type OtlpSpan } from "./tracer.js"
import { keyValues } from "./values.js"

/** Spans in one request: some 1.5 MB, where collectors take 20 by default. */
const batch = 2048
/** Spans that may wait; further ones are lost until some were sent. */
const capacity = 65_536

const bytesOf = (body: HttpBody.HttpBody): Uint8Array =>
  body._tag === "Uint8Array" ? body.body : new Uint8Array(0)

/** The span of another process that this one works for (W3C Trace Context); undefined where there is none that can be read. */
const parentOf = ({ traceparent }: Wanted): Tracer.ExternalSpan | undefined => {
  if (traceparent === undefined) return undefined
  const found = HttpTraceContext.w3c(Headers.fromInput({ traceparent: traceparent.toLowerCase() }))
  return found._tag === "Some" && !/^0+$/.test(found.value.traceId) && !/^0+$/.test(found.value.spanId)
    ? found.value
    : undefined
}

/** `version` is what the resource says of Aegis. */
export const layer = (wanted: Wanted, version: string): Layer.Layer<never> =>
  Layer.unwrapScoped(
    Effect.gen(function* () {
      const { metrics: metricBody, traces: traceBody } = yield* OtlpSerialization.OtlpSerialization
      const clock = yield* Effect.clock
      const resource = {
        // who sends a series must be told from who sends the same one beside it, or later
        attributes: keyValues(
          Object.entries({
            // of a program under its own name this is not the version
            ...(wanted.resource["service.name"] === "aegis" ? { "service.version": version } : {}),
            "service.instance.id": randomUUID(),
            // the specification wants every exporter to say what made its telemetry (resource/telemetry.md)
            "telemetry.sdk.name": "aegis",
            "telemetry.sdk.language": "nodejs",
            "telemetry.sdk.version": version,
            ...wanted.resource
          })
        ),
        droppedAttributesCount: 0
      }
      const scope = { name: "aegis", version }
      const outlets: Array<Exporter.Outlet> = []
      let layers: Layer.Layer<never> = Layer.empty

      if (wanted.traces !== undefined) {
        let waiting: Array<() => OtlpSpan> = []
        outlets.push({
          kind: "traces",
          destination: wanted.traces,
          next: () => {
            const spans = waiting.slice(0, batch).map((make) => make())
            waiting = waiting.slice(batch)
            return spans.length === 0
              ? undefined
              : bytesOf(traceBody({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] }))
          }
        })
        const parent = parentOf(wanted)
        const tracer = makeTracer({
          sampler: wanted.sampler,
          take: (span) => {
            if (waiting.length < capacity) waiting.push(span)
          },
          traceState: parent === undefined ? undefined : wanted.tracestate
        })
        layers = Layer.setTracer(tracer)
        if (parent !== undefined) layers = Layer.merge(layers, Layer.parentSpan(parent))
      }

      if (wanted.metrics !== undefined) {
        const counts = makeCounts(wanted.temporality, clock.unsafeCurrentTimeNanos())
        const measure = makeMeasure(wanted.dialect)
        let isNew = false
        outlets.push({
          kind: "metrics",
          destination: wanted.metrics,
          next: () => {
            if (!isNew) return undefined
            isNew = false
            const metrics = counts.snapshot(clock.unsafeCurrentTimeNanos())
            return bytesOf(
              metricBody({ resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] })
            )
          }
        })
        const unsafeCount: Meter["Type"]["unsafeCount"] = (event) => {
          for (const measurement of measure(event)) {
            counts.add(measurement)
            isNew = true
          }
        }
        layers = Layer.merge(layers, Layer.succeed(Meter, { unsafeCount }))
      }

      yield* Exporter.run(outlets, { agent: `aegis/${version}`, patience: wanted.patience })
      return layers
    })
  ).pipe(Layer.provide(OtlpSerialization.layerProtobuf))
