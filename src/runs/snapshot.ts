/** A checkpoint as it is kept: what it consists of is known, its values lie where they were written. */
import type { Part } from "./body.js"
import { decodeBody } from "./body.js"
import { payloadDigest } from "./chain.js"
import type { Entry, Lineage } from "./entry.js"
import { decodeManifest, type Header, type Keyframe, type Manifest, type Notes, nothing } from "./manifest.js"

export interface Snapshot {
  readonly lineage: Lineage
  readonly epoch: number
  readonly n: number
  readonly id: string
  readonly parent: string | undefined
  readonly at: number
  /** Canonical JSON. */
  readonly meta: Uint8Array
  readonly notes: Notes
  readonly manifest: Manifest
  readonly keyframe: Keyframe
  /** The values that its own entry holds. */
  readonly parts: ReadonlyMap<string, Part>
}

/** The names of parts: channels and nodes share the entry of their checkpoint. */
export const channelPart = (name: string): string => `c${name}`
export const nodePart = (id: string): string => `n${id}`

/** What an entry holds. */
export interface Content {
  readonly meta: Uint8Array
  readonly header: unknown
  readonly parts: ReadonlyMap<string, Part>
}

/** Reads an entry; nothing if it is not what was written. */
export const readEntry = ({ digest, payload }: Entry): Content | undefined => {
  if (payload === undefined || !payloadDigest(payload.meta, payload.body).equals(digest)) return undefined
  const body = decodeBody(payload.body)
  return body && { meta: payload.meta, ...body }
}

/** A checkpoint out of its entry. `keyframe` is asked for when the entry says that it needs one. */
export const toSnapshot = (
  at: { readonly lineage: Lineage; readonly epoch: number; readonly entry: Entry },
  { meta, parts }: Content,
  header: Header,
  keyframe: Keyframe | undefined
): Snapshot => {
  const { n, id, parent } = at.entry
  const manifest = header.over(keyframe?.manifest ?? nothing)
  return {
    lineage: at.lineage,
    epoch: at.epoch,
    n,
    id,
    parent,
    at: at.entry.at,
    meta,
    notes: header.notes,
    manifest,
    keyframe: keyframe ?? { n, manifest },
    parts
  }
}

export { decodeManifest }
