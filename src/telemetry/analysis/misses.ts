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
import type { Cause, Predicted } from "../simulator/Predicted.js"
import { isPredicted, simulate } from "../simulator/simulate.js"
import { isCall } from "../sums.js"
import { summaryOf } from "./missWords.js"
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
  behind: number
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
/** Blocks are estimated: a provider that read less than was predicted by less than this share of the input read what was predicted. */
const tolerance = 0.05

/** What one call has of a cause, in the tokens that its provider counted. */
interface Share {
  readonly reason: MissReason
  readonly tokens: number
  readonly behind: number
  readonly block?: number | undefined
  readonly idle?: number | undefined
}

/**
 * The causes of a call, scaled so that they sum to what the provider did not read. Where it read less than by its rules was there, the rest
 * is `evicted`. Where it does not say how much it read, what is predicted is taken for it.
 */
export const sharesOf = (predicted: Predicted, usage: Usage | undefined): ReadonlyArray<Share> => {
  const { causes, read } = predicted
  const unread = causes.reduce((sum, cause) => sum + cause.tokens, 0)
  const estimated = read + unread
  const total = usage === undefined ? estimated : totalInput(usage)
  const found = Option.getOrElse(
    Option.flatMap(Option.fromNullable(usage), ({ cacheRead }) => cacheRead),
    () => (estimated === 0 ? 0 : (read / estimated) * total)
  )
  const expected = estimated === 0 ? 0 : (read / estimated) * total
  const missing = expected - found > tolerance * total ? expected - found : 0
  const scale = unread === 0 ? 0 : Math.max(0, total - found - missing) / unread
  const scaled = causes.map(({ behind = 0, block, idle, reason, tokens }: Cause): Share => ({
    reason,
    block,
    idle,
    tokens: Math.round(tokens * scale),
    behind: Math.round(behind * scale)
  }))
  const evicted: Share = { reason: "evicted", tokens: Math.round(missing), behind: Math.round(missing) }
  return [...scaled, evicted].filter(({ tokens }) => tokens > 0)
}

/** What of a cause could have been read: of an edit what stands behind it, and all that was there before and was not found. */
const avoidable = ({ behind, reason, tokens }: Share): number => {
  switch (reason) {
    case "changed":
    case "added":
    case "removed":
    case "moved":
      return behind
    case "expired":
    case "key":
    case "unmarked":
    case "evicted":
      return tokens
    case "first":
    case "below-minimum":
      return 0
  }
}

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
  const blames = new Map<string, Blame>()

  // the model takes a request when it is asked for what becomes of it
  let next: ProviderRequest | undefined
  const outcomes = simulate(
    (function* () {
      while (next !== undefined) yield next
    })()
  )

  const blameFor = (call: Call, share: Share): Blame => {
    const { blocks, model, provider } = call.request
    const { reason } = share
    const block = share.block === undefined ? undefined : blocks[share.block]
    // turns of a conversation have no names, and each is another block
    const key = JSON.stringify([reason, provider, model, share.block !== undefined, block?.type, block?.name])
    const known = blames.get(key)
    const blame = known ?? {
      ...{ reason, provider, model, block: undefined, examples: [] },
      ...{ calls: 0, tokens: 0, behind: 0, idle: 0 },
      ...{ paid: { tokens: 0, nano: 0 }, avoidable: { tokens: 0, nano: 0 } }
    }
    if (known === undefined) blames.set(key, blame)
    if (share.block !== undefined) {
      blame.block = {
        index: share.block,
        ...(block?.type === undefined ? {} : { type: block.type }),
        ...(block?.name === undefined ? {} : { name: block.name })
      }
    }
    return blame
  }

  const take = (call: Call): void => {
    next = call.request
    const outcome = outcomes.next()
    if (outcome.done === true || !isPredicted(outcome.value)) return
    const shares = sharesOf(outcome.value, call.usage)
    const paid = paidPerToken(call)
    for (const share of shares) {
      const blame = blameFor(call, share)
      blame.calls += 1
      blame.tokens += share.tokens
      blame.behind += share.behind
      blame.idle += share.idle ?? 0
      blame.examples = [call.id, ...blame.examples].slice(0, mostExamples)
      if (paid === undefined) continue
      pay(blame.paid, share.tokens, paid)
      pay(blame.avoidable, avoidable(share), paid)
    }
  }

  return {
    add: (record, at) => {
      const { id, priced, request, usage } = record
      if (request !== undefined && isCall(record)) order.add({ id, request, usage, priced }, at).forEach(take)
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
  { behind, block, calls, examples, idle, model, provider, reason, tokens: unread }: Blame,
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
    summary: summaryOf({ ...cause, behind }),
    examples
  }
}
