/** Content addressing: the names of things are SHA-256 digests, and ids that must be UUIDs are UUIDv5 of them. */
import { createHash } from "node:crypto"
import * as Schema from "effect/Schema"

/** A SHA-256 digest in 64 lower-case hex digits. */
export const Hash = Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/), Schema.brand("Hash")).annotations({
  identifier: "Hash",
  description: "SHA-256 digest, 64 lower-case hexadecimal digits"
})
export type Hash = typeof Hash.Type

/** The namespace of every UUIDv5 that Aegis makes: the UUIDv5 of "aegis-prompt-cache" in the URL namespace. */
const namespace = Buffer.from("befb7a749a315c39aa01bb138386371b", "hex")

/**
 * The UUIDv5 (RFC 9562 §5.5) of a kind of thing and its hash or other content-derived name.
 *
 * @example uuidOf("scaffold", hash) // the same on every machine, for ever
 */
export const uuidOf = (kind: string, name: string): string => {
  const digest = createHash("sha1").update(namespace).update(`${kind}\n${name}`).digest()
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6)
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = digest.toString("hex", 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
