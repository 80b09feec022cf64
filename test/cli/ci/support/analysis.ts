/** An analysis of a ledger of which only rates and latencies are of interest. */
import * as Schema from "effect/Schema"
import { TelemetryAnalysis } from "../../../../src/domain/TelemetryAnalysis.js"

export interface Given {
  readonly provider?: number | undefined
  readonly local?: number | undefined
  /** Milliseconds. */
  readonly p99?: number | undefined
  /** USD. */
  readonly saved?: number | undefined
  /** The share of calls whose price is known; null where there are none. */
  readonly priced?: number | null
}

export const analysis = ({ local, p99, priced = 1, provider, saved = 0 }: Given): TelemetryAnalysis =>
  Schema.decodeUnknownSync(TelemetryAnalysis)({
    query: {},
    totals: {
      records: 10,
      calls: 10,
      failed: 0,
      outcomes: { hit: 8, miss: 2, follower: 0, replay: 0, bypass: 0 },
      tokens: { uncachedInput: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, reasoning: 0 },
      money: { uncachedInput: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0 },
      spent: 0,
      saved,
      savedTokens: 0,
      writePremium: 0,
      pricingCoverage: priced,
      hitRates: { local: local ?? null, answers: null, provider: provider ?? null, providerRequests: null },
      latency: {
        lookup: p99 === undefined ? null : { count: 10, p50: p99, p90: p99, p99, max: p99 },
        provider: null,
        firstToken: null,
        total: null
      }
    },
    totalCost: 0,
    averageLatency: null,
    cacheHitRate: provider ?? null,
    costByProvider: {},
    byModel: [],
    byDay: [],
    byScaffold: [],
    blocks: [],
    misses: [],
    performanceTrends: [],
    anomalies: [],
    wasted: 0
  })
