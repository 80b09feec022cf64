/** Why providers read input anew: the causes over all calls, by the block that is to blame. */
import * as Option from "effect/Option"
import type { Millis, Usd } from "../domain/Measures.js"
import type { Provider } from "../domain/Provider.js"
import type { ProviderRequest } from "../domain/ProviderRequest.js"
import type { MissCause, MissReason } from "../domain/TelemetryAnalysis.js"
import type { TelemetryRecord } from "../domain/TelemetryRecord.js"
import { tokens } from "../prompt/render/tokens.js"
import { missSentence } from "./missSentence.js"
import type { Cause } from "./simulator/Predicted.js"
import { makeRecordPredictor, type PredictedRecord } from "./simulator/predictRecord.js"
import type { SimulateOptions } from "./simulator/simulate.js"

export interface MissOptions extends SimulateOptions {
  /** What it costs in USD that so many tokens were not read from the cache; none where it is not known. */
  readonly cost?: (provider: Provider, model: string, tokens: number) => Option.Option<number>
}

/** Takes records in the order of their times; memory grows with what is told apart, not with the calls. */
export interface MissCauses {
  readonly add: (record: TelemetryRecord) => void
  /** The dearest first, then those of most tokens. */
  readonly result: () => ReadonlyArray<MissCause>
}

/** Of the examples of a cause so many are told. */
const mostExamples = 5

/**
 * A provider that read less than this share of what its rules give did not have it. Less of a difference is one of counting: blocks are
 * estimated.
 */
const found = 0.9

interface Sums {
  readonly reason: MissReason
  readonly provider: Provider
  readonly model: string
  readonly block: MissCause["block"]
  calls: number
  tokens: number
  behind: number
  idle: number
  cost: Option.Option<number>
  examples: ReadonlyArray<string>
}

/** What the model blames, and what was read less or more than it says. */
const causesOf = ({ predicted, read }: PredictedRecord): ReadonlyArray<Cause> => {
  const reported = Option.getOrElse(read, () => predicted.read)
  if (reported < predicted.read * found) {
    return [{ reason: "evicted", tokens: predicted.read - reported }, ...predicted.causes]
  }
  // what was read beyond the prediction begins where that ends: the first causes are of less
  let more = Math.max(0, reported - predicted.read)
  return predicted.causes.flatMap((cause) => {
    const less = Math.min(more, cause.tokens)
    more -= less
    if (less === 0) return [cause]
    const left = cause.tokens - less
    const { behind } = cause
    if (left === 0) return []
    return [{ ...cause, tokens: left, ...(behind === undefined ? {} : { behind: Math.min(behind, left) }) }]
  })
}

const blockOf = ({ blocks }: ProviderRequest, { block }: Cause): MissCause["block"] => {
  const found = block === undefined ? undefined : blocks[block]
  if (block === undefined || found === undefined) return undefined
  const { name, type } = found
  return { index: block, ...(type === undefined ? {} : { type }), ...(name === undefined ? {} : { name }) }
}

export const makeMissCauses = (options: MissOptions = {}): MissCauses => {
  const predict = makeRecordPredictor(options)
  const costOf = options.cost ?? ((): Option.Option<number> => Option.none())
  const groups = new Map<string, Sums>()

  const groupOf = (cause: Cause, { request }: PredictedRecord): Sums => {
    const { model, provider } = request
    const { reason } = cause
    const block = blockOf(request, cause)
    const key = JSON.stringify([reason, provider, model, block?.index, block?.type, block?.name])
    const known = groups.get(key)
    if (known !== undefined) return known
    const zero = { calls: 0, tokens: 0, behind: 0, idle: 0, cost: Option.some(0), examples: [] }
    const sums: Sums = { reason, provider, model, block, ...zero }
    groups.set(key, sums)
    return sums
  }

  return {
    add: (given) => {
      const predicted = predict(given)
      if (predicted === undefined) return
      const { model, provider } = predicted.request
      for (const cause of causesOf(predicted)) {
        const sums = groupOf(cause, predicted)
        sums.calls++
        sums.tokens += cause.tokens
        sums.behind += cause.behind ?? 0
        sums.idle += cause.idle ?? 0
        sums.cost = Option.zipWith(sums.cost, costOf(provider, model, cause.tokens), (a, b) => a + b)
        sums.examples = [given.id, ...sums.examples.filter((id) => id !== given.id)].slice(0, mostExamples)
      }
    },
    result: () =>
      [...groups.values()]
        .sort((a, b) => or0(b.cost) - or0(a.cost) || b.tokens - a.tokens)
        .map(({ behind, block, idle, ...sums }) => {
          const meanIdle = sums.reason === "expired" ? { idle: (idle / sums.calls) as Millis } : {} // a mean of times
          return {
            reason: sums.reason,
            provider: sums.provider,
            model: sums.model,
            ...(block === undefined ? {} : { block }),
            calls: sums.calls,
            tokens: tokens(sums.tokens),
            cost: Option.map(sums.cost, (cost) => Math.max(0, cost) as Usd), // finite, and not below zero
            ...meanIdle,
            summary: missSentence({ ...sums, block, behind, ...meanIdle }),
            examples: sums.examples
          }
        })
  }
}

const or0 = (cost: Option.Option<number>): number => Option.getOrElse(cost, () => 0)

/** The causes of records that are all there, which are put in the order in which they were sent. */
export const missCauses = (
  records: Iterable<TelemetryRecord>,
  options: MissOptions = {}
): ReadonlyArray<MissCause> => {
  const causes = makeMissCauses(options)
  const sentAt = ({ request }: TelemetryRecord): number => request?.sentAt ?? 0
  for (const record of [...records].sort((a, b) => sentAt(a) - sentAt(b))) causes.add(record)
  return causes.result()
}
