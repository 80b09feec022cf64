/** A record as one row of a table: what is nested lies in columns, each with a name, a type and a meaning. */
import * as Option from "effect/Option"
import type { TelemetryRecord } from "../domain/TelemetryRecord.js"

/** `time` is an instant in UTC, ISO 8601. */
export type ColumnType = "text" | "integer" | "number" | "boolean" | "time"

export type Cell = string | number | boolean | undefined

/** A cell is undefined where the record has no such thing, or it is not known. */
export interface RecordColumn {
  readonly name: string
  readonly type: ColumnType
  readonly meaning: string
  readonly of: (record: TelemetryRecord) => Cell
}

const known = <A>(option: Option.Option<A> | undefined): A | undefined =>
  option === undefined ? undefined : Option.getOrUndefined(option)

const money = (
  { priced }: TelemetryRecord,
  of: "uncachedInput" | "cacheRead" | "cacheWrite5m" | "cacheWrite1h" | "output"
): number | undefined => known(priced?.money)?.[of]

/** The columns in their order. New ones are added at the end: tables that were exported before stay readable beside new ones. */
export const recordColumns: ReadonlyArray<RecordColumn> = [
  { name: "id", type: "text", meaning: "the record", of: ({ id }) => id },
  { name: "at", type: "time", meaning: "when the operation ended", of: ({ createdAt }) => createdAt },
  {
    name: "operation",
    type: "text",
    meaning: "resolve, execute, checkpoint, replay or enforce",
    of: ({ operation }) => operation
  },
  {
    name: "outcome",
    type: "text",
    meaning: "hit, miss, follower, replay or bypass",
    of: ({ outcome }) => outcome
  },
  { name: "error", type: "text", meaning: "the tag of the failure", of: ({ error }) => error },
  { name: "namespace", type: "text", meaning: "the tenant", of: ({ namespace }) => namespace },
  { name: "provider", type: "text", meaning: "the provider", of: ({ provider }) => provider },
  {
    name: "model",
    type: "text",
    meaning: "the model, by the provider's name for it",
    of: ({ model }) => model
  },
  { name: "scaffold_id", type: "text", meaning: "the scaffold", of: ({ scaffoldId }) => scaffoldId },
  { name: "checkpoint_id", type: "text", meaning: "the checkpoint", of: ({ checkpointId }) => checkpointId },
  { name: "node_id", type: "text", meaning: "the node of the run", of: ({ nodeId }) => nodeId },
  { name: "trace_id", type: "text", meaning: "the trace of its span", of: ({ traceId }) => traceId },
  { name: "span_id", type: "text", meaning: "its span", of: ({ spanId }) => spanId },
  {
    name: "tokens",
    type: "integer",
    meaning: "all tokens; of a resolve, those that sending the prompt would take",
    of: ({ tokenCount }) => tokenCount
  },
  {
    name: "uncached_input_tokens",
    type: "integer",
    meaning: "input at the full price",
    of: ({ usage }) => usage?.uncachedInput
  },
  {
    name: "cache_read_tokens",
    type: "integer",
    meaning: "input from the provider's cache",
    of: ({ usage }) => known(usage?.cacheRead)
  },
  {
    name: "cache_write_5m_tokens",
    type: "integer",
    meaning: "input written to the provider's cache for 5 minutes",
    of: ({ usage }) => known(usage?.cacheWrite5m)
  },
  {
    name: "cache_write_1h_tokens",
    type: "integer",
    meaning: "the same for an hour",
    of: ({ usage }) => known(usage?.cacheWrite1h)
  },
  {
    name: "output_tokens",
    type: "integer",
    meaning: "output, reasoning included",
    of: ({ usage }) => usage?.output
  },
  {
    name: "reasoning_tokens",
    type: "integer",
    meaning: "the reasoning in it",
    of: ({ usage }) => known(usage?.reasoning)
  },
  {
    name: "cost_usd",
    type: "number",
    meaning: "what was spent; of a resolve, what sending the prompt would cost",
    of: ({ cost }) => known(cost)
  },
  {
    name: "uncached_input_usd",
    type: "number",
    meaning: "the part of it for input at the full price",
    of: (record) => money(record, "uncachedInput")
  },
  {
    name: "cache_read_usd",
    type: "number",
    meaning: "for what came from the provider's cache",
    of: (record) => money(record, "cacheRead")
  },
  {
    name: "cache_write_5m_usd",
    type: "number",
    meaning: "for what was written there for 5 minutes",
    of: (record) => money(record, "cacheWrite5m")
  },
  {
    name: "cache_write_1h_usd",
    type: "number",
    meaning: "for what was written there for an hour",
    of: (record) => money(record, "cacheWrite1h")
  },
  { name: "output_usd", type: "number", meaning: "for the output", of: (record) => money(record, "output") },
  { name: "price_source", type: "text", meaning: "the price list", of: ({ priced }) => priced?.source },
  { name: "price_version", type: "text", meaning: "its version", of: ({ priced }) => priced?.version },
  {
    name: "price_match",
    type: "text",
    meaning: "whether it knows this very model",
    of: ({ priced }) => priced?.match
  },
  {
    name: "saved_tokens",
    type: "integer",
    meaning: "tokens that were not read at the full price",
    of: ({ saved }) => saved?.tokens
  },
  {
    name: "saved_usd",
    type: "number",
    meaning: "what caches saved, net of writing to them; below zero where that cost more",
    of: ({ saved }) => known(saved?.cost)
  },
  { name: "latency_ms", type: "number", meaning: "the whole operation", of: ({ latency }) => latency },
  {
    name: "lookup_ms",
    type: "number",
    meaning: "looking up in Aegis' own cache",
    of: ({ latencies }) => known(latencies?.lookup)
  },
  {
    name: "provider_ms",
    type: "number",
    meaning: "waiting for the provider",
    of: ({ latencies }) => known(latencies?.provider)
  },
  {
    name: "first_token_ms",
    type: "number",
    meaning: "until its first token",
    of: ({ latencies }) => known(latencies?.firstToken)
  },
  {
    name: "blocks",
    type: "integer",
    meaning: "blocks of the request",
    of: ({ request }) => request?.blocks.length
  },
  {
    name: "marks",
    type: "integer",
    meaning: "marks at which the provider was asked to keep it",
    of: ({ request }) => request?.marks.length
  },
  { name: "errors", type: "integer", meaning: "findings: errors", of: ({ findings }) => findings?.error },
  {
    name: "warnings",
    type: "integer",
    meaning: "findings: warnings",
    of: ({ findings }) => findings?.warning
  },
  { name: "infos", type: "integer", meaning: "findings: hints", of: ({ findings }) => findings?.info }
]

/** The cells of a record, in the order of the columns. */
export const cellsOf = (record: TelemetryRecord): ReadonlyArray<Cell> =>
  recordColumns.map(({ of }) => of(record))
