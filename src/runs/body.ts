/**
 * What an entry carries, in bytes: a header in JSON, and the segments of values behind it. Deflated as a whole when that
 * pays. Reading gives nothing for bytes that are no body.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib"
import type { Segment, Shape } from "./segment.js"
import type { Encoding } from "./values.js"

/** A value of an entry. */
export interface Part {
  readonly encoding: Encoding
  readonly segment: Segment
}

export interface Body {
  readonly header: unknown
  readonly parts: ReadonlyMap<string, Part>
}

const shapes: ReadonlyArray<Shape> = ["list", "text", "bytes"]
/** Most bodies are shorter, and what is long in them is mostly hashes. */
const worthDeflating = 1024
const paysBelow = 0.85
/** Each level of an index has at least four times as many nodes as the one above it. */
const mostDepth = 32

/** `header` is JSON text. */
export const encodeBody = (header: string, parts: ReadonlyMap<string, Part>): Uint8Array => {
  const directory: Array<string> = []
  const payload: Array<Uint8Array> = []
  for (const [name, { encoding, segment }] of parts) {
    const { bytes, depth, shape } = segment
    directory.push(`[${JSON.stringify(name)},${encoding},${shapes.indexOf(shape)},${depth},${bytes.length}]`)
    payload.push(bytes)
  }
  const text = Buffer.from(`[${header},[${directory.join(",")}]]`)
  const start = Buffer.allocUnsafe(5)
  start.writeUInt8(0, 0)
  start.writeUInt32BE(text.length, 1)
  const whole = Buffer.concat([start, text, ...payload])
  if (whole.length < worthDeflating) return whole
  const deflated = deflateRawSync(whole.subarray(1), { level: 3 })
  return deflated.length < whole.length * paysBelow ? Buffer.concat([Uint8Array.of(1), deflated]) : whole
}

export const decodeBody = (bytes: Uint8Array): Body | undefined => {
  try {
    const stored = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const whole = stored[0] === 1 ? inflateRawSync(stored.subarray(1)) : stored.subarray(1)
    const payload = 4 + whole.readUInt32BE(0)
    const read: unknown = JSON.parse(whole.toString("utf8", 4, payload))
    return Array.isArray(read)
      ? { header: read[0], parts: partsIn(read[1], whole.subarray(payload)) }
      : undefined
  } catch {
    return undefined
  }
}

const partsIn = (directory: ReadonlyArray<unknown>, payload: Buffer): ReadonlyMap<string, Part> => {
  const parts = new Map<string, Part>()
  let first = 0
  for (const row of directory) {
    const [name, encoding, shape, depth, length] = row as ReadonlyArray<unknown> // a row that is none throws here
    const known = typeof shape === "number" ? shapes[shape] : undefined
    if (
      typeof name !== "string" ||
      (encoding !== 0 && encoding !== 1 && encoding !== 2) ||
      known === undefined ||
      !isCount(depth, mostDepth) ||
      !isCount(length, payload.length - first)
    ) {
      throw new Error("no part")
    }
    parts.set(name, {
      encoding,
      segment: { shape: known, depth, bytes: payload.subarray(first, first + length) }
    })
    first += length
  }
  if (first !== payload.length) throw new Error("no part has it")
  return parts
}

const isCount = (value: unknown, most: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most
