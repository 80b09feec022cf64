/** What an analysis and an optimizer may say: a clock in the wrong block, and a patch of the prompt. */
import * as Option from "effect/Option"
import type { Millis, TokenCount, Usd } from "../../../src/domain/Measures.js"
import type { UsdDifference } from "../../../src/domain/Money.js"
import type { OptimizationRecommendation, OptimizationReport } from "../../../src/domain/Optimization.js"
import type { MissCause, TelemetryAnalysis } from "../../../src/domain/TelemetryAnalysis.js"
import * as Sums from "../../../src/telemetry/sums.js"

// numbers of this file are what their types say: small, and not below 0
const tokens = (value: number): TokenCount => value as TokenCount
const usd = (value: number): Usd => value as Usd

export const clock: MissCause = {
  reason: "changed",
  provider: "anthropic",
  model: "claude-sonnet-5",
  block: { index: 1, type: "style_guide", name: "house" },
  calls: 7,
  tokens: tokens(28_000),
  cost: Option.some(usd(0.14)),
  summary: "Block 2, style_guide house, was another one in each of 7 calls.",
  examples: []
}

export const first: MissCause = {
  reason: "first",
  provider: "anthropic",
  model: "claude-sonnet-5",
  calls: 1,
  tokens: tokens(4000),
  cost: Option.some(usd(0.5)),
  summary: "The first call has nothing to read.",
  examples: []
}

export const analysis: TelemetryAnalysis = {
  query: {},
  totals: { ...Sums.toTotals(Sums.make()), records: 40, calls: 27 },
  totalCost: usd(0.34),
  averageLatency: Option.some(1500 as Millis),
  cacheHitRate: Option.some(0.5),
  costByProvider: { anthropic: usd(0.34) },
  byModel: [],
  byDay: [],
  byScaffold: [],
  blocks: [
    {
      type: "style_guide",
      name: "house",
      calls: 14,
      tokens: tokens(56_000),
      read: tokens(28_000),
      volatility: 0.5
    }
  ],
  misses: [first, clock],
  performanceTrends: [
    {
      measure: "provider-hit-rate",
      provider: "anthropic",
      model: "claude-sonnet-5",
      points: [1, 1, 0, 0].map((value, at) => ({ at: `2026-11-0${at + 1}T00:00:00Z`, value })),
      changes: [{ at: "2026-11-03T00:00:00Z", before: 1, after: 0, confidence: 0.99 }]
    }
  ],
  anomalies: [
    {
      at: "2026-11-04T00:00:00Z",
      measure: "cost",
      value: 5,
      expected: 1,
      score: 9,
      summary: "Calls cost $5 on this day, and $1 on others."
    }
  ],
  wasted: 0.14 as UsdDifference
}

export const recommendation = (
  id: string,
  saving: number,
  patch?: OptimizationRecommendation["patch"]
): OptimizationRecommendation => ({
  id,
  type: "cache",
  description: "Move the clock behind what stays the same.",
  potentialSavings: usd(saving),
  implementation: "Put line 1 of style_guide into a block of its own at the end.",
  provider: "anthropic",
  model: "claude-sonnet-5",
  prompt: [],
  changes: [],
  range: { from: "2026-11-01T00:00:00Z", to: "2026-11-15T00:00:00Z" },
  before: { requests: 14, inputTokens: tokens(57_000), readTokens: tokens(28_000), cost: usd(0.28) },
  after: { requests: 14, inputTokens: tokens(57_000), readTokens: tokens(52_000), cost: usd(0.28 - saving) },
  confidence: 0.97,
  optimum: { cost: usd(0.13), exact: true },
  ...(patch === undefined ? {} : { patch })
})

export const report = (recommendations: ReadonlyArray<OptimizationRecommendation>): OptimizationReport => ({
  recommendations,
  abstained: [
    { provider: "x-mine", model: "m", requests: 3, reason: "nothing is known of this provider's cache" }
  ],
  calibration: [
    {
      provider: "anthropic",
      model: "claude-sonnet-5",
      requests: 14,
      predicted: tokens(28_000),
      reported: tokens(28_000),
      exact: 1,
      error: Option.some(0),
      bias: 0 as UsdDifference,
      worst: []
    }
  ]
})
