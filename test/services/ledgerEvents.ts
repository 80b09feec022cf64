/** Events of a ledger, drawn from the schema or made by hand. */
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { uuidOf } from "../../src/domain/Hash.js"
import type { CheckpointId, ScaffoldId } from "../../src/domain/Ids.js"
import { Millis, TokenCount, Usd } from "../../src/domain/Measures.js"
import type { Money } from "../../src/domain/Money.js"
import { TelemetryRecord } from "../../src/domain/TelemetryRecord.js"
import type { TelemetryEvent } from "../../src/services/Telemetry.js"

export const day = Date.UTC(2026, 10, 2)
export const hour = 3_600_000

export const scaffold = (name: string): ScaffoldId => uuidOf("scaffold", name) as ScaffoldId // a UUID
export const checkpoint = (name: string): CheckpointId => uuidOf("checkpoint", name) as CheckpointId // a UUID

/** A key that stands for nothing is not written, and neither is what JSON does not know. */
const asWritten = <A>(value: A): A => JSON.parse(JSON.stringify(value)) as A // JSON of what it was

const present = <A extends object>(value: A): A =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as A // without what is not there

/** Below a thousand dollars: sums of more than nine million are not exact. */
const affordable = <A extends number>(usd: A): A => (usd % 1000) as A // nearer to 0, of the same sign

const affordableMoney = (money: Money): Money => ({
  uncachedInput: affordable(money.uncachedInput),
  cacheRead: affordable(money.cacheRead),
  cacheWrite5m: affordable(money.cacheWrite5m),
  cacheWrite1h: affordable(money.cacheWrite1h),
  output: affordable(money.output)
})

/** Anything that the schema allows, within 40 hours and for less than a thousand dollars. */
export const anyEvent: FastCheck.Arbitrary<TelemetryEvent> = FastCheck.record({
  rest: Arbitrary.make(TelemetryRecord),
  at: FastCheck.integer({ min: day, max: day + 40 * hour }),
  namespace: FastCheck.constantFrom("default", "tenant", undefined),
  model: FastCheck.constantFrom("gpt-4o", "claude-opus-4-8", undefined),
  scaffoldId: FastCheck.constantFrom(scaffold("a"), scaffold("b"))
}).map(({ at, model, namespace, rest, scaffoldId }) => {
  const { createdAt: _, id: __, metadata, request, ...others } = rest
  return present({
    ...others,
    cost: Option.map(others.cost, affordable),
    priced: others.priced && { ...others.priced, money: Option.map(others.priced.money, affordableMoney) },
    saved:
      others.saved &&
      present({
        ...others.saved,
        cost: Option.map(others.saved.cost, affordable),
        writePremium: others.saved.writePremium && affordable(others.saved.writePremium)
      }),
    usage: others.usage && { ...others.usage, uncachedInput: TokenCount.make(others.tokenCount % 1_000_000) },
    scaffoldId,
    at,
    model,
    namespace,
    request: request && asWritten(request),
    metadata: metadata && asWritten(metadata)
  })
})

/** An execution that took a second and cost a cent, changed. */
export const execution = (change: Partial<TelemetryEvent> = {}): TelemetryEvent => ({
  at: day,
  scaffoldId: scaffold("a"),
  operation: "execute",
  outcome: "miss",
  namespace: "default",
  provider: "anthropic",
  model: "claude-opus-4-8",
  tokenCount: TokenCount.make(1100),
  cost: Option.some(Usd.make(0.01)),
  latency: Millis.make(1000),
  cacheHit: false,
  usage: {
    uncachedInput: TokenCount.make(200),
    cacheRead: Option.some(TokenCount.make(700)),
    cacheWrite5m: Option.some(TokenCount.make(100)),
    cacheWrite1h: Option.none(),
    output: TokenCount.make(100),
    reasoning: Option.none()
  },
  ...change
})
