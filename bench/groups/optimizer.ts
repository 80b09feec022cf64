/** Recommendations for a history: how long they take, and how near they come to the best layout. */
import * as Option from "effect/Option"
import type { TokenCount } from "../../src/domain/Measures.js"
import type { OptimizationReport } from "../../src/domain/Optimization.js"
import type { ProviderRequest, RequestBlock } from "../../src/domain/ProviderRequest.js"
import type { Usage } from "../../src/domain/Usage.js"
import { sha256 } from "../../src/prompt/digest.js"
import type { HistoryEntry } from "../../src/telemetry/optimizer/history.js"
import type { Price } from "../../src/telemetry/optimizer/rates.js"
import { recommend } from "../../src/telemetry/optimizer/recommend.js"
import { compare, timed } from "../harness.js"
import { exactly, type Goal, group, rounds, tableOf, within } from "../report.js"

const model = "claude-sonnet-5"
const or0 = (count: Option.Option<number>): number => Option.getOrElse(count, () => 0)

/** Sonnet 5's prices in USD per million tokens. */
const price: Price = (_provider, _model, usage) =>
  Option.some(
    (2 * usage.uncachedInput +
      0.2 * or0(usage.cacheRead) +
      2.5 * or0(usage.cacheWrite5m) +
      4 * or0(usage.cacheWrite1h) +
      10 * usage.output) /
      1e6
  )

const usage: Usage = {
  uncachedInput: 8000 as TokenCount, // token counts that are whole and not negative, as all below
  cacheRead: Option.some(0 as TokenCount),
  cacheWrite5m: Option.some(0 as TokenCount),
  cacheWrite1h: Option.some(0 as TokenCount),
  output: 100 as TokenCount,
  reasoning: Option.none()
}

const texts = new Map<string, string>()
const block = (text: string, tokens: number, names: Omit<RequestBlock, "hash" | "tokens">): RequestBlock => {
  const hash = sha256(text)
  texts.set(hash, text)
  return { ...names, hash, tokens: tokens as TokenCount }
}

const lines = Array.from({ length: 60 }, (_, i) => `- Rule ${i}: change as little as you can, and say why.`)
const parts = Array.from({ length: 5 }, (_, i) =>
  block(`part ${i}`, 1000, { part: "system", type: "file_map", name: `part${i}` })
)

/** Eight blocks; the first has a clock in it. With `right`, the clock stands behind what is stable. */
const history = (count: number, right: boolean): ReadonlyArray<HistoryEntry> =>
  Array.from({ length: count }, (_, i): HistoryEntry => {
    const sentAt = Date.UTC(2026, 9, 1) + i * 90_000
    const now = `Now: ${new Date(sentAt).toISOString()}`
    const head = { part: "system", type: "requirements", name: "rules" } as const
    const clock = block(now, 30, { part: "messages", type: "context", name: "clock" })
    const rules = right ? block(lines.join("\n"), 2000, head) : block([now, ...lines].join("\n"), 2030, head)
    const question = block(`Question ${i}`, 60, { part: "messages", type: "context" })
    const request: ProviderRequest = {
      sentAt,
      readableAt: sentAt + 1000,
      provider: "anthropic",
      model,
      scope: "bench",
      mode: "breakpoints",
      blocks: [rules, ...parts, ...(right ? [clock] : []), question],
      marks: [{ block: 5, ttl: "5m" }]
    }
    return { id: `r${i}`, request, usage }
  })

const known = (hash: string): string | undefined => texts.get(hash)

const reported =
  (sent: ReadonlyArray<HistoryEntry>): (() => OptimizationReport) =>
  () =>
    recommend({ history: sent, price, texts: known })

await group("optimizer", async () => {
  const one = reported(history(1000, false))
  const ten = reported(history(10_000, false))
  const comparison = await compare({
    base: { name: "1,000 requests", sample: timed(1, () => undefined, one) },
    candidates: [{ name: "10,000 requests", sample: timed(1, () => undefined, ten) }],
    rounds: rounds(11)
  })
  const [best] = ten().recommendations
  // without a recommendation there is no ratio, and the goal is missed
  const left = best === undefined ? Number.NaN : best.after.cost / best.optimum.cost
  const right = reported(history(10_000, true))().recommendations
  const goals: ReadonlyArray<Goal> = [
    within(
      "10,000 requests of eight blocks, a clock in the first",
      comparison.micros("10,000 requests"),
      10e6
    ),
    {
      what: "the same: cost after the best recommendation, over what no layout can cost less than",
      goal: "<= 1.02 x",
      measured: `${left.toFixed(4)} x`,
      met: left <= 1.02
    },
    exactly(
      "the same with the clock in its place: recommendations that cost more",
      right.filter(({ after, before }) => after.cost >= before.cost).length,
      0,
      "recommendations"
    )
  ]
  return { goals, tables: [tableOf("A report over a history of requests", comparison)] }
})
