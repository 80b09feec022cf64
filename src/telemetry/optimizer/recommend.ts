/** What to change in prompts, by what it would have saved on their own history. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Timestamp, Usd } from "../../domain/Measures.js"
import type {
  Abstention,
  Calibration,
  OptimizationRecommendation,
  OptimizationReport,
  Replayed
} from "../../domain/Optimization.js"
import type { RequestBlock } from "../../domain/ProviderRequest.js"
import type { Provider } from "../../domain/Provider.js"
import { sha256 } from "../../prompt/digest.js"
import { rulesOf } from "../simulator/rules.js"
import { makeApplier, membersOf } from "./applyChange.js"
import { answering } from "./batched.js"
import { type Freedom, lowerBound } from "./bound.js"
import { confidenceIn } from "./confidence.js"
import { headLength, type HistoryEntry, inOrder, promptKey, promptOf, type Texts } from "./history.js"
import { patchOf, type PromptSource } from "./patch.js"
import type { Price } from "./rates.js"
import { makeMarket, type Market, replay } from "./replayer.js"
import { type Budget, type Changes, type Found, search, type Subject } from "./search.js"
import { describe, instruct } from "./words.js"

/** What is looked at. */
export interface OptimizerInput {
  readonly history: ReadonlyArray<HistoryEntry>
  readonly price: Price
  readonly texts: Texts
  /** The file that a block was written in, as it is now: there is no patch without it. */
  readonly sourceOf?: (block: RequestBlock) => PromptSource | undefined
  /** What counts the tokens of lines that are taken out of a block, as the provider does. */
  readonly counter?: (provider: Provider, model: string) => ((text: string) => number) | undefined
  /** How the model of each cache did on the records of the history; passed on in the report. */
  readonly calibration?: ReadonlyArray<Calibration>
  /** How many requests are simulated at most before the search says that it stopped. */
  readonly limit?: number
}

/** Some seconds: a simulator does 100,000 requests in one, or more. */
const defaultLimit = 300_000

/** A search looks at the latest requests only; what it finds is then replayed over all. */
const sampleSize = 1000

/** Prompts of one model that are searched, those with the most tokens first. */
const mostPrompts = 8

/** A saving below this share of the cost is not worth a change. */
const worthwhile = 0.005

/**
 * How long requests are held back, in milliseconds. Who can wait for longer has the providers' batch APIs at
 * half the price.
 */
const windows = [10_000, 60_000, 600_000] as const

/**
 * Searches the layouts of each prompt for each model. Every recommendation was replayed over the whole
 * history before and after, and costs less. Of one prompt the best combination comes first, with its own
 * saving, and single changes behind it: their savings are not parts of it and do not add up. Equal input
 * gives an equal report.
 */
export const recommend = (input: OptimizerInput): OptimizationReport => {
  const markets = new Map<string, Array<HistoryEntry>>()
  for (const entry of inOrder(input.history)) {
    const key = JSON.stringify([entry.request.provider, entry.request.model])
    const of = markets.get(key)
    if (of === undefined) markets.set(key, [entry])
    else of.push(entry)
  }
  const limit = (input.limit ?? defaultLimit) / Math.max(1, markets.size)
  const results = [...markets.keys()].toSorted().map((key) => ofMarket(markets.get(key) ?? [], input, limit))
  return {
    recommendations: results
      .flatMap(({ families }) => families)
      .toSorted((a, b) => (b[0]?.potentialSavings ?? 0) - (a[0]?.potentialSavings ?? 0))
      .flat(),
    abstained: results.flatMap(({ abstained }) => abstained),
    calibration: input.calibration ?? []
  }
}

interface OfMarket {
  readonly families: ReadonlyArray<ReadonlyArray<OptimizationRecommendation>>
  readonly abstained: ReadonlyArray<Abstention>
}

