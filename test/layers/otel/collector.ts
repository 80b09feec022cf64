/** A collector on loopback that understands what it is sent: by the schema of OpenTelemetry's own repository, as its JavaScript SDK has it. */
import root from "@opentelemetry/otlp-transformer/build/src/generated/root.js"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"

/** One request as it came. */
export interface Received {
  readonly path: string
  readonly headers: Http.IncomingHttpHeaders
  readonly body: Buffer
}

type Value = string | number | boolean | ReadonlyArray<Value> | undefined

/** A value with its type on the wire: what is an integer to one back end is no double to another. */
export interface Typed {
  readonly type: string
  readonly value: Value
}

type Typeds = Readonly<Record<string, Typed>>

export interface SpanSeen {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly traceState: string
  readonly flags: number
  readonly start: bigint
  readonly end: bigint
  readonly status: { readonly code: number; readonly message: string }
  readonly attributes: Typeds
  readonly events: ReadonlyArray<{ readonly name: string; readonly attributes: Typeds }>
  readonly resource: Typeds
  readonly scope: string
}

export interface PointSeen {
  readonly attributes: Typeds
  /** Of a sum its value, of a histogram its sum. */
  readonly value: number
  readonly isInteger: boolean
  readonly count: number
  readonly buckets: ReadonlyArray<number>
  readonly bounds: ReadonlyArray<number>
}

export interface MetricSeen {
  readonly name: string
  readonly unit: string
  readonly kind: "sum" | "histogram"
  readonly isMonotonic: boolean
  readonly temporality: number
  readonly points: ReadonlyArray<PointSeen>
  readonly resource: Typeds
}

/** As protobufjs makes plain objects of messages: what is repeated is there, longs are texts, bytes are base64. */
interface AnyValue {
  readonly value?: string
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly intValue?: string
  readonly doubleValue?: number
  readonly arrayValue?: { readonly values: ReadonlyArray<AnyValue> }
}

interface KeyValue {
  readonly key: string
  readonly value: AnyValue
}

interface Described {
  readonly attributes: ReadonlyArray<KeyValue>
}

interface TraceRequest {
  readonly resourceSpans: ReadonlyArray<{
    readonly resource: Described
    readonly scopeSpans: ReadonlyArray<{
      readonly scope: { readonly name: string }
      readonly spans: ReadonlyArray<
        Described & {
          readonly name: string
          readonly kind: number
          readonly traceId: string
          readonly spanId: string
          readonly parentSpanId: string
          readonly traceState: string
          readonly flags: number
          readonly startTimeUnixNano: string
          readonly endTimeUnixNano: string
          readonly status: { readonly code: number; readonly message: string }
          readonly events: ReadonlyArray<Described & { readonly name: string }>
        }
      >
    }>
  }>
}

interface NumberPoint extends Described {
  readonly value: "asInt" | "asDouble"
  readonly asInt?: string
  readonly asDouble?: number
}

interface HistogramPoint extends Described {
  readonly count: string
  readonly sum: number
  readonly bucketCounts: ReadonlyArray<string>
  readonly explicitBounds: ReadonlyArray<number>
}

interface MetricsRequest {
  readonly resourceMetrics: ReadonlyArray<{
    readonly resource: Described
    readonly scopeMetrics: ReadonlyArray<{
      readonly metrics: ReadonlyArray<{
        readonly name: string
        readonly unit: string
        readonly sum?: {
          readonly isMonotonic: boolean
          readonly aggregationTemporality: number
          readonly dataPoints: ReadonlyArray<NumberPoint>
        }
        readonly histogram?: {
          readonly aggregationTemporality: number
          readonly dataPoints: ReadonlyArray<HistogramPoint>
        }
      }>
    }>
  }>
}

interface Message<A> {
  readonly decode: (bytes: Uint8Array) => object
  readonly toObject: (message: object, options: object) => A
}

interface Generated {
  readonly proto: {
    readonly collector: {
      readonly trace: { readonly v1: { readonly ExportTraceServiceRequest: Message<TraceRequest> } }
      readonly metrics: { readonly v1: { readonly ExportMetricsServiceRequest: Message<MetricsRequest> } }
    }
  }
}

