/** Aegis as a program would have it, in a folder that goes away, with the tracers that a program could have. */
import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { layerFor } from "../layers/AegisLive.js"
import { makeTracer, type OtlpSpan } from "../layers/otel/tracer.js"
import type { ResolvedScaffold } from "../src/domain/ResolvedScaffold.js"
import { ResolveInput } from "../src/domain/ResolveInput.js"
import * as AegisConfig from "../src/services/AegisConfig.js"
import { makePromptCompiler, type Ready } from "../src/services/promptCompiler.js"
import type { PriceList } from "../src/services/PriceList.js"
import { PromptLoader } from "../src/services/PromptLoader.js"
import { Providers } from "../src/services/ProviderAdapter.js"
import { ScaffoldCache } from "../src/services/ScaffoldCache.js"
import * as Schema from "effect/Schema"

/**
 * `none` is Effect's own tracer, whose spans nobody sees. `memory` keeps the ended spans in a buffer of 4,096, as an
 * exporter that never sends. `otlp` is the tracer that the `aegis` command has, whose spans are encoded as often as the
 * buffer is full.
 */
export type Tracing = "none" | "memory" | "otlp"

/** A prompt and the tenant it is resolved for. */
export interface Lookup {
  readonly input: ResolveInput
  readonly namespace: string
}

export interface Aegis {
  readonly cache: ScaffoldCache["Type"]
  readonly providers: Providers["Type"]
  readonly file: string
  /** Resolves one after the other in one fiber that never waits: for hits. */
  readonly resolveSync: (lookups: ReadonlyArray<Lookup>) => void
  /** The same, and reads everything of each but the request body. */
  readonly readSync: (lookups: ReadonlyArray<Lookup>) => void
  /** The same, and reads the request body of each. */
  readonly sendSync: (lookups: ReadonlyArray<Lookup>) => void
  /** Resolves one after the other in one fiber. */
  readonly resolve: (lookups: ReadonlyArray<Lookup>) => Promise<ReadonlyArray<ResolvedScaffold>>
  readonly run: <A, E>(effect: Effect.Effect<A, E, PriceList>) => Promise<A>
  readonly flush: () => Promise<void>
  /** The spans in the buffer; `memory` only. */
  readonly spans: () => ReadonlyArray<Tracer.Span>
  /** A compiler of prompts as the cache has one, remembering up to `memoBytes` of sources. */
  readonly compiler: (memoBytes: number) => (input: ResolveInput) => Ready
  readonly close: () => Promise<void>
}

