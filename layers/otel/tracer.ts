/**
 * A tracer whose spans become OTLP's. Owns: ids, sampling, and that nothing of a failure but what `endOf` tells is in them. The stock one
 * of these versions marks failed spans as interrupted, interrupted ones as ok, samples none and sends stacks.
 */
import type { KeyValue } from "@effect/opentelemetry/OtlpResource"
import type * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import type * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { randomBytes } from "node:crypto"
import { attributeNames } from "../../src/telemetry/names.js"
import { type End, endOf } from "./failure.js"
import type { Sampler } from "./sampler.js"
import { keyValues } from "./values.js"

/** A span as the encoder takes it (opentelemetry/proto/trace/v1/trace.proto). */
export interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly traceState: string | undefined
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: ReadonlyArray<KeyValue>
  readonly droppedAttributesCount: number
  readonly events: ReadonlyArray<unknown>
  readonly droppedEventsCount: number
  readonly links: ReadonlyArray<unknown>
  readonly droppedLinksCount: number
  readonly status: { readonly code: number; readonly message?: string }
  readonly flags: number
}

const kinds: Readonly<Record<Tracer.SpanKind, number>> = {
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5
}

/** Of `Status`. What went well is unset: that something is ok is for applications to say (trace/api.md). */
const unset = 0
const failed = 2

/** Of `SpanFlags`: sampled; it is known whether the parent is remote; it is. */
const flagSampled = 0x01
const flagRemoteKnown = 0x100
const flagRemote = 0x200

/** Names folders of this machine, or holds what an error says: attributes that Effect sets by itself. */
const unsaid = new Set(["code.stacktrace", "effect.cause"])

const id = (bytes: number): string => randomBytes(bytes).toString("hex")

interface Event {
  readonly name: string
  readonly time: bigint
  readonly attributes: Readonly<Record<string, unknown>> | undefined
}

type Take = (span: Span, time: bigint, exit: Exit.Exit<unknown, unknown>) => void

class Span implements Tracer.Span {
  readonly _tag = "Span"
  readonly spanId = id(8)
  readonly traceId: string
  readonly sampled: boolean
  readonly attributes = new Map<string, unknown>()
  readonly events: Array<Event> = []
  readonly links: Array<Tracer.SpanLink>
  readonly name: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly context: Context.Context<never>
  readonly kind: Tracer.SpanKind
  readonly take: Take
  status: Tracer.SpanStatus

  constructor(
    [name, parent, context, links, startTime, kind]: Parameters<Tracer.Tracer["span"]>,
    sampler: Sampler,
    take: Take
  ) {
    const above = parent._tag === "Some" ? parent.value : undefined
    this.name = name
    this.parent = parent
    this.context = context
    this.kind = kind
    this.take = take
    this.traceId = above?.traceId ?? id(16)
    this.sampled = sampler(this.traceId, above?.sampled)
    this.links = [...links]
    this.status = { _tag: "Started", startTime }
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.status._tag === "Ended") return
    // what succeeded is not kept until it is sent: it may be a whole prompt
    const kept = Exit.isSuccess(exit) ? Exit.void : exit
    this.status = { _tag: "Ended", startTime: this.status.startTime, endTime, exit: kept }
    if (this.sampled) this.take(this, endTime, kept)
  }

  attribute(key: string, value: unknown): void {
    if (!unsaid.has(key)) this.attributes.set(key, value)
  }

  event(name: string, time: bigint, attributes?: Record<string, unknown>): void {
    this.events.push({ name, time, attributes })
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    for (const link of links) this.links.push(link)
  }
}

const said = (attributes: Readonly<Record<string, unknown>> | undefined): Array<KeyValue> =>
  keyValues(Object.entries(attributes ?? {}).filter(([key]) => !unsaid.has(key)))

const eventOf = ({ attributes, name, time }: Event): unknown => ({
  name,
  timeUnixNano: String(time),
  attributes: said(attributes),
  droppedAttributesCount: 0
})

/** As the conventions tell an exception (general/exceptions.md), without its stack. */
const exceptionOf = (end: End, time: bigint): ReadonlyArray<unknown> =>
  end._tag === "Failed"
    ? [
        eventOf({
          name: "exception",
          time,
          attributes: {
            "exception.type": end.type,
            ...(end.message === "" ? {} : { "exception.message": end.message })
          }
        })
      ]
    : []

const errorType = attributeNames.errorType.established
const interrupted = attributeNames.interrupted.established

const toOtlp = (
  span: Span,
  ended: { readonly time: bigint; readonly end: End },
  traceState?: string
): OtlpSpan => {
  const { end, time } = ended
  const above = span.parent._tag === "Some" ? span.parent.value : undefined
  if (end._tag === "Failed" && !span.attributes.has(errorType)) span.attributes.set(errorType, end.type)
  if (end._tag === "Interrupted") span.attributes.set(interrupted, true)
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: above?.spanId,
    traceState,
    name: span.name,
    kind: kinds[span.kind],
    startTimeUnixNano: String(span.status.startTime),
    endTimeUnixNano: String(time),
    attributes: keyValues(span.attributes),
    droppedAttributesCount: 0,
    events: [...span.events.map(eventOf), ...exceptionOf(end, time)],
    droppedEventsCount: 0,
    links: span.links.map(({ attributes, span: to }) => ({
      traceId: to.traceId,
      spanId: to.spanId,
      attributes: said(attributes),
      droppedAttributesCount: 0
    })),
    droppedLinksCount: 0,
    status:
      end._tag === "Failed"
        ? { code: failed, message: end.message === "" ? end.type : end.message }
        : { code: unset },
    flags: flagSampled | flagRemoteKnown | (above?._tag === "ExternalSpan" ? flagRemote : 0)
  }
}

/** `take` gets every span that is to be sent as it ends, and makes of it what is sent later. `traceState` came with the caller's trace. */
export const makeTracer = (options: {
  readonly sampler: Sampler
  readonly take: (span: () => OtlpSpan) => void
  readonly traceState?: string | undefined
}): Tracer.Tracer => {
  const take = (span: Span, time: bigint, exit: Exit.Exit<unknown, unknown>): void =>
    options.take(() => toOtlp(span, { time, end: endOf(exit) }, options.traceState))
  return Tracer.make({
    span: (...asked) => new Span(asked, options.sampler, take),
    context: (run) => run()
  })
}
