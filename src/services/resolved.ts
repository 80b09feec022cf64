/** From what is kept to what a caller gets: the scaffold with its blocks' texts, and the result around it. */
import type { Hash } from "../domain/Hash.js"
import { uuidOf } from "../domain/Hash.js"
import type { BlockId, ScaffoldId } from "../domain/Ids.js"
import type { JsonObject } from "../domain/Json.js"
import type { Timestamp } from "../domain/Measures.js"
import type { MissExplanation } from "../domain/Miss.js"
import type { Outcome } from "../domain/Outcome.js"
import type { PromptBlock } from "../domain/PromptBlock.js"
import type { PromptScaffold } from "../domain/PromptScaffold.js"
import type { ResolvedScaffold, Warning } from "../domain/ResolvedScaffold.js"
import type { ResolveInput } from "../domain/ResolveInput.js"
import type { BlockText, Compiled } from "../prompt/compile.js"
import { join } from "../prompt/render/segments.js"
import { deepFreeze } from "./deepFreeze.js"
import type { Stored } from "./storedScaffold.js"

/** The parts of a scaffold that do not come from its blocks. */
export interface Parameters extends Pick<
  ResolveInput,
  "provider" | "model" | "temperature" | "rulepacks" | "layout"
> {
  readonly seed?: ResolveInput["seed"] | undefined
  readonly context?: ResolveInput["context"] | undefined
  readonly marks?: ResolveInput["marks"] | undefined
}

/** The blocks of a prompt as a scaffold for an adapter, made at `createdAt`. */
export const toScaffold = (
  parameters: Parameters,
  compiled: Compiled,
  createdAt: Timestamp
): PromptScaffold =>
  scaffold(
    parameters,
    frozen(parameters.rulepacks),
    compiled.hash,
    compiled.blocks,
    scaffoldIdOf(compiled.hash),
    compiled.blocks.map(
      (block) => uuidOf("block", `${block.type}\n${block.name ?? ""}\n${block.hash}`) as BlockId
    ),
    createdAt
  )

// ids are UUIDv5 of the hash
export const scaffoldIdOf = (hash: Hash): ScaffoldId => uuidOf("scaffold", hash) as ScaffoldId

/** A list that its owner cannot change any more. */
const frozen = (rulepacks: ReadonlyArray<string>): ReadonlyArray<string> =>
  rulepacks.length === 0
    ? noRulepacks
    : Object.isFrozen(rulepacks)
      ? rulepacks
      : Object.freeze([...rulepacks])

const noRulepacks: ReadonlyArray<string> = Object.freeze([])

const scaffold = (
  parameters: Omit<Parameters, "rulepacks">,
  rulepacks: ReadonlyArray<string>,
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
    rulepacks,
    ...(parameters.context === undefined ? {} : { context: parameters.context }),
    layout: parameters.layout,
    ...(parameters.marks === undefined ? {} : { marks: parameters.marks })
  })

const promptBlock = (block: BlockText, id: BlockId, createdAt: Timestamp): PromptBlock =>
  Object.freeze({
    id,
    content: block.content,
    type: block.type,
    hash: block.hash,
    ...(block.name === undefined && block.src === undefined && block.redactedFrom === undefined
      ? {}
      : { metadata: Object.freeze(metadataOf(block)) }),
    createdAt,
    updatedAt: createdAt
  })

const metadataOf = (block: BlockText): JsonObject => ({
  ...(block.name === undefined ? {} : { name: block.name }),
  ...(block.src === undefined ? {} : { src: block.src }),
  ...(block.redactedFrom === undefined ? {} : { redactedFrom: block.redactedFrom })
})

/**
 * A stored scaffold with its blocks' texts, and with what only this resolve has to say. It is frozen: the same object may
 * be given to several callers. Its parts are made when they are read for the first time: a caller who is after the token
 * count does not pay for the body, which is the dearest part of a hit.
 */
export const toResolved = (
  stored: Stored,
  parameters: Parameters,
  hash: Hash,
  blocks: ReadonlyArray<BlockText>,
  outcome: Outcome,
  own: Own = silent
): ResolvedScaffold => {
  // what the caller may change later is taken now, but for the context, which could be deep
  const { context, layout, model, provider, seed, temperature } = parameters
  const marks = parameters.marks && deepFreeze(structuredClone(parameters.marks))
  const rulepacks = frozen(parameters.rulepacks)
  let original: PromptScaffold | undefined
  let content: string | undefined
  let warnings: ReadonlyArray<Warning> | undefined
  const resolved = {
    get id() {
      return stored.details.id
    },
    get originalScaffold() {
      if (original !== undefined) return original
      const { blockIds, createdAt, scaffoldId } = stored.details
      const mine = { context, layout, marks, model, provider, seed, temperature }
      return (original = scaffold(mine, rulepacks, hash, blocks, scaffoldId, blockIds, createdAt))
    },
    get resolvedContent() {
      return (content ??= join(stored.details.segments, (block) => blocks[block]?.json ?? ""))
    },
    get providerFormat() {
      return stored.details.format
    },
    tokenCount: stored.tokenCount,
    estimatedCost: stored.estimatedCost,
    cacheHit: outcome === "hit" || outcome === "replay",
    get createdAt() {
      return stored.details.createdAt
    },
    outcome,
    get tokens() {
      return stored.details.tokens
    },
    get cost() {
      return stored.details.cost
    },
    get cachePlan() {
      return stored.details.cachePlan
    },
    get warnings() {
      return (warnings ??=
        own.warnings.length === 0
          ? stored.details.warnings
          : deepFreeze([...stored.details.warnings, ...own.warnings]))
    }
  }
  return Object.freeze(own.miss === undefined ? resolved : Object.assign(resolved, { miss: own.miss }))
}

/** What only one resolve has to say, and not those that will be answered from the cache. */
interface Own {
  readonly warnings: ReadonlyArray<Warning>
  readonly miss: MissExplanation | undefined
}

const silent: Own = { warnings: [], miss: undefined }
