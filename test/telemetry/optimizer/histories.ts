/** Histories of requests as an optimizer sees them, made from texts. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { TokenCount } from "../../../src/domain/Measures.js"
import type { ProviderRequest, RequestBlock, RequestMark } from "../../../src/domain/ProviderRequest.js"
import { totalInput, type Usage } from "../../../src/domain/Usage.js"
import { sha256 } from "../../../src/prompt/digest.js"
import type { HistoryEntry } from "../../../src/telemetry/optimizer/history.js"
import type { Price } from "../../../src/telemetry/optimizer/rates.js"
import { rulesOf } from "../../../src/telemetry/simulator/rules.js"
import { makeSimulator } from "../../../src/telemetry/simulator/Simulator.js"
import { usageOf } from "../../../src/telemetry/simulator/simulate.js"

export const model = "claude-sonnet-5"
export const minute = 60_000
export const hour = 60 * minute
export const start = Date.UTC(2026, 9, 1)

const or0 = (count: Option.Option<number>): number => Option.getOrElse(count, () => 0)

/**
 * Sonnet 5's prices per million tokens (facts/providers.md §1.3), and the free one of whoever runs a model.
 */
export const price: Price = (_, of, usage) =>
  of === "unpriced"
    ? Option.none()
    : Option.some(
        (2 * usage.uncachedInput +
          0.2 * or0(usage.cacheRead) +
          2.5 * or0(usage.cacheWrite5m) +
          4 * or0(usage.cacheWrite1h) +
          10 * usage.output) /
          1e6
      )

/** Texts by their hash. */
export const makeTexts = (): {
  readonly block: (
    text: string,
    tokens: number,
    names?: Partial<Pick<RequestBlock, "part" | "type" | "name">>
  ) => RequestBlock
  readonly texts: (hash: string) => string | undefined
} => {
  const known = new Map<string, string>()
  return {
    block: (text, tokens, names = {}) => {
      const hash = sha256(text)
      known.set(hash, text)
      return { part: "system", ...names, hash, tokens: tokens as TokenCount }
    },
    texts: (hash) => known.get(hash)
  }
}

export const request = (
  sentAt: number,
  blocks: ReadonlyArray<RequestBlock>,
  marks: ReadonlyArray<RequestMark>,
  more: Partial<ProviderRequest> = {}
): ProviderRequest => ({
  sentAt,
  readableAt: sentAt + 1000,
  provider: "anthropic",
  model,
  scope: "one",
  mode: marks.length === 0 ? "none" : "breakpoints",
  blocks,
  marks,
  ...more
})

/** Requests with the usage that their provider's rules give, and 100 tokens of answer. */
export const historyOf = (requests: ReadonlyArray<ProviderRequest>): ReadonlyArray<HistoryEntry> => {
  const first = requests[0]
  const rules = first === undefined ? Either.left("") : rulesOf(first.provider, first.model)
  const simulator = Either.isRight(rules) ? makeSimulator(rules.right) : undefined
  return requests.map((one, i) => ({
    id: `r${i}`,
    request: one,
    usage: simulator === undefined ? plain(one) : usageOf(simulator.next(one), 100)
  }))
}

const plain = ({ blocks }: ProviderRequest): Usage => ({
  uncachedInput: blocks.reduce((sum, block) => sum + block.tokens, 0) as TokenCount,
  cacheRead: Option.none(),
  cacheWrite5m: Option.none(),
  cacheWrite1h: Option.none(),
  output: 100 as TokenCount,
  reasoning: Option.none()
})

/** Input tokens of a history. */
export const inputOf = (history: ReadonlyArray<HistoryEntry>): number =>
  history.reduce((sum, { usage }) => sum + totalInput(usage), 0)
