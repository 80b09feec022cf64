/**
 * A quantile sketch that can be merged: DDSketch (Masson, Rim, Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with
 * Relative-Error Guarantees", VLDB 2019). A value x > 0 falls into bucket ceil(log_g(x)) with g = (1 + a) / (1 - a), of which the
 * estimate 2 g^i / (g + 1) is off by at most a. Buckets beyond the range of times are not kept apart, so a sketch is never larger
 * than that range.
 */

/** The relative accuracy a. */
export const accuracy = 0.01

const growth = (1 + accuracy) / (1 - accuracy)
const perLog = 1 / Math.log(growth)

const indexOf = (value: number): number => Math.ceil(Math.log(value) * perLog)

/** Below is no time that a clock shows (a picosecond, in milliseconds), above none that anybody waits for. */
const least = 1e-9
const lowest = indexOf(least)
const highest = indexOf(1e12)

/** `count` values, of which `zeros` are 0 or next to it; `buckets` counts the others by index. */
export interface Sketch {
  count: number
  zeros: number
  max: number
  readonly buckets: Map<number, number>
}

export const make = (): Sketch => ({ count: 0, zeros: 0, max: 0, buckets: new Map() })

/** Adds a value that is finite and not negative. */
export const add = (sketch: Sketch, value: number): void => {
  sketch.count++
  if (value > sketch.max) sketch.max = value
  if (value < least) {
    sketch.zeros++
    return
  }
  const index = Math.min(highest, Math.max(lowest, indexOf(value)))
  sketch.buckets.set(index, (sketch.buckets.get(index) ?? 0) + 1)
}

/** Adds all values of another sketch. */
export const merge = (into: Sketch, other: Sketch): void => {
  into.count += other.count
  into.zeros += other.zeros
  into.max = Math.max(into.max, other.max)
  for (const [index, count] of other.buckets) into.buckets.set(index, (into.buckets.get(index) ?? 0) + count)
}

/** The value of rank floor(q (count - 1)), to the accuracy and never above the greatest; 0 where there is none. */
export const quantile = (sketch: Sketch, q: number): number => quantiles(sketch, [q])[0] ?? 0

/** As `quantile`, for several that ascend. */
export const quantiles = (sketch: Sketch, asked: ReadonlyArray<number>): ReadonlyArray<number> => {
  const sorted = Int32Array.from(sketch.buckets.keys()).sort()
  let seen = sketch.zeros
  let at = 0
  return asked.map((q) => {
    const rank = Math.floor(q * (sketch.count - 1))
    if (rank < sketch.zeros) return 0
    for (; at < sorted.length; at++) {
      const index = sorted[at] ?? 0
      const count = sketch.buckets.get(index) ?? 0
      if (seen + count > rank) return Math.min(sketch.max, (2 * growth ** index) / (growth + 1))
      seen += count
    }
    return sketch.max
  })
}

/** Bytes of a whole number at most. */
const numberBytes = 8

/** Writes a number that is not negative in groups of seven bits, the lowest first; all but the last have the eighth bit set. */
const writeNumber = (bytes: Uint8Array, from: number, value: number): number => {
  let at = from
  let rest = value
  while (rest >= 128) {
    bytes[at++] = (rest % 128) + 128
    rest = Math.floor(rest / 128)
  }
  bytes[at++] = rest
  return at
}

/** As bytes: the greatest value (float64), the zeros, and for each bucket in order its distance from the one before and its count. */
export const encode = ({ buckets, max, zeros }: Sketch): Uint8Array => {
  const indices = Int32Array.from(buckets.keys()).sort()
  const bytes = new Uint8Array((2 + 2 * indices.length) * numberBytes)
  new DataView(bytes.buffer).setFloat64(0, max, true)
  let at = writeNumber(bytes, 8, zeros)
  let before = lowest
  for (const index of indices) {
    at = writeNumber(bytes, at, index - before)
    at = writeNumber(bytes, at, buckets.get(index) ?? 0)
    before = index
  }
  return bytes.subarray(0, at)
}

/** The sketch of these bytes; undefined where they are none. */
export const decode = (bytes: Uint8Array): Sketch | undefined => {
  if (bytes.length < 9) return undefined
  const max = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true)
  let at = 8
  let sound = Number.isFinite(max) && max >= 0
  const readNumber = (): number => {
    let value = 0
    for (let place = 1; ; place *= 128) {
      const byte = bytes[at++]
      if (byte === undefined || value > Number.MAX_SAFE_INTEGER) {
        sound = false
        return 0
      }
      value += (byte % 128) * place
      if (byte < 128) return value
    }
  }
  const zeros = readNumber()
  const buckets = new Map<number, number>()
  let count = zeros
  let index = lowest
  while (sound && at < bytes.length) {
    index += readNumber()
    const here = readNumber()
    buckets.set(index, here)
    count += here
  }
  return sound && index <= highest ? { count, zeros, max, buckets } : undefined
}
