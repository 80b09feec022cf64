/** The marks of a request whose blocks change places. */
import type { Provider } from "../../domain/Provider.js"
import type { ProviderRequest, RequestBlock, RequestMark } from "../../domain/ProviderRequest.js"
import { anthropicFacts } from "../../prompt/models/anthropic.js"
import type { ModelFacts } from "../../prompt/models/ModelFacts.js"
import { openAiFacts } from "../../prompt/models/openai.js"
import { anthropicTtl, breakpointsOf, openAiTtl, type Ttl } from "../../prompt/render/breakpoints.js"
import { systemLength } from "../../prompt/render/messages.js"

const marking = (
  provider: Provider,
  model: string
): { readonly facts: ModelFacts; readonly ttl: Ttl } | undefined =>
  provider === "anthropic"
    ? { facts: anthropicFacts(model), ttl: anthropicTtl }
    : provider === "openai"
      ? { facts: openAiFacts(model), ttl: openAiTtl }
      : undefined

const typesOf = (
  blocks: ReadonlyArray<RequestBlock>
): ReadonlyArray<NonNullable<RequestBlock["type"]>> | undefined => {
  const types = blocks.flatMap(({ part, type }) => (type === undefined || part === "tools" ? [] : [type]))
  return types.length === blocks.length ? types : undefined
}

/** Where Aegis itself marks a request of these blocks; undefined where it would not have built it. */
export const aegisMarks = ({
  blocks,
  model,
  provider
}: Pick<ProviderRequest, "blocks" | "model" | "provider">): ReadonlyArray<RequestMark> | undefined => {
  const types = typesOf(blocks)
  const rule = marking(provider, model)
  if (types === undefined || rule === undefined || rule.facts.caching !== "marked") return undefined
  let prefixTokens = 0
  const stable = blocks.slice(0, systemLength(types)).map(({ tokens }, i) => {
    prefixTokens += tokens
    return { type: types[i] ?? "context", prefixTokens }
  })
  return breakpointsOf(stable, rule.facts.minimumCacheTokens, rule.ttl).map(({ block, ttl }) => ({
    block,
    ttl: ttl === "1h" || ttl === "30m" ? ttl : "5m"
  }))
}

const sameMarks = (a: ReadonlyArray<RequestMark>, b: ReadonlyArray<RequestMark>): boolean =>
  a.length === b.length && a.every(({ block, ttl }, i) => block === b[i]?.block && ttl === b[i]?.ttl)

/**
 * A request with other blocks, of which `origin` says what index each had. Marks that Aegis had set are set
 * anew by its rule, and blocks that only it had laid out get the parts that it gives them; other marks stay
 * behind their blocks.
 */
export const relaid = (
  request: ProviderRequest,
  blocks: ReadonlyArray<RequestBlock>,
  origin: ReadonlyArray<number>
): ProviderRequest => {
  const own = aegisMarks(request)
  const types = typesOf(blocks)
  const parted =
    types === undefined
      ? blocks
      : blocks.map((block, i): RequestBlock => {
          const part = i < systemLength(types) ? "system" : "messages"
          return block.part === part ? block : { ...block, part }
        })
  const anew =
    own !== undefined && sameMarks(own, request.marks)
      ? aegisMarks({ ...request, blocks: parted })
      : undefined
  const marks =
    anew ??
    request.marks
      .map(({ block, ttl }): RequestMark => ({ block: origin.lastIndexOf(block), ttl }))
      .filter(({ block }) => block !== -1)
      .toSorted((a, b) => a.block - b.block)
  const laidOut = { ...request, blocks: parted }
  return request.mode === "automatic" ? { ...laidOut, marks } : withMarks(laidOut, marks)
}

/**
 * A longer time to live may not follow a shorter one (Anthropic, facts of its API): what follows 5m is 5m.
 */
const descending = (marks: ReadonlyArray<RequestMark>): ReadonlyArray<RequestMark> => {
  let short = false
  return marks.map((mark) => {
    short ||= mark.ttl === "5m"
    return short && mark.ttl === "1h" ? { ...mark, ttl: "5m" as const } : mark
  })
}

/** The request with these marks and no others: without any it asks for nothing to be kept. */
export const withMarks = (request: ProviderRequest, marks: ReadonlyArray<RequestMark>): ProviderRequest => ({
  ...request,
  mode: marks.length === 0 ? "none" : "breakpoints",
  marks: descending(marks)
})

/**
 * Marks as a change writes them, in a request of `length` blocks: below zero they count from its end, -1 is
 * the last block.
 */
export const marksFor = (marks: ReadonlyArray<RequestMark>, length: number): ReadonlyArray<RequestMark> => {
  const places = new Map<number, RequestMark>()
  for (const { block, ttl } of marks) {
    const at = block < 0 ? length + block : block
    if (at >= 0 && at < length && !places.has(at)) places.set(at, { block: at, ttl })
  }
  return [...places.values()].toSorted((a, b) => a.block - b.block)
}
