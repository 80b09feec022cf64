/** Why a scaffold missed: the nearest earlier one, where the two part, and what that costs. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Hash } from "../domain/Hash.js"
import type { TokenCount, Usd } from "../domain/Measures.js"
import type { BlockType } from "../domain/PromptBlock.js"
import type { BlockDifference, MissExplanation, PrefixComparison } from "../domain/Miss.js"
import type { CachePlan } from "../domain/ResolvedScaffold.js"
import type { Usage } from "../domain/Usage.js"
import type { BlockText, Compiled } from "../prompt/compile.js"
import { sha256 } from "../prompt/digest.js"
import type { KeyHeader } from "../prompt/key.js"
import { lineOf } from "../prompt/position.js"
import { commonPrefix, comparePrefix, type PrefixBlock, type PrefixSubject } from "../prompt/prefix.js"
import type { PriceList } from "./PriceList.js"
import type { RecentScaffold } from "./ScaffoldStorage.js"

/** The parameters and blocks that a header names; undefined when it is not the preimage of the key. */
export const subjectOf = (hash: Hash, header: string): PrefixSubject | undefined => {
  if (sha256(header) !== hash) return undefined
  // the digest proves that `keyHeader` wrote it
  const { blocks, kind: _kind, version: _version, ...parameters } = JSON.parse(header) as KeyHeader
  return {
    parameters,
    blocks: blocks.map(([type, name, digest]) => ({ type, name: name ?? undefined, hash: digest, tokens: 0 }))
  }
}

/** A block of a prompt whose line is counted when it is asked for, which it is for one of them. */
class SizedBlock implements PrefixBlock {
  readonly type: BlockType
  readonly name: string | undefined
  readonly hash: Hash
  readonly tokens: number
  readonly #offset: number | undefined
  readonly #prompt: string

  constructor({ hash, name, offset, type }: BlockText, tokens: number, prompt: string) {
    this.type = type
    this.name = name
    this.hash = hash
    this.tokens = tokens
    this.#offset = offset
    this.#prompt = prompt
  }

  get line(): number | undefined {
    return this.#offset === undefined ? undefined : lineOf(this.#prompt, this.#offset)
  }
}

/** A compiled prompt with the sizes of its blocks, in tokens. */
export const toSubject = (
  compiled: Compiled,
  prompt: string,
  perBlock: ReadonlyArray<number>
): PrefixSubject => ({
  parameters: compiled.parameters,
  blocks: compiled.blocks.map((block, i) => new SizedBlock(block, perBlock[i] ?? 0, prompt))
})

interface Candidate {
  readonly recent: RecentScaffold
  readonly subject: PrefixSubject
  readonly kept: number
  readonly shared: number
}

/** How many subjects are remembered: those that the next misses are compared with are mostly those of the last one. */
const remembered = 64

/** Reads subjects of headers, each once. */
const makeReader = (): ((recent: RecentScaffold) => PrefixSubject | undefined) => {
  const known = new Map<Hash, { readonly header: string; readonly subject: PrefixSubject | undefined }>()
  return ({ hash, header }) => {
    const before = known.get(hash)
    if (before?.header === header) return before.subject
    const subject = subjectOf(hash, header)
    known.set(hash, { header, subject })
    for (const oldest of known.keys()) {
      if (known.size <= remembered) break
      known.delete(oldest)
    }
    return subject
  }
}

/** The earlier scaffold that a provider's cache would serve best: longest common prefix, then most blocks in common. */
const nearest = (
  current: PrefixSubject,
  recent: ReadonlyArray<RecentScaffold>,
  read: (recent: RecentScaffold) => PrefixSubject | undefined
): Candidate | undefined => {
  const hashes = new Set(current.blocks.map((block) => block.hash))
  let best: Candidate | undefined
  for (const each of recent) {
    const subject = read(each)
    if (subject === undefined) continue
    const kept = commonPrefix(subject.blocks, current.blocks)
    if (best !== undefined && kept < best.kept) continue
    const shared = subject.blocks.filter((block) => hashes.has(block.hash)).length
    const better = best === undefined || kept > best.kept || shared > best.shared
    if (better) best = { recent: each, subject, kept, shared }
  }
  return best
}

