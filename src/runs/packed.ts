/**
 * Names as bytes: injective, compact for UUIDs, and safe for every database. Text columns would mangle a lone surrogate
 * and refuse NUL.
 */
import { hash } from "node:crypto"

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Longer than a UUID and not less than any, so that what is no UUID sorts after all that are. */
const other = Buffer.alloc(17, 0xff)
/** Begins no UTF-8 text: what follows is UTF-16, for names that are not well formed. */
const illFormed = Buffer.from([0xff])

/** A UUID in lower case takes 16 bytes, anything else its UTF-8 and a mark. */
export const packName = (name: string): Buffer => {
  if (name.length === 36 && uuid.test(name)) return Buffer.from(name.replaceAll("-", ""), "hex")
  return Buffer.concat([other, sortable(name)])
}

/**
 * The one order of names, in memory and in every database: that of their code points, and those that are not well formed
 * after all others.
 */
export const compareNames = (one: string, other: string): number => {
  // up to here the order of code units is that of code points
  if (!/[\ud800-\uffff]/.test(one + other)) return one < other ? -1 : one > other ? 1 : 0
  return Buffer.compare(sortable(one), sortable(other))
}

const sortable = (name: string): Buffer =>
  name.isWellFormed() ? Buffer.from(name) : Buffer.concat([illFormed, Buffer.from(name, "utf16le")])

/** Whether a packed name is that of a UUID. */
export const isPackedUuid = (packed: Uint8Array): boolean => packed.length === 16

export const unpackName = (packed: Uint8Array): string => {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  if (isPackedUuid(packed)) {
    const hex = bytes.toString("hex")
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }
  // nothing that packName gives: a name that packs to other bytes, so that the chain shows it
  if (!bytes.subarray(0, other.length).equals(other)) return `\ufffd${bytes.toString("hex")}`
  const text = bytes.subarray(other.length)
  return text[0] === illFormed[0] ? text.subarray(1).toString("utf16le") : text.toString()
}

/** What is kept of the name of a thread that was deleted: enough to recognise it, and nothing to read it from. */
export const tombstone = (thread: string): Buffer => hash("sha256", packName(thread), "buffer")
