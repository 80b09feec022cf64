/**
 * The chain of a lineage: every entry is linked to the one before it. An entry's link covers its place, its facts and the
 * digest of its payload, not the payload itself: when a payload is pruned, the entry still verifies.
 */
import { createHash, hash } from "node:crypto"
import { packName } from "./packed.js"

/** Where a lineage stands: the number of its entries, and the link of the last one. */
export interface Head {
  readonly n: number
  readonly chain: Uint8Array
}

/** The facts of an entry that its link covers. */
export interface Facts {
  readonly kind: number
  readonly id: Uint8Array
  readonly parent: Uint8Array | null
  /** Milliseconds since 1970. */
  readonly at: number
}

const version = "aegis.run/1"

/** The head of a lineage without entries. Two lineages never share one, so no entry fits into the other's chain. */
export const genesis = (namespace: string, thread: string, path: string): Head => {
  const sum = createHash("sha256").update(version)
  for (const name of [namespace, thread, path]) {
    const packed = packName(name)
    sum.update(length(packed)).update(packed)
  }
  return { n: 0, chain: sum.digest() }
}

/** The digest of what an entry carries, as it is stored. */
export const payloadDigest = (meta: Uint8Array, body: Uint8Array): Buffer =>
  hash("sha256", Buffer.concat([length(meta), meta, body]), "buffer")

/** The head after one more entry. */
export const link = (head: Head, facts: Facts, digest: Uint8Array): Head => {
  const n = head.n + 1
  const parent = facts.parent ?? none
  const fixed = Buffer.allocUnsafe(20)
  fixed.writeUInt32BE(n, 0)
  fixed.writeUInt8(facts.kind, 4)
  fixed.writeUInt8(facts.parent === null ? 0 : 1, 5)
  fixed.writeUIntBE(facts.at, 6, 6)
  fixed.writeUInt32BE(facts.id.length, 12)
  fixed.writeUInt32BE(parent.length, 16)
  return {
    n,
    chain: hash("sha256", Buffer.concat([head.chain, fixed, facts.id, parent, digest]), "buffer")
  }
}

const none = new Uint8Array(0)

const length = ({ length }: Uint8Array): Buffer => {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(length)
  return bytes
}
