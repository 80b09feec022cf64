/** Digests as they lie in the database: 32 bytes. */
import type { Hash } from "../../src/domain/Hash.js"

export const toBytes = (hash: Hash): Buffer => Buffer.from(hash, "hex")

export const toHash = (bytes: Uint8Array): Hash =>
  // only digests are stored in these columns
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex") as Hash
