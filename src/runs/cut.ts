/**
 * Where a large value is cut into pages. A cut depends on the content near it alone, so that a change moves only the cuts
 * beside it and all other pages stay what they were.
 */

/** Pages of a list: as few bytes as possible are written again when an element is appended. */
const list = { least: 512, target: 2048, most: 16_384 }
/** Pages of text, in UTF-16 units; text up to `most` stays whole. */
const text = { least: 4096, bits: 13, most: 16_384 }
/** Hashes in one node of an index. */
const index = { least: 4, oneIn: 8, most: 64 }

/**
 * A number made of an element's text: its length, up to 64 of its characters, and its end, where elements that are alike have
 * their ids.
 */
const fingerprint = (element: string): number => {
  const { length } = element
  const step = Math.max(1, length >> 6)
  let sum = length
  for (let at = 0; at < length; at += step) sum = Math.imul(sum ^ element.charCodeAt(at), 0x01000193)
  if (step > 1)
    for (let at = length - 32; at < length; at += 1) sum = Math.imul(sum ^ element.charCodeAt(at), 0x01000193)
  sum ^= sum >>> 15
  sum = Math.imul(sum, 0x2c1b3c6d)
  return (sum ^ (sum >>> 12)) >>> 0
}

/** The elements of a list, joined by commas into pages. */
export const cutList = (elements: ReadonlyArray<string>): ReadonlyArray<string> => {
  const pages: Array<string> = []
  let first = 0
  let size = 0
  for (const [at, element] of elements.entries()) {
    size += element.length + 1
    const likely = fingerprint(element) % list.target < element.length
    if (size >= list.most || (size >= list.least && likely)) {
      pages.push(elements.slice(first, at + 1).join(","))
      first = at + 1
      size = 0
    }
  }
  if (first < elements.length) pages.push(elements.slice(first).join(","))
  return pages
}

const gear = Uint32Array.from({ length: 256 }, (_, at) => {
  let mixed = Math.imul(at + 1, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
})

/** The ends of the pages of anything with units: those of text, or bytes. */
const ends = (length: number, unit: (at: number) => number): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (let first = 0; length - first > text.most; first = found.at(-1) ?? length) {
    const last = first + text.most
    let at = first + text.least
    // a gear hash (as in FastCDC): what lies 32 units back has left it
    for (let sum = 0; at < last; at += 1) {
      sum = ((sum << 1) + (gear[unit(at) & 0xff] ?? 0)) | 0
      if (sum >>> (32 - text.bits) === 0) break
    }
    found.push(at)
  }
  found.push(length)
  return found
}

const isLowSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xdc00

/** Text in pages that are well formed if the text is. */
export const cutText = (whole: string): ReadonlyArray<string> => {
  if (whole.length <= text.most) return [whole]
  let first = 0
  return ends(whole.length, (at) => whole.charCodeAt(at)).map((end) => {
    const after = isLowSurrogate(whole.charCodeAt(end)) ? end + 1 : end
    const page = whole.slice(first, after)
    first = after
    return page
  })
}

export const cutBytes = (whole: Uint8Array): ReadonlyArray<Uint8Array> => {
  if (whole.length <= text.most) return [whole]
  let first = 0
  return ends(whole.length, (at) => whole[at] ?? 0).map((end) => {
    const page = whole.subarray(first, end)
    first = end
    return page
  })
}

/** Hashes in the nodes of an index above them. */
export const cutHashes = (hashes: ReadonlyArray<Uint8Array>): ReadonlyArray<ReadonlyArray<Uint8Array>> => {
  const nodes: Array<ReadonlyArray<Uint8Array>> = []
  let first = 0
  for (const [at, hash] of hashes.entries()) {
    const size = at + 1 - first
    const likely = (hash[0] ?? 0) % index.oneIn === 0
    if (size >= index.most || (size >= index.least && likely)) {
      nodes.push(hashes.slice(first, at + 1))
      first = at + 1
    }
  }
  if (first < hashes.length) nodes.push(hashes.slice(first))
  return nodes
}
