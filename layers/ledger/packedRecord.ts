/**
 * A record as it lies in a chunk: a JSON array, in which what every record has stands at a place of its own and the rest in an object.
 * What repeats is kept once: kinds of records and texts in lists beside the records of a chunk, what was sent in a table. It is put
 * together by hand, for a record is written at every lookup and a schema takes several times as long; a test holds it to the schema.
 */
import * as Option from "effect/Option"
import type { Hash } from "../../src/domain/Hash.js"
import type { JsonObject } from "../../src/domain/Json.js"
import type { LedgerEntry, TelemetryEvent } from "../../src/services/LedgerStorage.js"
import { branch, tree, type Tree } from "./tree.js"

/** What many records have in common, the first five of which are names: of the operation, outcome, namespace, provider and model. */
type Kind = readonly [
  operation: string,
  outcome: string,
  namespace: string | null,
  provider: string | null,
  model: string | null,
  cacheHit: boolean
]

/** What the records of a chunk share: each kind and each text once, by number. The ids of most begin with `prefix`. */
export interface Shared {
  readonly prefix: string
  readonly kinds: Array<Kind>
  readonly kindNumbers: Tree<number>
  readonly texts: Array<string>
  readonly textNumbers: Map<string, number>
  readonly metadataNumbers: Tree<number>
}

/** Digits of an id that its process has for all. */
const prefixLength = 24

export const share = (id: string): Shared => ({
  prefix: id.slice(0, prefixLength),
  kinds: [],
  kindNumbers: tree(),
  texts: [],
  textNumbers: new Map(),
  metadataNumbers: tree()
})

const kindOf = ({ kindNumbers, kinds }: Shared, event: TelemetryEvent): number => {
  const { cacheHit, model, namespace, operation, outcome, provider } = event
  const ofModel = branch(branch(branch(kindNumbers, namespace), provider), model)
  const leaf = branch(branch(branch(ofModel, operation), outcome), cacheHit)
  return (leaf.value ??=
    kinds.push([operation, outcome, namespace ?? null, provider ?? null, model ?? null, cacheHit]) - 1)
}

const textOf = ({ textNumbers, texts }: Shared, text: string): number => {
  const known = textNumbers.get(text)
  if (known !== undefined) return known
  const next = texts.push(text) - 1
  textNumbers.set(text, next)
  return next
}

/** The JSON of metadata as a text. That of nothing but names and values repeats, and is found without being made again. */
const metadataOf = (shared: Shared, metadata: JsonObject): number => {
  let leaf = shared.metadataNumbers
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value === "object" && value !== null) return textOf(shared, JSON.stringify(metadata))
    leaf = branch(branch(leaf, name), value)
  }
  return (leaf.value ??= textOf(shared, JSON.stringify(metadata)))
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

/** Most operations are one lookup: no time is written twice then. */
const tookOf = ({ latencies, latency }: TelemetryEvent): string | number | null => {
  if (latencies === undefined) return null
  const { firstToken, lookup, provider } = latencies
  if (
    Option.isSome(lookup) &&
    lookup.value === latency &&
    Option.isNone(provider) &&
    Option.isNone(firstToken)
  )
    return 1
  return `[${orNull(lookup)},${orNull(provider)},${orNull(firstToken)}]`
}

/** The JSON of a record: `start` is the beginning of its hour in milliseconds since the epoch, the digest is of what was sent. */
export const packRecord = (
  { event, id }: LedgerEntry,
  start: number,
  shared: Shared,
  requestHash: Hash | undefined
): string => {
  const { metadata } = event
  const name = id.startsWith(shared.prefix) ? id.slice(prefixLength) : id
  const text = metadata === undefined ? null : metadataOf(shared, metadata)
  return (
    `[${event.at - start},"${name}",${kindOf(shared, event)},${textOf(shared, event.scaffoldId)}` +
    `,${number(event.tokenCount)},${orNull(event.cost)},${number(event.latency)}` +
    `,${tookOf(event)},${text}${restOf(event, requestHash)}]`
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

/** A record as the schema encodes it, its time in milliseconds since the epoch beside it, and of what was sent only the digest. */
export interface Unpacked {
  readonly at: number
  readonly record: { readonly [name: string]: unknown }
}

/** What the records of a chunk share, as it was read. */
export interface ReadShared {
  readonly prefix: string
  readonly kinds: ReadonlyArray<unknown>
  readonly texts: ReadonlyArray<unknown>
}

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

/** The record of a JSON value; undefined where it is none. */
export const unpackRecord = (value: unknown, start: number, shared: ReadShared): Unpacked | undefined => {
  const [after, name, kind, scaffold, tokenCount, cost, latency, took, text, rest] = listOf(value)
  const at = start + Number(after)
  if (!Number.isSafeInteger(at) || typeof name !== "string") return undefined
  const [operation, outcome, namespace, provider, model, cacheHit] = listOf(shared.kinds[Number(kind)])
  // filled one by one: a copy of parts would take longer than the schema
  const record: { [name: string]: unknown } = {
    id: name.length < prefixLength ? `${shared.prefix}${name}` : name,
    scaffoldId: shared.texts[Number(scaffold)],
    operation,
    outcome,
    tokenCount,
    cost,
    latency,
    cacheHit,
    createdAt: new Date(at).toISOString()
  }
  if (namespace !== null) record["namespace"] = namespace
  if (provider !== null) record["provider"] = provider
  if (model !== null) record["model"] = model
  if (text !== null) record["metadata"] = JSON.parse(String(shared.texts[Number(text)]))
  if (took !== null) {
    const [lookup, answer, firstToken] = took === 1 ? [latency, null, null] : listOf(took)
    record["latencies"] = { lookup, provider: answer, firstToken }
  }
  return { at, record: Object.assign(record, rest) }
}
