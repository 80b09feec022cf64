/** What a program tells of itself in spans, kept for a test. */
import type * as Exit from "effect/Exit"
import * as Tracer from "effect/Tracer"

export interface Seen {
  readonly name: string
  readonly kind: Tracer.SpanKind
  readonly parent: string | undefined
  readonly attributes: Map<string, unknown>
  /** How it ended and when, in nanoseconds. */
  ended:
    { readonly exit: Exit.Exit<unknown, unknown>; readonly from: bigint; readonly to: bigint } | undefined
}

/** A tracer that keeps what it is told. */
export const makeTracer = (): { readonly tracer: Tracer.Tracer; readonly spans: Array<Seen> } => {
  const spans: Array<Seen> = []
  const tracer = Tracer.make({
    context: (run) => run(),
    span: (name, parent, context, links, startTime, kind) => {
      const seen: Seen = {
        name,
        kind,
        parent: parent._tag === "Some" && parent.value._tag === "Span" ? parent.value.name : undefined,
        attributes: new Map<string, unknown>(),
        ended: undefined
      }
      spans.push(seen)
      return {
        _tag: "Span",
        name,
        spanId: String(spans.length),
        traceId: "trace",
        parent,
        context,
        links: [...links],
        status: { _tag: "Started", startTime },
        sampled: true,
        kind,
        attributes: seen.attributes,
        attribute: (key, value) => void seen.attributes.set(key, value),
        addLinks: () => undefined,
        event: () => undefined,
        end: (to, exit) => void (seen.ended = { exit, from: startTime, to })
      }
    }
  })
  return { tracer, spans }
}
