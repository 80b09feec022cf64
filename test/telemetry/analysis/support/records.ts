/** Records of a ledger, as tests need them. */
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { uuidOf } from "../../../../src/domain/Hash.js"
import type { ScaffoldId, TelemetryId } from "../../../../src/domain/Ids.js"
import type { Millis, Usd } from "../../../../src/domain/Measures.js"
import type { Money, UsdDifference } from "../../../../src/domain/Money.js"
import { Outcome } from "../../../../src/domain/Outcome.js"
import type { ProviderRequest } from "../../../../src/domain/ProviderRequest.js"
import { Operation, type TelemetryRecord } from "../../../../src/domain/TelemetryRecord.js"
import type { Usage } from "../../../../src/domain/Usage.js"
import { sha256 } from "../../../../src/prompt/digest.js"
import { tokens } from "../../../../src/prompt/render/tokens.js"

// brands of numbers that the tests write down themselves
export const usd = (amount: number): Usd => amount as Usd
export const millis = (time: number): Millis => time as Millis
export const difference = (amount: number): UsdDifference => amount as UsdDifference

/** The start of the histories here, in milliseconds. */
export const start = Date.parse("2026-11-02T00:00:00Z")
export const day = 86_400_000

export const scaffold = (name: string): ScaffoldId => uuidOf("scaffold", name) as ScaffoldId // a UUID
const id = (name: string): TelemetryId => uuidOf("telemetry", name) as TelemetryId // a UUID

/** An execution that missed and says nothing else, at a time after the start. */
export const record = (after: number, rest: Partial<TelemetryRecord> = {}): TelemetryRecord => ({
  id: id(`${after}`),
  scaffoldId: scaffold("one"),
  operation: "execute",
  outcome: "miss",
  provider: "anthropic",
  model: "claude-sonnet-5",
  tokenCount: tokens(0),
  cost: Option.none(),
  latency: millis(0),
  cacheHit: false,
  createdAt: new Date(start + after).toISOString(),
  ...rest
})

export const usage = (counts: Partial<Record<keyof Usage, number>>): Usage => ({
  uncachedInput: tokens(counts.uncachedInput ?? 0),
  cacheRead: Option.map(Option.fromNullable(counts.cacheRead), tokens),
  cacheWrite5m: Option.map(Option.fromNullable(counts.cacheWrite5m), tokens),
  cacheWrite1h: Option.map(Option.fromNullable(counts.cacheWrite1h), tokens),
  output: tokens(counts.output ?? 0),
  reasoning: Option.map(Option.fromNullable(counts.reasoning), tokens)
})

/** A known price, and the cost that is its sum. */
export const paid = (
  amounts: Partial<Record<keyof Money, number>>
): Pick<TelemetryRecord, "cost" | "priced"> => {
  const money: Money = {
    uncachedInput: usd(amounts.uncachedInput ?? 0),
    cacheRead: usd(amounts.cacheRead ?? 0),
    cacheWrite5m: usd(amounts.cacheWrite5m ?? 0),
    cacheWrite1h: usd(amounts.cacheWrite1h ?? 0),
    output: usd(amounts.output ?? 0)
  }
  return {
    cost: Option.some(
      usd(money.uncachedInput + money.cacheRead + money.cacheWrite5m + money.cacheWrite1h + money.output)
    ),
    priced: { source: "test", version: "1", match: "exact", money: Option.some(money) }
  }
}

/** A request of these texts, each in a block of a type and a size. */
export const request = (
  after: number,
  texts: ReadonlyArray<
    readonly [type: "requirements" | "style_guide" | "context", text: string, size: number]
  >,
  rest: Partial<ProviderRequest> = {}
): ProviderRequest => ({
  sentAt: start + after,
  readableAt: start + after + 1000,
  provider: "anthropic",
  model: "claude-sonnet-5",
  scope: "default",
  mode: "automatic",
  blocks: texts.map(([type, text, size]) => ({
    hash: sha256(text),
    tokens: tokens(size),
    part: type === "context" ? "messages" : "system",
    type
  })),
  marks: [],
  ...rest
})

const nano = FastCheck.integer({ min: 0, max: 10_000_000_000 }).map((count) => count / 1e9)
const count = FastCheck.integer({ min: 0, max: 1_000_000 })
const maybe = <A>(of: FastCheck.Arbitrary<A>): FastCheck.Arbitrary<A | undefined> =>
  FastCheck.option(of, { nil: undefined })

/** Any records: of every operation and outcome, with and without usage, prices and savings, over two weeks. */
export const anyRecord: FastCheck.Arbitrary<TelemetryRecord> = FastCheck.record({
  after: FastCheck.integer({ min: 0, max: 14 * day }),
  operation: FastCheck.constantFrom(...Operation.literals),
  outcome: FastCheck.constantFrom(...Outcome.literals),
  served: FastCheck.constantFrom(
    { provider: "anthropic", model: "claude-sonnet-5" } as const,
    { provider: "openai", model: "gpt-5.6" } as const,
    {}
  ),
  scaffold: FastCheck.constantFrom("one", "two", "three").map(scaffold),
  error: maybe(FastCheck.constant("RateLimited")),
  latency: FastCheck.double({ min: 0, max: 60_000, noNaN: true }).map(millis),
  usage: maybe(
    FastCheck.record({
      uncachedInput: count,
      cacheRead: maybe(count),
      cacheWrite5m: maybe(count),
      cacheWrite1h: maybe(count),
      output: count,
      reasoning: maybe(count)
    })
  ),
  paid: maybe(
    FastCheck.record({
      uncachedInput: nano,
      cacheRead: nano,
      cacheWrite5m: nano,
      cacheWrite1h: nano,
      output: nano
    })
  ),
  saved: maybe(
    FastCheck.record({
      tokens: count.map(tokens),
      cost: FastCheck.option(FastCheck.integer({ min: -1e9, max: 1e9 }).map((n) => difference(n / 1e9))).map(
        Option.fromNullable
      )
    })
  ),
  texts: FastCheck.array(
    FastCheck.tuple(
      FastCheck.constantFrom("requirements" as const, "style_guide" as const, "context" as const),
      FastCheck.constantFrom("a", "b", "c"),
      FastCheck.integer({ min: 0, max: 5000 })
    ),
    { maxLength: 5 }
  )
}).map(
  ({ after, error, latency, operation, outcome, paid: money, saved, scaffold, served, texts, usage: used }) =>
    record(after, {
      operation,
      outcome,
      ...served,
      scaffoldId: scaffold,
      latency,
      request: request(after, texts),
      ...(error === undefined ? {} : { error }),
      ...(used === undefined ? {} : { usage: usageOf(used) }),
      ...(money === undefined ? {} : paid(money)),
      ...(saved === undefined ? {} : { saved })
    })
)

/** Counts as they are drawn: what was not reported is undefined. */
const usageOf = (counts: Readonly<Record<keyof Usage, number | undefined>>): Usage =>
  usage(Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined)))

export const anyRecords: FastCheck.Arbitrary<ReadonlyArray<TelemetryRecord>> = FastCheck.array(anyRecord, {
  maxLength: 30
})