const ofMarket = (entries: ReadonlyArray<HistoryEntry>, input: OptimizerInput, limit: number): OfMarket => {
  const first = entries[0]?.request
  if (first === undefined) return { families: [], abstained: [] }
  const { model, provider } = first
  const abstain = (requests: number, reason: string): Abstention => ({ provider, model, requests, reason })
  const none = (reason: string): OfMarket => ({ families: [], abstained: [abstain(entries.length, reason)] })

  const rules = rulesOf(provider, model)
  if (Either.isLeft(rules)) return none(rules.left)
  const market = makeMarket(provider, model, rules.right, input.price)
  const before = replay(entries, market)
  if (Option.isNone(before)) return none(`no price is known for ${model}`)
  const prompts = promptsOf(entries)
  const chosen = prompts.slice(0, mostPrompts)
  if (chosen.length === 0)
    return none("no prompt was sent twice: there is nothing that could have been read again")

  const confidence = confidenceIn(entries, market)
  const abstained: Array<Abstention> = []
  const families = chosen.map((members) => {
    const budget = { left: Math.floor(limit / chosen.length) }
    const { found, recommendations } = ofPrompt(
      { entries, members, market, input, before: before.value, confidence, alone: prompts.length === 1 },
      budget
    )
    if (found.stopped) {
      abstained.push(
        abstain(
          members.length,
          `the search stopped after ${Math.floor(limit / chosen.length)} simulated requests: a better layout may be left`
        )
      )
    }
    return recommendations
  })
  const rest = prompts.slice(mostPrompts).reduce((sum, { length }) => sum + length, 0)
  if (rest > 0)
    abstained.push(abstain(rest, `only the ${mostPrompts} largest prompts of a model are searched`))
  return { families, abstained }
}

/** The requests of each prompt that was sent more than once; those with the most tokens first. */
const promptsOf = (entries: ReadonlyArray<HistoryEntry>): ReadonlyArray<ReadonlyArray<HistoryEntry>> => {
  const prompts = new Map<string, { readonly members: Array<HistoryEntry>; tokens: number }>()
  for (const entry of entries) {
    const key = promptKey(entry.request)
    const prompt = prompts.get(key) ?? { members: [], tokens: 0 }
    prompts.set(key, prompt)
    prompt.members.push(entry)
    for (const { tokens } of entry.request.blocks) prompt.tokens += tokens
  }
  return [...prompts.values()]
    .filter(({ members }) => members.length > 1)
    .toSorted((a, b) => b.tokens - a.tokens)
    .map(({ members }) => members)
}

interface OfPrompt {
  readonly entries: ReadonlyArray<HistoryEntry>
  readonly members: ReadonlyArray<HistoryEntry>
  readonly market: Market
  readonly input: OptimizerInput
  readonly before: Replayed
  readonly confidence: number
  /** Whether all requests are of this prompt. */
  readonly alone: boolean
}