/** Explains a miss against the earlier scaffolds of the same namespace, provider and model, newest first. */
export type ExplainMiss = (
  current: PrefixSubject,
  recent: ReadonlyArray<RecentScaffold>,
  plan: CachePlan
) => Effect.Effect<MissExplanation>

/**
 * The extra cost of a miss is the price of the tokens to read again less their price out of the provider's cache; what the
 * provider does not keep is not lost.
 */
export const makeExplainMiss = (prices: PriceList["Type"]): ExplainMiss => {
  const read = makeReader()
  return (current, recent, plan) => {
    const found = nearest(current, recent, read)
    if (found === undefined) return nothingBefore
    const comparison = comparePrefix(found.subject, current)
    const lost = current.blocks.slice(comparison.blocksKept, keptBlocks(plan, current.blocks.length))
    const short = lost.length === 0 && comparison.block !== undefined
    return Effect.map(extraCost(prices, current.parameters, tokensOf(lost)), (rereadCost) => ({
      summary: `${summarize(comparison)}${short ? " The provider would not have kept them." : ""}`,
      previous: { hash: found.recent.hash, createdAt: new Date(found.recent.createdAt).toISOString() },
      comparison,
      rereadCost
    }))
  }
}

const nothingBefore: Effect.Effect<MissExplanation> = Effect.succeed({
  summary: "Nothing to compare with: the first prompt of this project for this provider and model.",
  rereadCost: Option.none()
})

/** How many leading blocks the provider keeps from one call to the next. */
const keptBlocks = (
  { breakpoints, minimumTokens, mode, stableBlocks, stableTokens }: CachePlan,
  all: number
): number => {
  switch (mode) {
    case "none":
      return 0
    case "breakpoints":
      return (breakpoints.at(-1)?.block ?? -1) + 1
    case "automatic":
      return minimumTokens !== null && stableBlocks < all && stableTokens < minimumTokens ? 0 : all
  }
}

// a sum of token counts is a token count
const tokensOf = (blocks: PrefixSubject["blocks"]): TokenCount =>
  blocks.reduce((sum, block) => sum + block.tokens, 0) as TokenCount

const extraCost = (
  prices: PriceList["Type"],
  { model, provider }: PrefixSubject["parameters"],
  tokens: TokenCount
): Effect.Effect<Option.Option<Usd>> =>
  Effect.zipWith(
    prices.price(provider, model, usageOf(tokens, 0 as TokenCount)),
    prices.price(provider, model, usageOf(0 as TokenCount, tokens)),
    (fresh, cached) =>
      // prices are not negative, and the difference is cut at zero
      Option.zipWith(fresh.amount, cached.amount, (a, b) => Math.max(0, a - b) as Usd)
  )

const usageOf = (uncached: TokenCount, cached: TokenCount): Usage => ({
  uncachedInput: uncached,
  cacheRead: Option.some(cached),
  cacheWrite5m: Option.none(),
  cacheWrite1h: Option.none(),
  output: 0 as TokenCount,
  reasoning: Option.none()
})

const short = (hash: Hash | undefined): string => hash?.slice(0, 8) ?? ""

const labelOf = (block: BlockDifference): string => {
  const name = block.name === undefined ? "" : ` "${block.name}"`
  const line = block.line === undefined ? "" : ` (line ${block.line})`
  return `Block ${block.index + 1}, ${block.type}${name}${line}`
}

/** One sentence for people. It names blocks, hashes and parameters, never their text. */
export const summarize = (comparison: PrefixComparison): string => {
  const { block, fields } = comparison
  const reread = `${comparison.tokensReread} tokens from there on are read again, ${comparison.tokensKept} before it are kept.`
  if (block !== undefined) {
    const from = short(block.oldHash)
    const to = short(block.newHash)
    const hashes = block.change === "changed" ? ` ${from} -> ${to}` : ` ${to || from}`
    return `${labelOf(block)} was ${block.change}${hashes}: ${reread}`
  }
  return fields.length === 0
    ? "The same prompt was resolved before; what was kept of it is gone or out of date."
    : `The blocks are the same; ${fields.map((field) => `${field.field} ${field.old} -> ${field.new}`).join(", ")} changed.`
}
