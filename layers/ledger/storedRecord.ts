/**
 * How a record lies in its row: as JSON, and what was sent beside it, once for all records that sent the same. It is put together by
 * hand, for a record is written at every lookup and a schema takes several times as long; a test holds it to the schema.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import type { SchemaTooNew } from "../../src/domain/StoreErrors.js"
import { TelemetryRecord } from "../../src/domain/TelemetryRecord.js"
import { versioned } from "../../src/domain/Versioned.js"
import type { LedgerEntry, TelemetryEvent } from "../../src/services/LedgerStorage.js"

type Encoded = typeof TelemetryRecord.Encoded

/** What version 1 knew of an operation stood in its metadata. */
interface Version1 {
  readonly operation: string
  readonly metadata?: { readonly [name: string]: unknown } | null
}

const upgrade1 = (record: Version1): object => {
  const { metadata, ...rest } = record
  const {
    cacheRead,
    error,
    model,
    namespace,
    output,
    provider,
    savedCost,
    savedTokens,
    uncachedInput,
    ...others
  } = metadata ?? {}
  return {
    ...rest,
    ...(namespace === undefined ? {} : { namespace }),
    ...(provider === undefined ? {} : { provider }),
    ...(model === undefined ? {} : { model }),
    ...(error === undefined ? {} : { error }),
    ...(uncachedInput === undefined
      ? {}
      : {
          usage: {
            uncachedInput,
            cacheRead: cacheRead ?? null,
            cacheWrite5m: null,
            cacheWrite1h: null,
            output,
            reasoning: null
          }
        }),
    ...(savedTokens === undefined ? {} : { saved: { tokens: savedTokens, cost: savedCost ?? null } }),
    ...(metadata === undefined || metadata === null ? {} : { metadata: others })
  }
}

export const storedRecord = versioned("the telemetry record", TelemetryRecord, [upgrade1])

const encodeUsage = (usage: NonNullable<TelemetryEvent["usage"]>): NonNullable<Encoded["usage"]> => ({
  uncachedInput: usage.uncachedInput,
  cacheRead: Option.getOrNull(usage.cacheRead),
  cacheWrite5m: Option.getOrNull(usage.cacheWrite5m),
  cacheWrite1h: Option.getOrNull(usage.cacheWrite1h),
  output: usage.output,
  reasoning: Option.getOrNull(usage.reasoning)
})

/** The JSON of a record, without what was sent. */
export const encodeRecord = ({ event, id }: LedgerEntry): string => {
  const { latencies, priced, request, saved, usage } = event
  const record: Omit<Encoded, "request"> & {
    readonly request: Pick<NonNullable<Encoded["request"]>, "sentAt" | "readableAt"> | undefined
  } = {
    id,
    scaffoldId: event.scaffoldId,
    checkpointId: event.checkpointId,
    nodeId: event.nodeId,
    traceId: event.traceId,
    spanId: event.spanId,
    operation: event.operation,
    outcome: event.outcome,
    error: event.error,
    namespace: event.namespace,
    provider: event.provider,
    model: event.model,
    tokenCount: event.tokenCount,
    cost: Option.getOrNull(event.cost),
    latency: event.latency,
    cacheHit: event.cacheHit,
    usage: usage && encodeUsage(usage),
    priced: priced && { ...priced, money: Option.getOrNull(priced.money) },
    saved: saved && { ...saved, cost: Option.getOrNull(saved.cost) },
    latencies: latencies && {
      lookup: Option.getOrNull(latencies.lookup),
      provider: Option.getOrNull(latencies.provider),
      firstToken: Option.getOrNull(latencies.firstToken)
    },
    request: request && { sentAt: request.sentAt, readableAt: request.readableAt },
    findings: event.findings,
    metadata: event.metadata,
    createdAt: new Date(event.at).toISOString()
  }
  return JSON.stringify(record)
}

/** The JSON of what was sent: equal requests have equal texts, whenever they were sent. */
export const encodeRequest = (request: NonNullable<TelemetryEvent["request"]>): string =>
  JSON.stringify({
    provider: request.provider,
    model: request.model,
    scope: request.scope,
    routingKey: request.routingKey,
    parameters: request.parameters,
    mode: request.mode,
    blocks: request.blocks,
    marks: request.marks
  })

/** A record as its row has it. */
export interface Row {
  readonly seq: number
  readonly version: number
  readonly at: number
  readonly record: string
  readonly request: string | null
}

const parsed = (row: Row): unknown => {
  const record: unknown = JSON.parse(row.record)
  if (row.request === null || typeof record !== "object" || record === null) return record
  const sent: unknown = JSON.parse(row.request)
  const times = "request" in record ? record.request : undefined
  return { ...record, request: { ...Object(sent), ...Object(times) } }
}

export const decodeRow = (
  row: Row
): Effect.Effect<TelemetryRecord, SchemaTooNew | ParseResult.ParseError | SyntaxError> =>
  Effect.flatMap(
    Effect.try({ try: () => parsed(row), catch: (cause) => new SyntaxError("not JSON", { cause }) }),
    (data) => storedRecord.decode(row.version, data)
  )
