/**
 * The scaffold key: a Merkle key over a small canonical header, so that long text is hashed once, raw, and never passes
 * through JSON. docs/hashing.md is the specification, with test vectors.
 */
import type { Hash } from "../domain/Hash.js"
import type { BlockType } from "../domain/PromptBlock.js"
import type { Provider } from "../domain/Provider.js"
import type { PromptMark } from "../domain/ResolveInput.js"
import { sha256 } from "./digest.js"

/** Counts up when the header's form changes. */
export const keyVersion = 1

/** A block as the key sees it. `name` is the author's id for it. */
export interface KeyBlock {
  readonly type: BlockType
  readonly name: string | undefined
  readonly hash: Hash
}

/**
 * Everything but the blocks. `context` is the digest of the canonical context; `adapter` is `format#version`; `marks` is there only
 * where the author set them.
 */
export interface KeyParameters {
  readonly adapter: string
  readonly context: Hash | null
  readonly layout: string
  readonly marks?: ReadonlyArray<readonly [block: PromptMark["block"], ttl: PromptMark["ttl"]]>
  readonly model: string
  readonly provider: Provider
  readonly rulepacks: ReadonlyArray<string>
  readonly seed: number | null
  readonly temperature: number
}

/** The header as data: what `keyHeader` writes. */
export interface KeyHeader extends KeyParameters {
  readonly kind: "scaffold"
  readonly version: typeof keyVersion
  readonly blocks: ReadonlyArray<readonly [type: BlockType, name: string | null, hash: Hash]>
}

/**
 * The header in canonical JSON (RFC 8785). It is written by hand because its keys and their order are known: the result
 * is the same as that of `canonicalJson`, at a third of the time. Texts must be well formed.
 */
export const keyHeader = (parameters: KeyParameters, blocks: ReadonlyArray<KeyBlock>): string => {
  let header = `{"adapter":${JSON.stringify(parameters.adapter)},"blocks":[`
  for (let i = 0; i < blocks.length; i++) {
    const block = blocks[i]
    if (block === undefined) continue
    const name = block.name === undefined ? "null" : JSON.stringify(block.name)
    header += `${i === 0 ? "" : ","}["${block.type}",${name},"${block.hash}"]`
  }
  const context = parameters.context === null ? "null" : `"${parameters.context}"`
  const marks = parameters.marks === undefined ? "" : `"marks":${JSON.stringify(parameters.marks)},`
  return `${header}],"context":${context},"kind":"scaffold","layout":${JSON.stringify(parameters.layout)},${marks}"model":${JSON.stringify(parameters.model)},"provider":${JSON.stringify(parameters.provider)},"rulepacks":${JSON.stringify(parameters.rulepacks)},"seed":${JSON.stringify(parameters.seed)},"temperature":${JSON.stringify(parameters.temperature)},"version":${keyVersion}}`
}

/** An adapter as the key names it. */
export const adapterName = (adapter: { readonly format: string; readonly version: number }): string =>
  `${adapter.format}#${adapter.version}`

/** The scaffold key of a header. */
export const scaffoldKey: (header: string) => Hash = sha256
