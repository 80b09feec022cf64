/**
 * How a resolved scaffold lies in a row: everything but its blocks' texts, under a digest. What a hit has to know at once
 * stands in columns; the rest is JSON, and read when somebody asks for it: often only the request is asked for.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Hash, uuidOf } from "../domain/Hash.js"
import { BlockId, ResolvedId, ScaffoldId } from "../domain/Ids.js"
import { JsonObject } from "../domain/Json.js"
import { Timestamp, TokenCount, type Usd } from "../domain/Measures.js"
import type { PromptScaffold } from "../domain/PromptScaffold.js"
import { CachePlan, CostReport, TokenReport, Warning } from "../domain/ResolvedScaffold.js"
import { IntegrityError, type SchemaTooNew } from "../domain/StoreErrors.js"
import { versioned } from "../domain/Versioned.js"
import type { Compiled } from "../prompt/compile.js"
import { sha256 } from "../prompt/digest.js"
import { deepFreeze } from "./deepFreeze.js"
import type { Rendering } from "./ProviderAdapter.js"
import type { ScaffoldRow, WholeRow } from "./ScaffoldStorage.js"

const Details = Schema.Struct({
  createdAt: Timestamp,
  id: ResolvedId,
  scaffoldId: ScaffoldId,
  blockIds: Schema.Array(BlockId),
  format: Schema.String,
  segments: Schema.Array(Schema.Union(Schema.String, Schema.Int)),
  tokenCount: TokenCount,
  tokens: TokenReport,
  cost: CostReport,
  /** The version of the price lists that made the cost. */
  prices: Schema.String,
  cachePlan: CachePlan,
  warnings: Schema.Array(Warning)
})
export interface Details extends Schema.Schema.Type<typeof Details> {}

/** What is in a row: the context too, which a resolve takes from its caller. */
const Meta = Schema.Struct({ ...Details.fields, context: Schema.NullOr(JsonObject) })
export interface Meta extends Schema.Schema.Type<typeof Meta> {}

/** In version 1 nothing stood beside the JSON, which is the same. */
const codec = versioned("the scaffold row", Meta, [(meta: unknown) => meta])

/** What is kept of a scaffold. Everything that results share is frozen: no caller can change what another one gets. */
export class Stored {
  readonly prices: string
  readonly tokenCount: TokenCount
  readonly estimatedCost: Option.Option<Usd>
  readonly #read: () => Details
  #details: Details | undefined

  constructor(known: Pick<ScaffoldRow, "prices" | "tokens" | "cost">, read: () => Details) {
    this.prices = known.prices
    // they were a token count and a price before they were written
    this.tokenCount = known.tokens as TokenCount
    this.estimatedCost = Option.fromNullable(known.cost as Usd | null)
    this.#read = read
  }

  get details(): Details {
    return (this.#details ??= seal(this.#read()))
  }
}

const seal = (details: Details): Details => {
  deepFreeze([details.tokens, details.cost, details.cachePlan, details.warnings])
  return details
}

/** What stands in a row's columns, of what is in it. */
const columnsOf = ({
  cost,
  prices,
  tokenCount
}: Details): Pick<ScaffoldRow, "prices" | "tokens" | "cost"> => ({
  prices,
  tokens: tokenCount,
  cost: Option.getOrNull(cost.cold)
})

const storedOf = (details: Details): Stored => new Stored(columnsOf(details), () => details)

/** What is kept of a rendered scaffold. */
export const toStored = (made: PromptScaffold, rendering: Rendering, prices: string): Stored =>
  storedOf({
    createdAt: made.createdAt,
    id: uuidOf("resolved", `${made.hash}\n${rendering.format}`) as ResolvedId,
    scaffoldId: made.id,
    blockIds: made.blocks.map((block) => block.id),
    format: rendering.format,
    segments: rendering.segments,
    tokenCount: rendering.tokenCount,
    // copies: the originals are the adapter's, which may go on using them
    tokens: { ...rendering.tokens, perBlock: [...rendering.tokens.perBlock] },
    cost: { ...rendering.cost },
    prices,
    cachePlan: {
      ...rendering.cachePlan,
      breakpoints: rendering.cachePlan.breakpoints.map((breakpoint) => ({ ...breakpoint }))
    },
    warnings: rendering.warnings.map((warning) => ({ ...warning }))
  })

/** The digest of a row: it binds what was stored to the tenant, the key and the version that it was stored under. */
const digestOf = (namespace: string, hash: Hash, row: Omit<ScaffoldRow, "digest">): Hash => {
  const { cost, meta, prices, tokens, version } = row
  const columns = version === 1 ? "" : `${tokens} ${cost} ${JSON.stringify(prices)}\n`
  return sha256(`${hash}\n${version}\n${JSON.stringify(namespace)}\n${columns}${meta}`)
}

/**
 * The row of a stored scaffold. The context is the text that the key was made of: it may be deeper than JSON.stringify
 * can go, and its owner may have changed it since.
 */
export const toRow = (namespace: string, compiled: Compiled, { details }: Stored): WholeRow => {
  const { cold, uncached, warm } = details.cost
  const cost = {
    ...details.cost,
    cold: Option.getOrNull(cold),
    uncached: Option.getOrNull(uncached),
    warm: Option.getOrNull(warm)
  }
  // nothing but options has another form in JSON: `read` decodes what this writes
  const meta = `{"context":${compiled.context ?? "null"},${JSON.stringify({ ...details, cost }).slice(1)}`
  const row = { ...columnsOf(details), version: codec.version, meta }
  return { ...row, header: compiled.header, digest: digestOf(namespace, compiled.hash, row) }
}

/** What is wrong with a row, if anything: it must be byte for byte what was written under this tenant's key. */
export const problemOf = (namespace: string, hash: Hash, row: ScaffoldRow): IntegrityError | undefined => {
  const digest = digestOf(namespace, hash, row)
  return digest === row.digest
    ? undefined
    : new IntegrityError({ what: `scaffold ${hash.slice(0, 12)}`, expected: row.digest, found: digest })
}

/** Whether a row was written by this very version, so that `unsafeRead` may read it. */
export const isCurrent = (row: ScaffoldRow): boolean => row.version === codec.version

/** Whether a row was written by an older version. */
export const isOlder = (row: ScaffoldRow): boolean => row.version < codec.version

/** What is kept in a row of the current version whose digest was checked: it is what `toRow` wrote. */
export const unsafeRead = (row: ScaffoldRow): Stored => new Stored(row, () => unsafeDetails(row.meta))

/** Only options are decoded: a whole decoding would take longer than reading the row. */
const unsafeDetails = (meta: string): Details => {
  // the digest proves that this is the encoding of Details
  const encoded = JSON.parse(meta) as typeof Details.Encoded
  const { cold, uncached, warm } = encoded.cost
  const cost = {
    ...encoded.cost,
    cold: Option.fromNullable(cold),
    uncached: Option.fromNullable(uncached),
    warm: Option.fromNullable(warm)
  }
  // brands have no form of their own at run time
  return { ...encoded, cost } as Details
}

/** What is kept in a row of any version, and its context; none when it is no scaffold at all. */
export const read = (
  row: ScaffoldRow
): Effect.Effect<
  Option.Option<{ readonly stored: Stored; readonly context: Meta["context"] }>,
  SchemaTooNew
> =>
  Effect.suspend(() => codec.decode(row.version, parseJson(row.meta))).pipe(
    Effect.map((meta) => Option.some({ stored: storedOf(meta), context: meta.context })),
    Effect.catchAll((error) => (error._tag === "SchemaTooNew" ? Effect.fail(error) : Effect.succeedNone))
  )

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
