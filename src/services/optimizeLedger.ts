/** Looks for what would have cost less on the requests of a ledger. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Hash } from "../domain/Hash.js"
import { TokenCount } from "../domain/Measures.js"
import type { OptimizationReport } from "../domain/Optimization.js"
import type { Provider } from "../domain/Provider.js"
import type { ProviderRequest, RequestBlock } from "../domain/ProviderRequest.js"
import type { StoreError } from "../domain/StoreErrors.js"
import type { TelemetryRecord } from "../domain/TelemetryRecord.js"
import { totalInput } from "../domain/Usage.js"
import { factsOf } from "../prompt/models/factsOf.js"
import type { HistoryEntry } from "../telemetry/optimizer/history.js"
import type { PromptSource } from "../telemetry/optimizer/patch.js"
import { recommend } from "../telemetry/optimizer/recommend.js"
import { makeCalibrating } from "../telemetry/simulator/calibrate.js"
import { isCall } from "../telemetry/sums.js"
import { makeChargedPrices } from "./chargedPrices.js"
import type { PriceList } from "./PriceList.js"
import type { PromptSources } from "./PromptSources.js"
import type { ScaffoldStorage } from "./ScaffoldStorage.js"
import type { TokenCounter } from "./TokenCounter.js"

/** What is known of prompts besides their requests. */
export interface KnownOfPrompts {
  readonly prices: Option.Option<PriceList["Type"]>
  readonly blocks: Option.Option<Pick<ScaffoldStorage["Type"], "contents">>
  readonly prompts: Option.Option<PromptSources["Type"]>
  readonly counter: Option.Option<Pick<TokenCounter["Type"], "encoder">>
}

/** Requests that are looked at: of more the latest, so that a search takes seconds and its memory has a bound. */
const mostRequests = 10_000

/** A request that was sent and counted by its provider. */
const entryOf = (record: TelemetryRecord): Option.Option<HistoryEntry> => {
  const { id, request, usage } = record
  return isCall(record) && request !== undefined && usage !== undefined
    ? Option.some({ id, request, usage })
    : Option.none()
}

export const optimizeLedger = (
  records: Stream.Stream<TelemetryRecord, StoreError>,
  known: KnownOfPrompts
): Effect.Effect<OptimizationReport, StoreError> =>
  Effect.gen(function* () {
    const { load, price } = makeChargedPrices(known.prices)
    const calibrating = makeCalibrating({ cost: price })
    const take = (record: TelemetryRecord): Effect.Effect<Option.Option<HistoryEntry>> => {
      const entry = entryOf(record)
      if (Option.isNone(entry)) return Effect.succeed(entry)
      return Effect.map(load(entry.value.request), () => {
        calibrating.add(record)
        return entry
      })
    }
    const estimated = Chunk.toReadonlyArray(
      yield* records.pipe(
        Stream.mapEffect(take),
        Stream.filterMap(identity),
        Stream.takeRight(mostRequests),
        Stream.runCollect
      )
    )
    const factors = factorsOf(estimated)
    const history = estimated.map((entry) => asCounted(entry, factors))
    const texts = yield* textsOf(history, known.blocks)
    return recommend({
      history,
      price,
      texts: (hash) => texts.get(hash),
      counter: yield* countersOf(factors, known.counter),
      sourceOf: yield* sourcesOf(known.prompts),
      calibration: calibrating.result()
    })
  })

const modelOf = ({ model, provider }: Pick<ProviderRequest, "model" | "provider">): string =>
  JSON.stringify([provider, model])

/** By how much a model's provider counts more tokens than were estimated. */
interface Factor extends Pick<ProviderRequest, "model" | "provider"> {
  counted: number
  estimated: number
}
type Factors = ReadonlyMap<string, Factor>

const factorOf = (factors: Factors, of: Pick<ProviderRequest, "model" | "provider">): number => {
  const { counted, estimated } = factors.get(modelOf(of)) ?? { counted: 0, estimated: 0 }
  return counted === 0 || estimated === 0 ? 1 : counted / estimated
}

const factorsOf = (history: ReadonlyArray<HistoryEntry>): Factors => {
  const factors = new Map<string, Factor>()
  for (const { request, usage } of history) {
    const { model, provider } = request
    const factor = factors.get(modelOf(request)) ?? { model, provider, counted: 0, estimated: 0 }
    factor.counted += totalInput(usage)
    factor.estimated += request.blocks.reduce((all, { tokens }) => all + tokens, 0)
    factors.set(modelOf(request), factor)
  }
  return factors
}

/**
 * The tokens of blocks are estimates; what a provider counted is known of whole requests. Both differ by about the same factor for all
 * requests of a model: by it a block gets the same tokens in each of them, and money comes out as the provider bills it.
 */
const asCounted = (entry: HistoryEntry, factors: Factors): HistoryEntry => {
  const factor = factorOf(factors, entry.request)
  const blocks = entry.request.blocks.map((block) => ({
    ...block,
    tokens: TokenCount.make(Math.round(block.tokens * factor))
  }))
  return { ...entry, request: { ...entry.request, blocks } }
}

/** What counts texts as the providers of a history do. */
const countersOf = Effect.fnUntraced(function* (factors: Factors, counter: KnownOfPrompts["counter"]) {
  const counters = new Map<string, (text: string) => number>()
  for (const each of factors.values()) {
    const tokenizer = factsOf(each.provider, each.model)?.tokenizer
    if (tokenizer === undefined || Option.isNone(counter)) continue
    const encode = yield* counter.value.encoder(tokenizer.encoding)
    const factor = tokenizer.factor * factorOf(factors, each)
    counters.set(modelOf(each), (text) => Math.round(encode(text) * factor))
  }
  return (provider: Provider, model: string) => counters.get(modelOf({ provider, model }))
})

const textsOf = (
  history: ReadonlyArray<HistoryEntry>,
  blocks: KnownOfPrompts["blocks"]
): Effect.Effect<ReadonlyMap<Hash, string>, StoreError> =>
  Option.match(blocks, {
    onNone: () => Effect.succeed(new Map()),
    onSome: ({ contents }) =>
      contents([...new Set(history.flatMap(({ request }) => request.blocks.map(({ hash }) => hash)))])
  })

/** The file of a block, where only one has it. */
const sourcesOf = (
  prompts: KnownOfPrompts["prompts"]
): Effect.Effect<(block: RequestBlock) => PromptSource | undefined> =>
  Option.match(prompts, {
    onNone: () => Effect.succeed(() => undefined),
    onSome: ({ all }) =>
      Effect.map(all, (sources) => {
        const found = new Map<Hash, PromptSource | undefined>()
        for (const { blocks, file, text } of sources) {
          for (const hash of new Set(blocks)) found.set(hash, found.has(hash) ? undefined : { file, text })
        }
        return ({ hash }) => found.get(hash)
      })
  })