// generated code without types: this is what opentelemetry-proto's messages are called, and what they hold
const { metrics, trace } = (Reflect.get(root, "opentelemetry") as Generated).proto.collector

const decode =
  <A>(message: Message<A>) =>
  ({ body }: Received): A =>
    message.toObject(message.decode(body), { longs: String, bytes: String, defaults: true, oneofs: true })

const hex = (base64: string): string => Buffer.from(base64, "base64").toString("hex")

const typed = (any: AnyValue): Typed => {
  const type = any.value ?? "none"
  switch (type) {
    case "arrayValue":
      return { type, value: any.arrayValue?.values.map((each) => typed(each).value) }
    case "intValue":
      return { type, value: Number(any.intValue) }
    default:
      return { type, value: any.stringValue ?? any.doubleValue ?? any.boolValue }
  }
}

const typeds = ({ attributes }: Described): Typeds =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, typed(value)]))

export const spansOf = (received: ReadonlyArray<Received>): ReadonlyArray<SpanSeen> =>
  received
    .filter(({ path }) => path.endsWith("/traces"))
    .flatMap((each) => decode(trace.v1.ExportTraceServiceRequest)(each).resourceSpans)
    .flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ scope, spans }) =>
        spans.map((span) => ({
          ...span,
          traceId: hex(span.traceId),
          spanId: hex(span.spanId),
          parentSpanId: hex(span.parentSpanId),
          start: BigInt(span.startTimeUnixNano),
          end: BigInt(span.endTimeUnixNano),
          attributes: typeds(span),
          events: span.events.map((event) => ({ name: event.name, attributes: typeds(event) })),
          resource: typeds(resource),
          scope: scope.name
        }))
      )
    )

const numberSeen = (point: NumberPoint): PointSeen => ({
  attributes: typeds(point),
  value: Number(point.value === "asInt" ? point.asInt : point.asDouble),
  isInteger: point.value === "asInt",
  count: 0,
  buckets: [],
  bounds: []
})

const histogramSeen = (point: HistogramPoint): PointSeen => ({
  attributes: typeds(point),
  value: point.sum,
  isInteger: false,
  count: Number(point.count),
  buckets: point.bucketCounts.map(Number),
  bounds: point.explicitBounds
})

export const metricsOf = (received: ReadonlyArray<Received>): ReadonlyArray<MetricSeen> =>
  received
    .filter(({ path }) => path.endsWith("/metrics"))
    .flatMap((each) => decode(metrics.v1.ExportMetricsServiceRequest)(each).resourceMetrics)
    .flatMap(({ resource, scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) =>
        metrics.map(({ histogram, name, sum, unit }) => ({
          name,
          unit,
          kind: histogram ? "histogram" : "sum",
          isMonotonic: sum?.isMonotonic ?? false,
          temporality: (sum ?? histogram)?.aggregationTemporality ?? 0,
          points: [
            ...(sum?.dataPoints ?? []).map(numberSeen),
            ...(histogram?.dataPoints ?? []).map(histogramSeen)
          ],
          resource: typeds(resource)
        }))
      )
    )

/** The values of attributes without their types. */
export const plain = (attributes: Typeds): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(attributes).map(([key, { value }]) => [key, value]))

export interface Collector {
  readonly url: string
  readonly received: Array<Received>
  /** What the next requests are answered with, in order; then 200. "never" leaves one without an answer. */
  readonly answers: Array<number | "never">
}

/** A collector; the scope closes it, with all that still hangs on it. */
export const collector: Effect.Effect<Collector, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.async<Collector & { readonly server: Http.Server }>((resume) => {
      const received: Array<Received> = []
      const answers: Array<number | "never"> = []
      const server = Http.createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          received.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) })
          const answer = answers.shift() ?? 200
          if (answer !== "never") response.writeHead(answer).end()
        })
      })
      server.listen(0, "127.0.0.1", () => {
        // listening on TCP, so its address is one
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, received, answers, server }))
      })
    }),
    ({ server }) =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  ),
  ({ server: _, ...collector }) => collector
)

/** The environment that sends there. A machine that does other things answers late, so the end may take its time. */
export const sendingTo = ({ url }: Pick<Collector, "url">): Readonly<Record<string, string>> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  AEGIS_OTEL_PATIENCE_MS: "20000"
})
