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

/** Names repeat: their JSON is remembered, and all of it forgotten when there is much. */
const names = new Map<string, string>()
const name = (text: string): string => {
  const known = names.get(text)
  if (known !== undefined) return known
  const json = JSON.stringify(text)
  if (names.size >= 1000) names.clear()
  names.set(text, json)
  return json
}

/** JSON has no number that is not finite. */
const number = (value: number): string => (Number.isFinite(value) ? `${value}` : "null")
const orNull = (value: Option.Option<number>): string => (Option.isSome(value) ? number(value.value) : "null")

const encodeUsage = (usage: NonNullable<TelemetryEvent["usage"]>): string =>
  `{"uncachedInput":${number(usage.uncachedInput)},"cacheRead":${orNull(usage.cacheRead)},` +
  `"cacheWrite5m":${orNull(usage.cacheWrite5m)},"cacheWrite1h":${orNull(usage.cacheWrite1h)},` +
  `"output":${number(usage.output)},"reasoning":${orNull(usage.reasoning)}}`

/** The JSON of a record, without its time, which has a column, and without what was sent. Ids and literals need no escapes. */
export const encodeRecord = ({ event, id }: LedgerEntry): string => {
  const { latencies, priced, request, saved } = event
  let json = `{"id":"${id}","scaffoldId":"${event.scaffoldId}"`
  if (event.checkpointId !== undefined) json += `,"checkpointId":"${event.checkpointId}"`
  if (event.nodeId !== undefined) json += `,"nodeId":"${event.nodeId}"`
  if (event.traceId !== undefined) json += `,"traceId":${JSON.stringify(event.traceId)}`
  if (event.spanId !== undefined) json += `,"spanId":${JSON.stringify(event.spanId)}`
  json += `,"operation":"${event.operation}","outcome":"${event.outcome}"`
  if (event.error !== undefined) json += `,"error":${name(event.error)}`
  if (event.namespace !== undefined) json += `,"namespace":${name(event.namespace)}`
  if (event.provider !== undefined) json += `,"provider":${name(event.provider)}`
  if (event.model !== undefined) json += `,"model":${name(event.model)}`
  json += `,"tokenCount":${number(event.tokenCount)},"cost":${orNull(event.cost)}`
  json += `,"latency":${number(event.latency)},"cacheHit":${event.cacheHit}`
  if (event.usage !== undefined) json += `,"usage":${encodeUsage(event.usage)}`
  if (priced !== undefined) {
    json += `,"priced":${JSON.stringify({ ...priced, money: Option.getOrNull(priced.money) })}`
  }
  if (saved !== undefined) {
    json += `,"saved":${JSON.stringify({ ...saved, cost: Option.getOrNull(saved.cost) })}`
  }
  if (latencies !== undefined) {
    json += `,"latencies":{"lookup":${orNull(latencies.lookup)},"provider":${orNull(latencies.provider)},`
    json += `"firstToken":${orNull(latencies.firstToken)}}`
  }
  if (request !== undefined) {
    json += `,"request":{"sentAt":${number(request.sentAt)},"readableAt":${JSON.stringify(request.readableAt)}}`
  }
  if (event.findings !== undefined) json += `,"findings":${JSON.stringify(event.findings)}`
  if (event.metadata !== undefined) json += `,"metadata":${JSON.stringify(event.metadata)}`
  return `${json}}`
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
  if (typeof record !== "object" || record === null) return record
  const createdAt = new Date(row.at).toISOString()
  if (row.request === null) return { ...record, createdAt }
  const sent: unknown = JSON.parse(row.request)
  const times = "request" in record ? record.request : undefined
  return { ...record, createdAt, request: { ...Object(sent), ...Object(times) } }
}

export const decodeRow = (
  row: Row
): Effect.Effect<TelemetryRecord, SchemaTooNew | ParseResult.ParseError | SyntaxError> =>
  Effect.flatMap(
    Effect.try({ try: () => parsed(row), catch: (cause) => new SyntaxError("not JSON", { cause }) }),
    (data) => storedRecord.decode(row.version, data)
  )
