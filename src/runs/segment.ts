/**
 * A value as a checkpoint keeps it: whole when it is small, and otherwise the hashes of its pages, or of the nodes of an
 * index above them. Appending to a long list stores its last page and the path above it.
 */
import { type Chunk, makeChunk } from "./chunk.js"
import { cutBytes, cutHashes, cutList, cutText } from "./cut.js"

/** How pages become a value again: elements between commas, or one after the other. */
export type Shape = "list" | "text" | "bytes"

/** A value that is to be stored. A list comes as the texts of its elements. */
export type Content =
  | { readonly shape: "list"; readonly elements: ReadonlyArray<string> }
  | { readonly shape: "text"; readonly text: string }
  | { readonly shape: "bytes"; readonly bytes: Uint8Array }

export interface Segment {
  readonly shape: Shape
  /** 0: `bytes` is the value. Otherwise they are hashes, of pages at depth 1, of nodes above them from 2 on. */
  readonly depth: number
  readonly bytes: Uint8Array
}

/** The pages of a value as it was stored last, so that those which stay are neither hashed nor stored again. */
export interface Pages {
  readonly contents: ReadonlyArray<string | Uint8Array>
  readonly hashes: ReadonlyArray<Uint8Array>
  /** The nodes above them, by their hashes in hex. */
  readonly nodes: ReadonlySet<string>
}

export interface Stored {
  readonly segment: Segment
  /** Those that `before` did not have. */
  readonly chunks: ReadonlyArray<Chunk>
  readonly pages: Pages
  /** The pages that `before` did not have. */
  readonly fresh: ReadonlyArray<{ readonly hash: Uint8Array; readonly content: string | Uint8Array }>
}

/** A larger value goes into chunks; a smaller one would cost more there than in its row. */
const mostInline = 768
/** Hashes that a row may hold. Each step of a long list writes them again, and a node of the index below. */
const mostHashes = 16

const nothing: Pages = { contents: [], hashes: [], nodes: new Set() }

const inline = (content: Content): Buffer | Uint8Array | undefined => {
  switch (content.shape) {
    case "bytes":
      return content.bytes.length <= mostInline ? content.bytes : undefined
    case "text":
      return content.text.length <= mostInline ? atMost(content.text) : undefined
    case "list": {
      let length = 1
      for (const element of content.elements) {
        length += element.length + 1
        if (length > mostInline) return undefined
      }
      return atMost(`[${content.elements.join(",")}]`)
    }
  }
}

const atMost = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text)
  return bytes.length <= mostInline ? bytes : undefined
}

const cut = (content: Content): ReadonlyArray<string | Uint8Array> => {
  switch (content.shape) {
    case "bytes":
      return cutBytes(content.bytes)
    case "text":
      return cutText(content.text)
    case "list":
      return cutList(content.elements)
  }
}

const isSame = (page: string | Uint8Array, other: string | Uint8Array | undefined): boolean =>
  typeof page === "string" || typeof other !== "object" ? page === other : Buffer.compare(page, other) === 0

/** A value as a segment, and what has to be stored for it. `before` is the value that the parent has. */
export const store = (content: Content, before: Pages = nothing): Stored => {
  const { shape } = content
  const small = inline(content)
  if (small !== undefined)
    return { segment: { shape, depth: 0, bytes: small }, chunks: [], pages: nothing, fresh: [] }
  const chunks: Array<Chunk> = []
  const contents = cut(content)
  const hashes: Array<Uint8Array> = []
  const fresh: Array<Stored["fresh"][number]> = []
  let old = 0
  for (const page of contents) {
    // pages that went or came leave the others in order: look for the next ones in the neighbourhood
    const found = [old, old + 1, old - 1].find((at) => isSame(page, before.contents[at]))
    const known = found === undefined ? undefined : before.hashes[found]
    old = (found ?? old) + 1
    if (known !== undefined) {
      hashes.push(known)
      continue
    }
    const chunk = makeChunk(typeof page === "string" ? Buffer.from(page) : page)
    chunks.push(chunk)
    fresh.push({ hash: chunk.hash, content: page })
    hashes.push(chunk.hash)
  }
  const nodes = new Set<string>()
  let depth = 1
  let top: ReadonlyArray<Uint8Array> = hashes
  for (; top.length > mostHashes; depth += 1) {
    top = cutHashes(top).map((below) => {
      const node = makeChunk(Buffer.concat(below))
      const name = node.hash.toString("hex")
      nodes.add(name)
      if (!before.nodes.has(name)) chunks.push(node)
      return node.hash
    })
  }
  return {
    segment: { shape, depth, bytes: Buffer.concat(top) },
    chunks,
    pages: { contents, hashes, nodes },
    fresh
  }
}

/** The hashes in a segment or in a node. */
export const hashesIn = (bytes: Uint8Array): ReadonlyArray<Uint8Array> =>
  Array.from({ length: Math.floor(bytes.length / 32) }, (_, at) => bytes.subarray(at * 32, at * 32 + 32))
