/** From sections to blocks with digests, in layout order, and from those to the scaffold key. */
import * as Either from "effect/Either"
import type { Hash } from "../domain/Hash.js"
import type { BlockType } from "../domain/PromptBlock.js"
import { CanonicalError } from "../domain/PromptErrors.js"
import type { ResolveInput } from "../domain/ResolveInput.js"
import { canonicalJson } from "./canonical.js"
import { sha256 } from "./digest.js"
import { keyHeader, scaffoldKey, type KeyBlock, type KeyParameters } from "./key.js"
import { layOut } from "./layout.js"
import { escaped } from "./render/segments.js"

/** A block's text with its digest. The text as it stands inside a JSON string is made when it is first asked for. */
export class BlockText implements KeyBlock {
  readonly type: BlockType
  readonly name: string | undefined
  readonly content: string
  readonly hash: Hash
  /** The pattern whose files stand in it. */
  readonly src: string | undefined
  /** Where it starts in its source; undefined for a block that came from the store. */
  readonly offset: number | undefined
  /** The digest of what it was before secrets were taken out of it. */
  readonly redactedFrom: Hash | undefined
  #json: string | undefined

  constructor(block: {
    readonly type: BlockType
    readonly name: string | undefined
    readonly content: string
    readonly src?: string | undefined
    readonly offset?: number
    readonly redactedFrom?: Hash
  }) {
    this.type = block.type
    this.name = block.name
    this.content = block.content
    this.hash = sha256(block.content)
    this.src = block.src
    this.offset = block.offset
    this.redactedFrom = block.redactedFrom
  }

  /** The content, escaped as inside a JSON string. */
  get json(): string {
    return (this.#json ??= escaped(this.content))
  }
}

/**
 * A prompt with its key: `header` is what `hash` is the digest of. Blocks are in layout order, `context` is canonical JSON.
 */
export interface Compiled {
  readonly parameters: KeyParameters
  readonly blocks: ReadonlyArray<BlockText>
  readonly context: string | null
  readonly header: string
  readonly hash: Hash
}

/** The scaffold key of an input whose prompt is these blocks. Fails when the context has no canonical form. */
export const compile = (
  input: ResolveInput,
  blocks: ReadonlyArray<BlockText>,
  adapter: string
): Either.Either<Compiled, CanonicalError> => {
  const names = [
    ["model", input.model],
    ["provider", input.provider]
  ] as const
  const packs = input.rulepacks.map((pack, i) => [`rulepacks/${i}`, pack] as const)
  const marked = (input.marks ?? []).map(({ block }, i) => [`marks/${i}/block`, String(block)] as const)
  const illFormed = [...names, ...packs, ...marked].find(([, text]) => !text.isWellFormed())
  if (illFormed !== undefined) {
    return Either.left(new CanonicalError({ path: `/${illFormed[0]}`, reason: "lone-surrogate" }))
  }
  const context = input.context === undefined ? noContext : canonicalJson(input.context)
  if (Either.isLeft(context)) {
    return Either.left(
      new CanonicalError({ path: `/context${context.left.path}`, reason: context.left.reason })
    )
  }
  const parameters: KeyParameters = {
    adapter,
    context: context.right === null ? null : sha256(context.right),
    layout: input.layout,
    model: input.model,
    provider: input.provider,
    rulepacks: input.rulepacks,
    seed: input.seed ?? null,
    temperature: input.temperature,
    // last, so that all without marks have one shape
    ...(input.marks === undefined
      ? {}
      : { marks: input.marks.map(({ block, ttl }) => [block, ttl] as const) })
  }
  const laidOut = layOut(blocks, input.layout)
  const header = keyHeader(parameters, laidOut)
  return Either.right({
    parameters,
    blocks: laidOut,
    context: context.right,
    header,
    hash: scaffoldKey(header)
  })
}

const noContext = Either.right(null)
