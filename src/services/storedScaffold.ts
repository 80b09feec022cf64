/** How a resolved scaffold lies in a row: everything but its blocks' texts, under a digest. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Hash, uuidOf } from "../domain/Hash.js"
import { BlockId, ResolvedId, ScaffoldId } from "../domain/Ids.js"
import { JsonObject } from "../domain/Json.js"
import { Timestamp, TokenCount } from "../domain/Measures.js"
import type { MissExplanation } from "../domain/Miss.js"
import type { Outcome } from "../domain/Outcome.js"
import type { PromptBlock } from "../domain/PromptBlock.js"
import type { PromptScaffold } from "../domain/PromptScaffold.js"
import {
  CachePlan,
  CostReport,
  type ResolvedScaffold,
  TokenReport,
  Warning
} from "../domain/ResolvedScaffold.js"
import type { ResolveInput } from "../domain/ResolveInput.js"
import { IntegrityError, type SchemaTooNew } from "../domain/StoreErrors.js"
import { versioned } from "../domain/Versioned.js"
import type { BlockText, Compiled } from "../prompt/compile.js"
import { sha256 } from "../prompt/digest.js"
import { join } from "../prompt/render/segments.js"
import { deepFreeze } from "./deepFreeze.js"
import type { Rendering } from "./ProviderAdapter.js"
import type { ScaffoldRow } from "./ScaffoldStorage.js"

const Stored = Schema.Struct({
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
export interface Stored extends Schema.Schema.Type<typeof Stored> {}

/** What is in a row: the context too, which a resolve takes from its caller. */
const Meta = Schema.Struct({ ...Stored.fields, context: Schema.NullOr(JsonObject) })
export interface Meta extends Schema.Schema.Type<typeof Meta> {}

const codec = versioned("the scaffold row", Meta, [])

/** The digest of a row: it binds what was stored to the tenant, the key and the version that it was stored under. */
const digestOf = (namespace: string, hash: Hash, version: number, meta: string): Hash =>
  sha256(`${hash}\n${version}\n${JSON.stringify(namespace)}\n${meta}`)

/** The parts of a scaffold that do not come from its blocks. */
export type Parameters = Pick<
  ResolveInput,
  "provider" | "model" | "temperature" | "seed" | "rulepacks" | "context" | "layout"
>

/** The blocks of a prompt as a scaffold for an adapter, made at `createdAt`. */
export const toScaffold = (
  parameters: Parameters,
  compiled: Compiled,
  createdAt: Timestamp
): PromptScaffold =>
  scaffold(
    parameters,
    compiled.hash,
    compiled.blocks,
    // ids are UUIDv5 of the hash
    uuidOf("scaffold", compiled.hash) as ScaffoldId,
    compiled.blocks.map(
      (block) => uuidOf("block", `${block.type}\n${block.name ?? ""}\n${block.hash}`) as BlockId
    ),
    createdAt
  )

const scaffold = (
  parameters: Parameters,
  hash: Hash,
  blocks: ReadonlyArray<BlockText>,
  id: ScaffoldId,
  blockIds: ReadonlyArray<BlockId>,
  createdAt: Timestamp
): PromptScaffold =>
  Object.freeze({
    id,
    blocks: Object.freeze(
      blocks.map((block, i) => promptBlock(block, blockIds[i] ?? ("" as BlockId), createdAt))
    ),
    provider: parameters.provider,
    model: parameters.model,
    temperature: parameters.temperature,
    ...(parameters.seed === undefined ? {} : { seed: parameters.seed }),
    hash,
    createdAt,
    rulepacks: Object.isFrozen(parameters.rulepacks)
      ? parameters.rulepacks
      : Object.freeze([...parameters.rulepacks]),
    ...(parameters.context === undefined ? {} : { context: parameters.context }),
    layout: parameters.layout
  })

const promptBlock = (block: BlockText, id: BlockId, createdAt: Timestamp): PromptBlock =>
  Object.freeze({
    id,
    content: block.content,
    type: block.type,
    hash: block.hash,
    ...(block.name === undefined && block.src === undefined
      ? {}
      : { metadata: Object.freeze(metadataOf(block)) }),
    createdAt,
    updatedAt: createdAt
  })

const metadataOf = (block: BlockText): JsonObject => ({
  ...(block.name === undefined ? {} : { name: block.name }),
  ...(block.src === undefined ? {} : { src: block.src })
})

