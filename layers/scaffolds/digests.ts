/** Digests as they lie in the database: 32 bytes. Reading is total: a damaged file may hold anything in any column. */
import type { Hash } from "../../src/domain/Hash.js"

export const toBytes = (hash: Hash): Buffer => Buffer.from(hash, "hex")

/** What is no digest becomes a name that no digest has. */
export const toHash = (bytes: unknown): Hash =>
  (bytes instanceof Uint8Array
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")
    : `not a digest: ${typeof bytes}`) as Hash // only digests are stored in these columns

/** The text of a block; of what is no text, something that no digest was made of. */
export const toText = (bytes: unknown): string =>
  bytes instanceof Uint8Array ? Buffer.from(bytes).toString() : `not a text: ${typeof bytes}`

/** A namespace as it stands in its column: SQLite would take two for one where they are ill-formed. */
export const toColumn = (namespace: string): string =>
  namespace.isWellFormed() && !namespace.includes("\0") && !namespace.startsWith('"')
    ? namespace
    : JSON.stringify(namespace)

/** The namespace of a column. */
export const toNamespace = (column: unknown): string => {
  const text = String(column)
  if (!text.startsWith('"')) return text
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}

const lastInstant = Date.UTC(9999, 11, 31)

/** An instant of a column, in milliseconds; the first or last one where it is none. */
export const toMillis = (column: unknown): number =>
  Math.trunc(Math.min(Math.max(Number(column) || 0, 0), lastInstant))

/** An instant of a column, in ISO 8601. */
export const toIso = (column: unknown): string => new Date(toMillis(column)).toISOString()
