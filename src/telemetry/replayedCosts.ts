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

/** Whether the block is of the prompt. Tools before it and turns of a conversation behind it have no type. */
const isOfPrompt = ({ type }: RequestBlock): boolean => type !== undefined

/**
 * Whether the request was made from this prompt: its blocks have the same names and types, and it shares at least one text that does not
 * change, for many prompts have one requirements block and one context.
 */
const isOf = (layout: PromptLayout): ((request: ProviderRequest) => boolean) => {
  const kinds = new Set(layout.blocks.map(kindOf))
  const fixed = new Set<string>(layout.blocks.filter((block) => !isVolatile(block)).map(({ hash }) => hash))
  return ({ blocks }) => {
    const own = blocks.filter(isOfPrompt)
    const theirs = new Set(own.map(kindOf))
    return (
      theirs.size === kinds.size &&
      [...theirs].every((kind) => kinds.has(kind)) &&
      (fixed.size === 0 || own.some(({ hash }) => fixed.has(hash)))
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

/** The blocks of a request by what they are called, in their order. */
const byKind = (blocks: ReadonlyArray<RequestBlock>): ReadonlyMap<string, Array<RequestBlock>> => {
  const kinds = new Map<string, Array<RequestBlock>>()
  for (const block of blocks) {
    const kind = kindOf(block)
    const known = kinds.get(kind)
    if (known === undefined) kinds.set(kind, [block])
    else known.push(block)
  }
  return kinds
}

/** The prompt's own blocks, as they would have been sent with this layout. */
const promptBlocks = (
  sent: ReadonlyArray<RequestBlock>,
  layout: PromptLayout,
  ordinal: number
): ReadonlyArray<RequestBlock> => {
  const recorded = byKind(sent)
  const inSystem = systemLength(layout.blocks.map(({ type }) => type))
  const fill = (block: LaidOutBlock): Pick<RequestBlock, "hash" | "tokens"> => {
    const same = recorded.get(kindOf(block))?.shift()
    if (block.changes !== undefined)
      return { hash: unlike(block.hash, ordinal), tokens: tokens(block.tokens) }
    if (!isVolatile(block)) return { hash: block.hash, tokens: tokens(block.tokens) }
    return same ?? { hash: unlike(block.hash, ordinal), tokens: tokens(block.tokens) }
  }
  return layout.blocks.map((block, i) => {
    const { hash, tokens } = fill(block)
    return {
      hash,
      tokens,
      part: i < inSystem ? "system" : "messages",
      type: block.type,
      ...(block.name === undefined ? {} : { name: block.name })
    }
  })
}

/**
 * The request as it would have been with this layout: blocks that stay the same are those of the layout, blocks whose type changes from call
 * to call keep what was sent, and a block that is another each time is one that was never sent. Marks are the layout's. Tools and turns
 * stay around the prompt with their marks.
 */
export const relaid = (request: ProviderRequest, layout: PromptLayout, ordinal: number): ProviderRequest => {
  const { blocks, marks, mode } = request
  const tools = blocks.filter(({ part }) => part === "tools")
  const turns = blocks.filter((block) => block.part !== "tools" && !isOfPrompt(block))
  const own = promptBlocks(blocks.filter(isOfPrompt), layout, ordinal)
  const laid = [...tools, ...own, ...turns]
  const around = marks.flatMap(({ block, ttl }) => {
    const marked = blocks[block]
    return marked === undefined || isOfPrompt(marked) ? [] : [{ block: laid.indexOf(marked), ttl }]
  })
  const inside = layout.plan.breakpoints.flatMap(({ block, ttl }) =>
    isTtl(ttl) ? [{ block: block + tools.length, ttl }] : []
  )
  return {
    ...request,
    mode: around.length > 0 ? mode : layout.plan.mode,
    blocks: laid,
    marks: [...inside, ...around].sort((a, b) => a.block - b.block)
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
  // records come when calls end
  requests.sort((a, b) => a.sentAt - b.sentAt)
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
