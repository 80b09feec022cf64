/**
 * Why input was not read from the providers' caches: what the model of each cache says of the calls, held against what the provider
 * reported.
 */
import * as Option from "effect/Option"
import type { Millis, Usd } from "../../domain/Measures.js"
import type { UsdDifference } from "../../domain/Money.js"
import type { Provider } from "../../domain/Provider.js"
import type { ProviderRequest } from "../../domain/ProviderRequest.js"
import type { MissCause, MissReason } from "../../domain/TelemetryAnalysis.js"
import type { TelemetryRecord } from "../../domain/TelemetryRecord.js"
import { totalInput, type Usage } from "../../domain/Usage.js"
import { tokens } from "../../prompt/render/tokens.js"
import { isCall } from "../sums.js"
import { missSentence } from "../missSentence.js"
import type { Cause } from "../simulator/Predicted.js"
import { scaledTo } from "../simulator/predictRecord.js"
import { isPredicted } from "../simulator/simulate.js"
import { avoidable, causesOf } from "./missShares.js"
import { makeRolling } from "./rolling.js"
import { makeSendOrder } from "./sendOrder.js"

/** What reading a token from a model's cache costs in USD; none where that is not known. */
export type ReadPrice = (provider: Provider, model: string) => Option.Option<number>

/** A call whose request is known. */
interface Call {
  readonly id: string
  readonly request: ProviderRequest
  readonly usage: Usage | undefined
  readonly priced: TelemetryRecord["priced"]
}

/** Tokens whose price is known, and what was paid for them in billionths of a dollar. */
interface Paid {
  tokens: number
  nano: number
}

/** A cause over all calls so far. `avoidable` is of what could have been read. */
interface Blame {
  readonly reason: MissReason
  readonly provider: Provider
  readonly model: string
  block: MissCause["block"]
  calls: number
  tokens: number
  unchanged: number
  readonly paid: Paid
  readonly avoidable: Paid
  idle: number
  examples: ReadonlyArray<string>
}

export interface MissAnalysis {
  readonly add: (record: TelemetryRecord, at: number) => void
  /** The dearest first, and what could have been read cost beyond reading it. Nothing can be added after it. */
  readonly result: (readPrice: ReadPrice) => {
    readonly misses: ReadonlyArray<MissCause>
    readonly wasted: UsdDifference
  }
}

/** Ids of records that each cause names, and causes that are told of. */
const mostExamples = 5
const mostCauses = 100
/** Blocks that are told apart by their names. */
const mostNamed = 10_000

/** What a token that was not read cost on average over the call, in billionths of a dollar: written ones cost more than others. */
const paidPerToken = ({ priced, usage }: Call): number | undefined => {
  const money = priced === undefined ? undefined : Option.getOrUndefined(priced.money)
  if (usage === undefined || money === undefined) return undefined
  const unread = totalInput(usage) - Option.getOrElse(usage.cacheRead, () => 0)
  const paid = money.uncachedInput + money.cacheWrite5m + money.cacheWrite1h
  return unread === 0 ? 0 : (paid * 1e9) / unread
}

const pay = (paid: Paid, tokens: number, nano: number): void => {
  paid.tokens += tokens
  paid.nano += Math.round(tokens * nano)
}

/** What was paid beyond the price of reading, in billionths of a dollar. */
const beyond = ({ nano, tokens }: Paid, readPrice: number): number =>
  Math.max(0, nano - Math.round(tokens * readPrice * 1e9))

export const makeMissAnalysis = (): MissAnalysis => {
  const order = makeSendOrder<Call>()
  const outcomeOf = makeRolling()
  const blames = new Map<string, Blame>()

  const blameFor = (call: Call, cause: Cause): Blame => {
    const { blocks, model, provider } = call.request
    const { reason } = cause
    const block = cause.block === undefined ? undefined : blocks[cause.block]
    // turns of a conversation have no names, and each is another block
    const keyOf = (name: string | undefined): string =>
      JSON.stringify([reason, provider, model, cause.block !== undefined, block?.type, name])
    const own = keyOf(block?.name)
    const key = blames.has(own) || blames.size < mostNamed ? own : keyOf(undefined)
    const known = blames.get(key)
    const blame = known ?? {
      ...{ reason, provider, model, block: undefined, examples: [] },
      ...{ calls: 0, tokens: 0, unchanged: 0, idle: 0 },
      ...{ paid: { tokens: 0, nano: 0 }, avoidable: { tokens: 0, nano: 0 } }
    }
    if (known === undefined) blames.set(key, blame)
    if (cause.block !== undefined) {
      blame.block = {
        index: cause.block,
        ...(block?.type === undefined ? {} : { type: block.type }),
        ...(block?.name === undefined ? {} : { name: block.name })
      }
    }
    return blame
  }

  const take = (call: Call): void => {
    const { request, usage } = call
    // the provider counts the whole; where it does not, the estimate is all there is
    const outcome = outcomeOf(usage === undefined ? request : scaledTo(request, totalInput(usage)))
    if (!isPredicted(outcome)) return
    const reported = Option.flatMap(Option.fromNullable(usage), ({ cacheRead }) => cacheRead)
    const paid = paidPerToken(call)
    for (const cause of causesOf(
      outcome,
      Option.getOrElse(reported, () => outcome.read)
    )) {
      const blame = blameFor(call, cause)
      blame.calls += 1
      blame.tokens += cause.tokens
      blame.unchanged += cause.unchanged ?? 0
      blame.idle += cause.idle ?? 0
      blame.examples = [call.id, ...blame.examples].slice(0, mostExamples)
      if (paid === undefined) continue
      pay(blame.paid, cause.tokens, paid)
      pay(blame.avoidable, avoidable(cause), paid)
    }
  }

  return {
    add: (record, at) => {
      const { error, id, priced, request, usage } = record
      // what failed may never have been read
      const isRead = isCall(record) && (error === undefined || usage !== undefined)
      if (request !== undefined && isRead) order.add({ id, request, usage, priced }, at).forEach(take)
    },
    result: (readPrice) => {
      order.end().forEach(take)
      const causes = [...blames.values()].map((blame) => {
        const price = readPrice(blame.provider, blame.model)
        const cost = Option.filter(price, () => blame.paid.tokens > 0)
        return {
          blame,
          cost: Option.map(cost, (each) => beyond(blame.paid, each)),
          waste: Option.match(cost, { onNone: () => 0, onSome: (each) => beyond(blame.avoidable, each) })
        }
      })
      const or0 = Option.getOrElse(() => 0)
      return {
        misses: causes
          .sort((a, b) => or0(b.cost) - or0(a.cost) || b.blame.tokens - a.blame.tokens)
          .slice(0, mostCauses)
          .map(({ blame, cost }) => toCause(blame, cost)),
        wasted: (causes.reduce((sum, { waste }) => sum + waste, 0) / 1e9) as UsdDifference // a finite number
      }
    }
  }
}

const toCause = (
  { unchanged, block, calls, examples, idle, model, provider, reason, tokens: unread }: Blame,
  nano: Option.Option<number>
): MissCause => {
  const cause = {
    reason,
    provider,
    model,
    ...(block === undefined ? {} : { block }),
    calls,
    tokens: tokens(unread),
    ...(reason === "expired" ? { idle: Math.round(idle / calls) as Millis } : {}) // a mean of times that are not negative
  }
  return {
    ...cause,
    cost: Option.map(nano, (each) => (each / 1e9) as Usd), // not negative
    summary: missSentence({ ...cause, block, unchanged }),
    examples
  }
}
