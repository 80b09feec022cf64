/** The half of an adapter that needs no network: scaffold in, request, token counts, cache plan and price out. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Hash } from "../../src/domain/Hash.js"
import type { TokenCount } from "../../src/domain/Measures.js"
import type { UnsupportedParameter } from "../../src/domain/PromptErrors.js"
import type { PromptScaffold } from "../../src/domain/PromptScaffold.js"
import type { TimeToLive } from "../../src/domain/ResolveInput.js"
import type { Provider } from "../../src/domain/Provider.js"
import type { CostReport, TokenReport, Warning } from "../../src/domain/ResolvedScaffold.js"
import { totalInput, type Usage } from "../../src/domain/Usage.js"
import { sha256 } from "../../src/prompt/digest.js"
import { authorMarks } from "../../src/prompt/render/authorMarks.js"
import type { ModelFacts } from "../../src/prompt/models/ModelFacts.js"
import { breakpointsOf, type Ttl } from "../../src/prompt/render/breakpoints.js"
import {
  cachePlanOf,
  cacheWarnings,
  plannedUsage,
  type PlannedUsage
} from "../../src/prompt/render/cachePlan.js"
import { frameOf } from "../../src/prompt/render/framing.js"
import { systemLength } from "../../src/prompt/render/messages.js"
import { fitParameters } from "../../src/prompt/render/parameters.js"
import type { RequestBuilder } from "../../src/prompt/render/request.js"
import { segmentsOf } from "../../src/prompt/render/segments.js"
import { tokens } from "../../src/prompt/render/tokens.js"
import { PriceList } from "../../src/services/PriceList.js"
import type { ProviderAdapter, Rendering } from "../../src/services/ProviderAdapter.js"
import { TokenCounter, type CountedText } from "../../src/services/TokenCounter.js"

/** The provider's own tokenizer, asked for one text. */
export interface ServerTokenizer {
  /** How its counts are named, and what they are remembered under. */
  readonly estimator: (model: string) => string
  readonly tokenize: (text: string, model: string) => Effect.Effect<TokenCount, { readonly message: string }>
}

/** What makes one provider's requests different from another's. */
export interface RendererSpec {
  readonly provider: Provider
  readonly format: string
  readonly facts: (model: string) => ModelFacts
  readonly request: RequestBuilder
  /** How long marked prefixes may be kept, and how long they are where nobody says; not there where requests carry no marks. */
  readonly marking?: { readonly ttls: ReadonlyArray<TimeToLive>; readonly ttl: Ttl }
  /** Tokens that the provider adds around so many messages. */
  readonly overhead: (messages: number) => number
  /** Asked before anything is estimated. */
  readonly server?: ServerTokenizer
  /** What is to be told about a tenant whose name the request cannot carry. */
  readonly warnings?: (namespace: string) => ReadonlyArray<Warning>
}

export type Renderer = Pick<ProviderAdapter, "resolveScaffold" | "estimateTokens" | "estimateCost">

/** Counts of texts and where they come from. */
interface Counted {
  readonly report: Omit<TokenReport, "perBlock">
  readonly counts: ReadonlyArray<number>
  readonly warnings: ReadonlyArray<Warning>
}

/** A server's own counts: only what its chat template adds around the messages is not counted. */
const serverBand = 0.02

/** A server that does not answer in this time is not waited for: its count is only better, not needed. */
const serverPatience = "5 seconds"