const ofPrompt = (
  { alone, before, confidence, entries, input, market, members }: OfPrompt,
  budget: Budget
): { readonly found: Found; readonly recommendations: ReadonlyArray<OptimizationRecommendation> } => {
  const newest = members.at(-1)?.request
  if (newest === undefined) return { found: nothing, recommendations: [] }
  const prompt = promptOf(newest)
  const count = input.counter?.(market.provider, market.model)
  const applying = { texts: input.texts, ...(count === undefined ? {} : { count }) }
  const ids = membersOf(entries, prompt)
  const sample = sampleOf(entries, ids)
  const subject: Subject = {
    ...applying,
    market,
    entries: sample,
    apply: makeApplier(sample, ids, applying),
    members: ids,
    head: prompt.length,
    hasTurns: members.some(({ request }) => headLength(request) < request.blocks.length)
  }
  const found = search(subject, budget)
  const apply = sample === entries ? subject.apply : makeApplier(entries, ids, applying)

  const bounds = new Map<string, number>()
  const boundWith = (freedom: Freedom): number => {
    const key = JSON.stringify(freedom)
    const known = bounds.get(key)
    if (known !== undefined) return known
    const least = Math.min(...found.splits.map((set) => lowerBound(apply(set), market, freedom) ?? 0))
    bounds.set(key, least)
    return least
  }

  const replayed = (changes: Changes): Replayed | undefined =>
    Option.getOrUndefined(replay(apply(changes), market))
  const tried = distinct([found.combined, ...found.singles, ...batches(newest)]).flatMap((changes) => {
    const after = replayed(changes)
    return after === undefined ? [] : [{ changes, after }]
  })
  const candidates = tried.filter(({ after }) => before.cost - after.cost > before.cost * worthwhile)
  const ranked = candidates
    .filter(({ changes }) => !isBatch(changes))
    .toSorted((a, b) => a.after.cost - b.after.cost || effort(a.changes) - effort(b.changes))
  // a longer wait must save something more
  const waits = candidates
    .filter(({ changes }) => isBatch(changes))
    .reduce<typeof candidates>(
      (best, next) => (next.after.cost < 0.98 * (best[0]?.after.cost ?? Infinity) ? [next] : best),
      []
    )
  const kept = [...ranked.filter(({ after }, i) => after.cost !== ranked[i - 1]?.after.cost), ...waits]

  const complete = found.exhaustive && alone && sample.length === entries.length
  const longest = members.reduce((most, entry) => Math.max(most, answering(entry)), 0)
  /** What is left at best: what was found, where everything was tried or nothing can cost less, or else the bound. */
  const optimumFor = (changes: Changes): { readonly cost: number; readonly exact: boolean } => {
    const pings = hasPings(changes)
    const window = windowOf(changes)
    const layout = !pings && window === 0
    const bound = boundWith({ pings, delay: window === 0 ? 0 : window + longest })
    // what is allowed no more than these changes are: no pings where they have none, and no longer wait
    const least = tried
      .filter((other) => windowOf(other.changes) <= window && (pings || !hasPings(other.changes)))
      .reduce<number>((cost, { after }) => Math.min(cost, after.cost), before.cost)
    return (layout && complete) || least <= bound * (1 + 1e-9)
      ? { cost: least, exact: true }
      : { cost: bound, exact: false }
  }
  const recommendations = kept.map(({ after, changes }): OptimizationRecommendation => {
    const optimum = optimumFor(changes)
    const patch = patchOf({ changes, newest, texts: input.texts, sourceOf: input.sourceOf })
    return {
      id: sha256(JSON.stringify([market.provider, market.model, prompt, changes])).slice(0, 16),
      type: isBatch(changes) ? "cost" : "cache",
      description: describe(changes),
      // what does not cost less is no candidate
      potentialSavings: (before.cost - after.cost) as Usd,
      implementation: instruct(changes),
      provider: market.provider,
      model: market.model,
      prompt,
      changes,
      range: { from: instant(entries.at(0)), to: instant(entries.at(-1)) },
      before,
      after,
      confidence,
      // a sum of prices is not negative
      optimum: { cost: optimum.cost as Usd, exact: optimum.exact },
      ...(patch === undefined ? {} : { patch })
    }
  })
  return { found, recommendations }
}

const nothing: Found = { combined: [], singles: [], splits: [], exhaustive: false, stopped: false }

/** The latest requests, from one on that leaves a share of the prompt's own among them. */
const sampleOf = (
  entries: ReadonlyArray<HistoryEntry>,
  members: ReadonlySet<string>
): ReadonlyArray<HistoryEntry> => {
  if (entries.length <= sampleSize) return entries
  const latest = entries.slice(-sampleSize)
  // a prompt that was not sent lately is searched over all
  return latest.filter(({ id }) => members.has(id)).length > 1 ? latest : entries
}

const batches = ({ mode }: HistoryEntry["request"]): ReadonlyArray<Changes> =>
  mode === "none" ? [] : windows.map((window) => [{ _tag: "Batch", window }])

/** How long requests wait at most, in milliseconds. */
const windowOf = (changes: Changes): number =>
  changes.reduce((sum, change) => sum + (change._tag === "Batch" ? change.window : 0), 0)

const hasPings = (changes: Changes): boolean => changes.some(({ _tag }) => _tag === "KeepWarm")

/**
 * Of changes that save the same, those are told that are the least to do: other times are less than other
 * marks.
 */
const effort = (changes: Changes): number =>
  changes.reduce((sum, { _tag }) => sum + (_tag === "TimeToLive" ? 1 : 2), 0)

const isBatch = (changes: Changes): boolean => windowOf(changes) > 0

const distinct = (all: ReadonlyArray<Changes>): ReadonlyArray<Changes> => {
  const seen = new Map(
    all.filter((changes) => changes.length > 0).map((changes) => [JSON.stringify(changes), changes])
  )
  return [...seen.values()]
}

const instant = (entry: HistoryEntry | undefined): Timestamp =>
  // an ISO text in UTC is what the brand asks for
  new Date(entry?.request.sentAt ?? 0).toISOString() as Timestamp
