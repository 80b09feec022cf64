/**
 * A record as it lies in a chunk: a JSON array, in which what every record has stands at a place of its own and the rest in an object.
 * What repeats is kept once: texts in a list beside the records of a chunk, what was sent in a table. It is put together by hand, for a
 * record is written at every lookup and a schema takes several times as long; a test holds it to the schema.
 */
import * as Option from "effect/Option"
import type { Hash } from "../../src/domain/Hash.js"
import type { LedgerEntry, TelemetryEvent } from "../../src/services/LedgerStorage.js"

/** Texts by number, each once. */
export interface Names {
  readonly all: Array<string>
  readonly numbers: Map<string, number>
}

export const makeNames = (): Names => ({ all: [], numbers: new Map() })

const numberOf = ({ all, numbers }: Names, text: string | undefined): number | null => {
  if (text === undefined) return null
  const known = numbers.get(text)
  if (known !== undefined) return known
  const next = all.push(text) - 1
  numbers.set(text, next)
  return next
}

/** JSON has no number that is not finite. */
const number = (value: number): string => (Number.isFinite(value) ? `${value}` : "null")
const orNull = (value: Option.Option<number>): string => (Option.isSome(value) ? number(value.value) : "null")

const usageOf = (usage: NonNullable<TelemetryEvent["usage"]>): string =>
  `{"uncachedInput":${number(usage.uncachedInput)},"cacheRead":${orNull(usage.cacheRead)},` +
  `"cacheWrite5m":${orNull(usage.cacheWrite5m)},"cacheWrite1h":${orNull(usage.cacheWrite1h)},` +
  `"output":${number(usage.output)},"reasoning":${orNull(usage.reasoning)}}`

/** What only some records have, as the schema encodes it; empty where there is nothing. Ids need no escapes. */
const restOf = (event: TelemetryEvent, requestHash: Hash | undefined): string => {
  const { priced, request, saved } = event
  let json = ""
  if (event.error !== undefined) json += `,"error":${JSON.stringify(event.error)}`
  if (event.checkpointId !== undefined) json += `,"checkpointId":"${event.checkpointId}"`
  if (event.nodeId !== undefined) json += `,"nodeId":"${event.nodeId}"`
  if (event.traceId !== undefined) json += `,"traceId":${JSON.stringify(event.traceId)}`
  if (event.spanId !== undefined) json += `,"spanId":${JSON.stringify(event.spanId)}`
  if (event.usage !== undefined) json += `,"usage":${usageOf(event.usage)}`
  if (priced !== undefined) {
    json += `,"priced":${JSON.stringify({ ...priced, money: Option.getOrNull(priced.money) })}`
  }
  if (saved !== undefined) {
    json += `,"saved":${JSON.stringify({ ...saved, cost: Option.getOrNull(saved.cost) })}`
  }
  if (request !== undefined) {
    json += `,"request":{"hash":"${requestHash}","sentAt":${number(request.sentAt)}`
    json += `,"readableAt":${JSON.stringify(request.readableAt)}}`
  }
  if (event.findings !== undefined) json += `,"findings":${JSON.stringify(event.findings)}`
  return json === "" ? "" : `,{${json.slice(1)}}`
}

/** Digits of an id that its process has for all. */
const prefix = 24

/** The JSON of a record: `start` is the beginning of its hour in milliseconds since the epoch, the digest is of what was sent. */
export const packRecord = (
  { event, id }: LedgerEntry,
  start: number,
  names: Names,
  requestHash: Hash | undefined
): string => {
  const { latencies, metadata } = event
  const json = metadata === undefined ? undefined : JSON.stringify(metadata)
  const took =
    latencies === undefined
      ? null
      : `[${orNull(latencies.lookup)},${orNull(latencies.provider)},${orNull(latencies.firstToken)}]`
  return (
    `[${event.at - start},${numberOf(names, id.slice(0, prefix))},"${id.slice(prefix)}"` +
    `,${numberOf(names, event.scaffoldId)},${numberOf(names, event.operation)},${numberOf(names, event.outcome)}` +
    `,${numberOf(names, event.namespace)},${numberOf(names, event.provider)},${numberOf(names, event.model)}` +
    `,${number(event.tokenCount)},${orNull(event.cost)},${number(event.latency)},${event.cacheHit}` +
    `,${numberOf(names, json)},${took}${restOf(event, requestHash)}]`
  )
}

/** The JSON of what was sent: equal requests have equal texts, whenever they were sent. */
export const packRequest = (request: NonNullable<TelemetryEvent["request"]>): string =>
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

/** A record as the schema encodes it, but for its time, in milliseconds since the epoch, and with the digest of what was sent. */
export interface Unpacked {
  readonly [name: string]: unknown
  readonly at: number
}

/** The record of a JSON value and the texts of its chunk; undefined where it is none. */
export const unpackRecord = (
  value: unknown,
  start: number,
  names: ReadonlyArray<unknown>
): Unpacked | undefined => {
  if (!Array.isArray(value)) return undefined
  const at: unknown = start + Number(value[0])
  if (!Number.isSafeInteger(at)) return undefined
  const text = (place: number): unknown => names[Number(value[place] ?? NaN)]
  const optional = (name: string, found: unknown): object => (found === undefined ? {} : { [name]: found })
  const [metadata, took, rest] = [text(13), value[14], value[15]]
  return {
    ...Object(rest),
    at,
    id: `${text(1)}${value[2]}`,
    scaffoldId: text(3),
    operation: text(4),
    outcome: text(5),
    ...optional("namespace", text(6)),
    ...optional("provider", text(7)),
    ...optional("model", text(8)),
    tokenCount: value[9],
    cost: value[10],
    latency: value[11],
    cacheHit: value[12],
    ...(typeof metadata === "string" ? { metadata: JSON.parse(metadata) } : {}),
    ...(Array.isArray(took) ? { latencies: { lookup: took[0], provider: took[1], firstToken: took[2] } } : {})
  }
}
