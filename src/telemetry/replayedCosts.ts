/** What recorded calls of a prompt would have cost with other layouts of it. */
import * as Option from "effect/Option"
import type { Hash } from "../domain/Hash.js"
import type { Timestamp, Usd } from "../domain/Measures.js"
import type { Provider } from "../domain/Provider.js"
import type { ProviderRequest, RequestBlock, RequestMark } from "../domain/ProviderRequest.js"
import type { Usage } from "../domain/Usage.js"
import { systemLength } from "../prompt/render/messages.js"
import { tokens } from "../prompt/render/tokens.js"
import { isVolatile, type LaidOutBlock, type PromptLayout } from "./promptLayout.js"
import { isPredicted, simulate, usageOf } from "./simulator/simulate.js"

/** What is compared, and at what price in USD. */
export interface LayoutChange {
  readonly provider: Provider
  readonly model: string
  readonly before: PromptLayout
  readonly after: PromptLayout
  readonly price: (usage: Usage) => Option.Option<number>
}

/** The input of `calls` recorded calls, in USD. */
export interface ReplayedCosts {
  readonly calls: number
  readonly from: Timestamp
  readonly to: Timestamp
  readonly before: Usd
  readonly after: Usd
}

/** What a block is called by: its type and name. */
const kindOf = ({ name, type }: Pick<RequestBlock, "name" | "type">): string => JSON.stringify([type, name])

/**
 * Whether the request was made from this prompt: its blocks have the same names and types, and it shares at least one text that does not
 * change, for many prompts have one requirements block and one context.
 */
const isOf = (layout: PromptLayout): ((request: ProviderRequest) => boolean) => {
  const kinds = new Set(layout.blocks.map(kindOf))
  const fixed = new Set<string>(layout.blocks.filter((block) => !isVolatile(block)).map(({ hash }) => hash))
  return ({ blocks }) => {
    const theirs = new Set(blocks.map(kindOf))
    return (
      theirs.size === kinds.size &&
      [...theirs].every((kind) => kinds.has(kind)) &&
      (fixed.size === 0 || blocks.some(({ hash }) => fixed.has(hash)))
    )
  }
}

/** A text that nobody else has: a digest with a number in its last digits. */
const unlike = (hash: Hash, ordinal: number): Hash =>
  `${hash.slice(0, 52)}${ordinal.toString(16).padStart(12, "0")}` as Hash // 64 hexadecimal digits as before

const ttls: ReadonlySet<string> = new Set(["5m", "30m", "1h", "12h"] satisfies ReadonlyArray<
  RequestMark["ttl"]
>)
const isTtl = (ttl: string): ttl is RequestMark["ttl"] => ttls.has(ttl)

/**
 * The request as it would have been with this layout: blocks that stay the same are those of the layout, blocks whose type changes from call
 * to call keep what was sent, and a block that is another each time is one that was never sent. Marks are the layout's.
 */
export const relaid = (request: ProviderRequest, layout: PromptLayout, ordinal: number): ProviderRequest => {
  const sent = new Map<string, Array<RequestBlock>>()
  for (const block of request.blocks) {
    const kind = kindOf(block)
    const known = sent.get(kind)
    if (known === undefined) sent.set(kind, [block])
    else known.push(block)
  }
  const inSystem = systemLength(layout.blocks.map(({ type }) => type))
  const fill = (block: LaidOutBlock): Pick<RequestBlock, "hash" | "tokens"> => {
    const recorded = sent.get(kindOf(block))?.shift()
    if (block.changes !== undefined)
      return { hash: unlike(block.hash, ordinal), tokens: tokens(block.tokens) }
    if (!isVolatile(block)) return { hash: block.hash, tokens: tokens(block.tokens) }
    return recorded ?? { hash: unlike(block.hash, ordinal), tokens: tokens(block.tokens) }
  }
  return {
    ...request,
    mode: layout.plan.mode,
    blocks: layout.blocks.map((block, i) => {
      const { hash, tokens } = fill(block)
      return {
        hash,
        tokens,
        part: i < inSystem ? "system" : "messages",
        type: block.type,
        ...(block.name === undefined ? {} : { name: block.name })
      }
    }),
    marks: layout.plan.breakpoints.flatMap(({ block, ttl }) => (isTtl(ttl) ? [{ block, ttl }] : []))
  }
}

/** Billionths of a dollar, whose sum does not depend on its order; none once a call cannot be predicted or priced. */
const costOf = (
  requests: ReadonlyArray<ProviderRequest>,
  layout: PromptLayout,
  price: LayoutChange["price"]
): Option.Option<Usd> => {
  let nano = 0
  for (const outcome of simulate(
    requests.map((request, i) => relaid(request, layout, i)),
    { causes: false }
  )) {
    const cost = isPredicted(outcome) ? price(usageOf(outcome, 0)) : Option.none()
    if (Option.isNone(cost)) return Option.none()
    nano += Math.round(cost.value * 1e9)
  }
  return Option.some((nano / 1e9) as Usd) // a sum of prices, which are not negative
}

/**
 * The recorded calls of the prompt as it was, sent again as either layout, each at its time, through the model of the provider's cache.
 * Undefined where there are none, and where the cache of the model or its price is not known.
 */
export const replayedCosts = (
  { after, before, model, price, provider }: LayoutChange,
  history: Iterable<ProviderRequest>
): ReplayedCosts | undefined => {
  const isBefore = isOf(before)
  const requests: Array<ProviderRequest> = []
  for (const request of history) {
    if (request.provider === provider && request.model === model && isBefore(request)) requests.push(request)
  }
  const first = requests[0]
  const last = requests.at(-1)
  const costs = Option.all([costOf(requests, before, price), costOf(requests, after, price)])
  if (first === undefined || last === undefined || Option.isNone(costs)) return undefined
  const at = (millis: number): Timestamp => new Date(millis).toISOString() // an ISO instant with a Z
  return {
    calls: requests.length,
    from: at(first.sentAt),
    to: at(last.sentAt),
    before: costs.value[0],
    after: costs.value[1]
  }
}