/** The offline half of an adapter. */
export const makeRenderer = Effect.fnUntraced(function* (spec: RendererSpec) {
  const counter = yield* TokenCounter
  const prices = yield* PriceList

  const estimate = (facts: ModelFacts, texts: ReadonlyArray<CountedText>): Effect.Effect<Counted> => {
    const { encoding, factor, label, errorBand } = facts.tokenizer
    return Effect.map(counter.count(encoding, texts), (counts) => ({
      report: { source: "estimated", estimator: `gpt-tokenizer ${label}`, errorBand },
      counts: factor === 1 ? counts : counts.map((count) => count * factor),
      warnings: []
    }))
  }

  const count = (
    model: string,
    facts: ModelFacts,
    texts: ReadonlyArray<CountedText>
  ): Effect.Effect<Counted> => {
    const { server } = spec
    if (server === undefined) return estimate(facts, texts)
    const estimator = server.estimator(model)
    return counter
      .countWith(estimator, texts, (text) => server.tokenize(text, model))
      .pipe(
        Effect.timeoutFail({
          duration: serverPatience,
          onTimeout: () => ({ message: `It did not answer within ${serverPatience}.` })
        }),
        Effect.matchEffect({
          onSuccess: (counts) =>
            Effect.succeed<Counted>({
              report: { source: "estimated", estimator, errorBand: serverBand },
              counts,
              warnings: []
            }),
          onFailure: ({ message }) =>
            Effect.map(estimate(facts, texts), (counted) => ({
              ...counted,
              warnings: [
                {
                  code: "tokenizer-unreachable",
                  message: `${spec.provider} was asked to count tokens and could not: they are estimated. ${message}`
                }
              ]
            }))
        })
      )
  }

  const costOf = Effect.fnUntraced(function* (model: string, planned: PlannedUsage) {
    const uncached = yield* prices.price(spec.provider, model, planned.uncached)
    const { source, version, match } = uncached
    const cost: CostReport = {
      source,
      version,
      match,
      uncached: uncached.amount,
      cold:
        planned.cold === planned.uncached
          ? uncached.amount
          : (yield* prices.price(spec.provider, model, planned.cold)).amount,
      warm:
        planned.warm === planned.uncached
          ? uncached.amount
          : (yield* prices.price(spec.provider, model, planned.warm)).amount
    }
    return cost
  })

  const renderer: Renderer = {
    // no span of its own: it is a part of a resolve, which has one, and a span would cost as much as all of this
    resolveScaffold: Effect.fnUntraced(function* (
      scaffold: PromptScaffold,
      options: { readonly namespace: string; readonly strict: boolean }
    ): Effect.fn.Return<Rendering, UnsupportedParameter> {
      const { blocks, model } = scaffold
      const facts = spec.facts(model)
      const fitted = yield* fitParameters(scaffold, facts, options.strict)

      const types = blocks.map(({ type }) => type)
      const stable = systemLength(types)
      const frames = blocks.map((block, i) => frameOf(block, i === 0 || i === stable))
      const counted = yield* count(model, facts, [
        ...blocks,
        // a frame is counted as one text: both its halves end in line breaks, at which words end
        ...frames.map(({ open, close }) => ({ hash: sha256(open + close), content: open + close }))
      ])
      const perBlock = blocks.map((_, i) =>
        tokens((counted.counts[i] ?? 0) + (counted.counts[blocks.length + i] ?? 0))
      )
      const ends = runningSum(perBlock)
      const overhead = spec.overhead(stable === 0 ? 1 : 2)
      const tokenCount = tokens((ends.at(-1) ?? 0) + overhead)

      const marking = facts.caching === "marked" ? spec.marking : undefined
      const minimumTokens = facts.minimumCacheTokens
      const own =
        scaffold.marks === undefined
          ? undefined
          : yield* authorMarks(
              scaffold,
              scaffold.marks,
              ends,
              marking && { ttls: marking.ttls, minimumTokens },
              options.strict
            )
      const breakpoints =
        own?.breakpoints ??
        (marking === undefined
          ? []
          : breakpointsOf(
              blocks.slice(0, stable).map(({ type }, i) => ({ type, prefixTokens: ends[i] ?? 0 })),
              minimumTokens,
              marking.ttl
            ))
      const cachePlan = cachePlanOf(facts, breakpoints, stable, ends[stable - 1] ?? 0)
      const prefixKey = stable === 0 ? undefined : prefixKeyOf(scaffold, stable, options.namespace)

      // every string that goes in was made well formed, and every number is finite: there is a canonical form
      const segments = yield* Effect.orDie(
        segmentsOf((slot) => {
          const texts = frames.map(({ open, close }, i) => open + slot(i) + close)
          return spec.request({
            model: model.toWellFormed(),
            facts,
            sampling: fitted.sampling,
            system: texts.slice(0, stable),
            user: texts.slice(stable),
            breakpoints,
            namespace: options.namespace.toWellFormed(),
            prefixKey
          })
        })
      )

      return {
        format: spec.format,
        segments,
        tokenCount,
        tokens: { ...counted.report, perBlock },
        cost: yield* costOf(model, plannedUsage(cachePlan, tokenCount)),
        cachePlan,
        warnings: [
          ...fitted.warnings,
          ...counted.warnings,
          ...(own?.warnings ?? []),
          ...cacheWarnings(model, facts, cachePlan, types),
          ...(spec.warnings?.(options.namespace) ?? [])
        ]
      }
    }),

    estimateTokens: Effect.fn("ProviderAdapter.estimateTokens")(function* (content: string, model: string) {
      const counted = yield* count(model, spec.facts(model), [{ hash: sha256(content), content }])
      return { ...counted.report, perBlock: counted.counts.map(tokens) }
    }),

    /**
     * What the usage costs if nothing of it is cached (`uncached`), if what was cached is written (`cold`), and if it is
     * read (`warm`). A usage that only wrote costs `cold`, one that only read costs `warm`.
     */
    estimateCost: Effect.fn("ProviderAdapter.estimateCost")((usage: Usage, model: string) =>
      costOf(model, variantsOf(usage))
    )
  }
  return renderer
})

const runningSum = (counts: ReadonlyArray<number>): ReadonlyArray<number> => {
  let sum = 0
  return counts.map((count) => (sum += count))
}

/**
 * Names the requirements and style guides that lead the prompt, or its first block where there are none, and the tenant.
 * Requests of one name go to the same machine: a name of the whole stable prefix would send them elsewhere after each
 * edit of a file map, away from what is still cached.
 */
const prefixKeyOf = (scaffold: PromptScaffold, stable: number, namespace: string): string => {
  const lasting = scaffold.blocks
    .slice(0, stable)
    .findIndex(({ type }) => type !== "requirements" && type !== "style_guide")
  const named = scaffold.blocks
    .slice(0, lasting === -1 ? stable : Math.max(1, lasting))
    .map(({ type, hash, metadata }): readonly [string, Hash, unknown] => [type, hash, metadata?.["name"]])
  return `aegis-${sha256(JSON.stringify([namespace, named])).slice(0, 32)}`
}

/** A usage with its cached tokens put in one class. */
const variantsOf = (usage: Usage): PlannedUsage => {
  const total = totalInput(usage)
  const read = Option.getOrElse(usage.cacheRead, () => 0)
  const none = Option.some(tokens(0))
  const cached = tokens(total - usage.uncachedInput)
  return {
    uncached: { ...usage, uncachedInput: total, cacheRead: none, cacheWrite5m: none, cacheWrite1h: none },
    cold: {
      ...usage,
      cacheRead: none,
      cacheWrite5m: Option.some(tokens(Option.getOrElse(usage.cacheWrite5m, () => 0) + read))
    },
    warm: { ...usage, cacheRead: Option.some(cached), cacheWrite5m: none, cacheWrite1h: none }
  }
}
