/**
 * A provider of one's own. `x-echo` answers with the last block of the prompt, counts words as tokens and costs nothing.
 * Outside this repository, what is imported from ../../src comes from "aegis-prompt-cache".
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { ExecutionResult } from "../../src/domain/Execution.js"
import { Millis, TokenCount, Usd } from "../../src/domain/Measures.js"
import { InvalidRequest } from "../../src/domain/ProviderErrors.js"
import type { CostReport, ResolvedScaffold, TokenReport } from "../../src/domain/ResolvedScaffold.js"
import { layerAdapter, type ProviderAdapter, type Providers } from "../../src/services/ProviderAdapter.js"

const name = "x-echo"

/** The request body: whatever the provider's API asks for. Texts of blocks are left to whoever sends it. */
const Body = Schema.parseJson(Schema.Struct({ model: Schema.String, blocks: Schema.Array(Schema.String) }))

const tokensIn = (text: string): TokenCount => TokenCount.make(text.split(/\s+/).filter(Boolean).length)

const free: CostReport = {
  source: "x-echo",
  version: "1",
  match: "exact",
  uncached: Option.some(Usd.make(0)),
  cold: Option.some(Usd.make(0)),
  warm: Option.some(Usd.make(0))
}

const report = (perBlock: ReadonlyArray<TokenCount>): TokenReport => ({
  source: "measured",
  estimator: "words",
  errorBand: 0,
  perBlock
})

const sum = (counts: ReadonlyArray<TokenCount>): TokenCount =>
  TokenCount.make(counts.reduce((total, count) => total + count, 0))

/** A provider that exists would be called here; everything else is what every adapter does. */
const answer = Effect.fn("XEcho.answer")(function* (resolved: ResolvedScaffold) {
  const started = yield* Clock.currentTimeMillis
  const { model } = resolved.originalScaffold
  const body = yield* Schema.decode(Body)(resolved.resolvedContent).pipe(
    Effect.mapError(() => new InvalidRequest({ provider: name, model, parameter: "resolvedContent" }))
  )
  const content = body.blocks.at(-1) ?? ""
  const input = sum(body.blocks.map(tokensIn))
  const output = tokensIn(content)
  const result: ExecutionResult = {
    content,
    provider: name,
    model: body.model,
    finishReason: "stop",
    tokens: sum([input, output]),
    usage: {
      uncachedInput: input,
      cacheRead: Option.none(),
      cacheWrite5m: Option.none(),
      cacheWrite1h: Option.none(),
      output,
      reasoning: Option.none()
    },
    cost: free.cold,
    price: { source: free.source, version: free.version, match: free.match },
    latency: Millis.make((yield* Clock.currentTimeMillis) - started),
    firstToken: Option.none(),
    attempts: 1,
    fallbacks: [],
    warnings: []
  }
  return result
})

export const makeEcho: Effect.Effect<ProviderAdapter> = Effect.sync(() => ({
  name,
  models: ["parrot-1"],
  format: "x-echo/1",
  version: 1,
  resolveScaffold: ({ blocks, model }) => {
    const perBlock = blocks.map(({ content }) => tokensIn(content))
    // literal JSON, with the index of a block wherever its text belongs
    const texts = blocks.flatMap((_, at) => [at === 0 ? '"' : ',"', at, '"'])
    return Effect.succeed({
      format: "x-echo/1",
      segments: ['{"blocks":[', ...texts, `],"model":${JSON.stringify(model)}}`],
      tokenCount: sum(perBlock),
      tokens: report(perBlock),
      cost: free,
      cachePlan: {
        mode: "none",
        minimumTokens: null,
        breakpoints: [],
        stableBlocks: 0,
        stableTokens: TokenCount.make(0)
      },
      warnings: []
    })
  },
  estimateTokens: (content) => Effect.succeed(report([tokensIn(content)])),
  estimateCost: () => Effect.succeed(free),
  execute: answer,
  stream: (resolved) =>
    Stream.fromEffect(answer(resolved)).pipe(
      Stream.flatMap((result) =>
        Stream.make({ _tag: "Text" as const, text: result.content }, { _tag: "Done" as const, result })
      )
    ),
  countTokens: Option.some((resolved) => Effect.map(answer(resolved), ({ usage }) => usage.uncachedInput)),
  health: Effect.succeed({ status: "ok", detail: "it echoes" })
}))

/** Adds the provider to those that are there already. */
export const EchoLive: Layer.Layer<never, never, Providers> = layerAdapter(makeEcho)