/** Freezes what results share with one another: no caller can change what another one gets. */
const seal = (stored: Stored): Stored => {
  deepFreeze([stored.tokens, stored.cost, stored.cachePlan, stored.warnings])
  return stored
}

/** What is kept of a rendered scaffold. */
export const toStored = (made: PromptScaffold, rendering: Rendering, prices: string): Stored =>
  seal({
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

/**
 * The row of a stored scaffold. The context is the text that the key was made of: it may be deeper than JSON.stringify
 * can go, and its owner may have changed it since.
 */
export const toRow = (namespace: string, compiled: Compiled, stored: Stored): ScaffoldRow => {
  const { cold, uncached, warm } = stored.cost
  const cost = {
    ...stored.cost,
    cold: Option.getOrNull(cold),
    uncached: Option.getOrNull(uncached),
    warm: Option.getOrNull(warm)
  }
  // nothing but options has another form in JSON: `read` decodes what this writes
  const meta = `{"context":${compiled.context ?? "null"},${JSON.stringify({ ...stored, cost }).slice(1)}`
  return {
    version: codec.version,
    header: compiled.header,
    meta,
    digest: digestOf(namespace, compiled.hash, codec.version, meta)
  }
}

/** What is wrong with a row, if anything: it must be byte for byte what was written under this tenant's key. */
export const problemOf = (namespace: string, hash: Hash, row: ScaffoldRow): IntegrityError | undefined => {
  const digest = digestOf(namespace, hash, row.version, row.meta)
  return digest === row.digest
    ? undefined
    : new IntegrityError({ what: `scaffold ${hash.slice(0, 12)}`, expected: row.digest, found: digest })
}

/** Whether a row was written by this very version, so that `unsafeRead` may read it. */
export const isCurrent = (row: ScaffoldRow): boolean => row.version === codec.version

/** Whether a row was written by an older version, whose readers are gone. */
export const isOlder = (row: ScaffoldRow): boolean => row.version < codec.version

/**
 * Reads a row of the current version whose digest was checked: what is in it is what `toRow` wrote, so only the options
 * are decoded. A whole decoding would take longer than reading the row.
 */
export const unsafeRead = (row: ScaffoldRow): Stored => {
  // the digest proves that this is the encoding of a Stored
  const encoded = JSON.parse(row.meta) as typeof Stored.Encoded
  const { cold, uncached, warm } = encoded.cost
  const cost = {
    ...encoded.cost,
    cold: Option.fromNullable(cold),
    uncached: Option.fromNullable(uncached),
    warm: Option.fromNullable(warm)
  }
  // brands have no form of their own at run time
  return seal({ ...encoded, cost } as Stored)
}

/** Reads a row of any version; none when it is no scaffold at all. */
export const read = (row: ScaffoldRow): Effect.Effect<Option.Option<Meta>, SchemaTooNew> =>
  Effect.suspend(() => codec.decode(row.version, parseJson(row.meta))).pipe(
    Effect.map(Option.some),
    Effect.catchAll((error) => (error._tag === "SchemaTooNew" ? Effect.fail(error) : Effect.succeedNone))
  )

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * A stored scaffold with its blocks' texts, and with what only this resolve has to say. It is frozen: the same object may
 * be given to several callers. The body is made when it is first read: it is the dearest part of a hit.
 */
export const toResolved = (
  stored: Stored,
  parameters: Parameters,
  hash: Hash,
  blocks: ReadonlyArray<BlockText>,
  outcome: Outcome,
  own: { readonly warnings: ReadonlyArray<Warning>; readonly miss: MissExplanation | undefined } = silent
): ResolvedScaffold => {
  let content: string | undefined
  return Object.freeze({
    id: stored.id,
    originalScaffold: scaffold(
      parameters,
      hash,
      blocks,
      stored.scaffoldId,
      stored.blockIds,
      stored.createdAt
    ),
    get resolvedContent() {
      return (content ??= join(stored.segments, (block) => blocks[block]?.json ?? ""))
    },
    providerFormat: stored.format,
    tokenCount: stored.tokenCount,
    estimatedCost: stored.cost.cold,
    cacheHit: outcome === "hit" || outcome === "replay",
    createdAt: stored.createdAt,
    outcome,
    tokens: stored.tokens,
    cost: stored.cost,
    cachePlan: stored.cachePlan,
    warnings: own.warnings.length === 0 ? stored.warnings : deepFreeze([...stored.warnings, ...own.warnings]),
    ...(own.miss === undefined ? {} : { miss: own.miss })
  })
}

const silent = { warnings: [], miss: undefined }