export const openAegis = async (
  root: string,
  options: { readonly memoryBytes?: number; readonly tracing?: Tracing; readonly cacheDir?: string } = {}
): Promise<Aegis> => {
  const { cacheDir = ".aegis", memoryBytes = 64 * 1024 * 1024, tracing = "none" } = options
  const { layer: tracerLayer, spans } = tracers[tracing]()
  const scope = Effect.runSync(Scope.make())
  const config = AegisConfig.layer(root, { memoryBytes, cacheDir, maxEntries: 1e9, maxBytes: 1e12 })
  const runtime = await Effect.runPromise(
    Scope.extend(Layer.toRuntime(Layer.provideMerge(layerFor(config), tracerLayer)), scope)
  )
  const cache = Context.get(runtime.context, ScaffoldCache)
  const providers = Context.get(runtime.context, Providers)
  const loader = Context.get(runtime.context, PromptLoader)
  const one = ({ input, namespace }: Lookup): ReturnType<typeof cache.resolve> =>
    cache.resolve(input, { namespace })
  const reading = (lookups: ReadonlyArray<Lookup>, read: (resolved: ResolvedScaffold) => string): void =>
    Runtime.runSync(runtime)(
      Effect.forEach(lookups, (lookup) => Effect.map(one(lookup), (resolved) => read(resolved).length), {
        discard: true
      })
    )
  const run = <A, E>(effect: Effect.Effect<A, E, PriceList>): Promise<A> =>
    Runtime.runPromise(runtime)(effect)
  // what is measured with it names no packs
  const gate = { admit: () => Effect.dieMessage("no packs are named") }
  return {
    cache,
    providers,
    file: join(root, cacheDir, "cache.db"),
    resolveSync: (lookups) => Runtime.runSync(runtime)(Effect.forEach(lookups, one, { discard: true })),
    readSync: (lookups) =>
      reading(lookups, ({ originalScaffold, cost }) => originalScaffold.id + cost.source),
    sendSync: (lookups) => reading(lookups, ({ resolvedContent }) => resolvedContent),
    resolve: (lookups) => run(Effect.forEach(lookups, one)),
    run,
    flush: () => run(cache.flush),
    spans,
    compiler: (memoBytes) => {
      const compile = makePromptCompiler({ loader, gate, providers, maxPromptBytes: 1e9, memoBytes })
      return (input) => {
        const ready = compile(input, "prompt")
        if (!Either.isEither(ready)) throw new Error("The prompt includes files.")
        return Either.getOrThrow(ready)
      }
    },
    close: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

/** An input as `decodeInput` makes it, but not frozen: the cache cannot know it by identity. */
export const inputOf = (prompt: string): ResolveInput => ({ ...defaults, prompt })

export const defaults: ResolveInput = Schema.decodeSync(ResolveInput)({
  prompt: "",
  provider: "openai",
  model: "gpt-5"
})

/** A folder that is removed afterwards. */
export const inFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(process.env["BENCH_TMP"] ?? tmpdir(), "aegis-bench-"))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Tracers {
  readonly layer: Layer.Layer<never>
  readonly spans: () => ReadonlyArray<Tracer.Span>
}

const bufferSize = 4096

const tracers: Readonly<Record<Tracing, () => Tracers>> = {
  none: () => ({ layer: Layer.empty, spans: () => [] }),
  memory: () => {
    let buffer: Array<Tracer.Span> = []
    const keep = (span: Tracer.Span): void => {
      buffer.push(span)
      if (buffer.length === bufferSize) buffer = []
    }
    return { layer: Layer.setTracer(keepingTracer(keep)), spans: () => buffer }
  },
  otlp: () => {
    let waiting: Array<() => OtlpSpan> = []
    const resource = { attributes: [], droppedAttributesCount: 0 }
    const tracer = Effect.map(OtlpSerialization.OtlpSerialization, ({ traces }) =>
      makeTracer({
        sampler: () => true,
        take: (span) => {
          if (waiting.push(span) < bufferSize) return
          const spans = waiting.map((make) => make())
          traces({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "bench" }, spans }] }] })
          waiting = []
        }
      })
    )
    const layer = Layer.unwrapEffect(Effect.map(tracer, Layer.setTracer))
    return { layer: Layer.provide(layer, OtlpSerialization.layerProtobuf), spans: () => [] }
  }
}

const keepingTracer = (keep: (span: Tracer.Span) => void): Tracer.Tracer =>
  Tracer.make({
    context: (f) => f(),
    span: (name, parent, context, links, startTime, kind) =>
      new KeptSpan(keep, name, parent, context, links, startTime, kind)
  })

let spanCount = 0

class KeptSpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly traceId = "00000000000000000000000000000001"
  readonly spanId = (spanCount++).toString(16).padStart(16, "0")
  readonly sampled = true
  readonly attributes = new Map<string, unknown>()
  readonly keep: (span: Tracer.Span) => void
  readonly name: string
  readonly parent: Tracer.Span["parent"]
  readonly context: Tracer.Span["context"]
  readonly links: Array<Tracer.SpanLink>
  readonly kind: Tracer.SpanKind
  status: Tracer.SpanStatus

  constructor(
    keep: (span: Tracer.Span) => void,
    name: string,
    parent: Tracer.Span["parent"],
    context: Tracer.Span["context"],
    links: ReadonlyArray<Tracer.SpanLink>,
    startTime: bigint,
    kind: Tracer.SpanKind
  ) {
    this.keep = keep
    this.name = name
    this.parent = parent
    this.context = context
    this.links = [...links]
    this.kind = kind
    this.status = { _tag: "Started", startTime }
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.status = { _tag: "Ended", startTime: this.status.startTime, endTime, exit }
    this.keep(this)
  }
  attribute(key: string, value: unknown): void {
    this.attributes.set(key, value)
  }
  event(): void {}
  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    this.links.push(...links)
  }
}
