/** Content addressing: the names of things are SHA-256 digests, and ids that must be UUIDs are UUIDv5 of them. */
import { hash } from "node:crypto"
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
  const hex = hash("sha1", Buffer.concat([namespace, Buffer.from(`${kind}\n${name}`)]), "hex")
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
