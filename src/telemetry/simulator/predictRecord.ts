/** Records of calls, each with what the model of its provider's cache predicts for it. */
import type * as Option from "effect/Option"
import type { ProviderRequest } from "../../domain/ProviderRequest.js"
import type { TelemetryRecord } from "../../domain/TelemetryRecord.js"
import { totalInput, type Usage } from "../../domain/Usage.js"
import { tokens } from "../../prompt/render/tokens.js"
import { isCall } from "../sums.js"
import type { Predicted } from "./Predicted.js"
import { isPredicted, makeHistory, type SimulateOptions } from "./simulate.js"

/** A call, the request in the tokens that its provider counted, and what it read by its own account, if it says. */
export interface PredictedRecord {
  readonly record: TelemetryRecord
  readonly request: ProviderRequest
  readonly usage: Usage
  readonly predicted: Predicted
  readonly read: Option.Option<number>
}

/**
 * The same request, its blocks sharing `total` tokens in the ratio of what they were estimated at: a provider counts the whole. Ends of blocks
 * are rounded, not the blocks, so that the shares sum to the total.
 */
export const scaledTo = (request: ProviderRequest, total: number): ProviderRequest => {
  const estimated = request.blocks.reduce((sum, block) => sum + block.tokens, 0)
  if (estimated === total || estimated === 0) return request
  let before = 0
  let end = 0
  const blocks = request.blocks.map((block) => {
    before += block.tokens
    const start = end
    end = Math.round((before * total) / estimated)
    return { ...block, tokens: tokens(end - start) }
  })
  return { ...request, blocks }
}

/**
 * Takes records in the order of their times. Undefined for what is no call that was sent and counted, or whose provider's rules are not
 * known.
 */
export const makeRecordPredictor = (
  options: SimulateOptions = {}
): ((record: TelemetryRecord) => PredictedRecord | undefined) => {
  const history = makeHistory(options)
  return (record) => {
    const { request: sent, usage } = record
    if (!isCall(record) || sent === undefined || usage === undefined) return undefined
    const request = scaledTo(sent, totalInput(usage))
    const predicted = history(request)
    return isPredicted(predicted) ? { record, request, usage, predicted, read: usage.cacheRead } : undefined
  }
}
