import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { type Chunk, readChunk } from "../../src/runs/chunk.js"
import {
  type Content,
  hashesIn,
  type Pages,
  type Segment,
  store,
  type Stored
} from "../../src/runs/segment.js"
import { words } from "./words.js"

const keyOf = (hash: Uint8Array): string => Buffer.from(hash).toString("hex")

/** Chunks by name, as a database keeps them. */
class Kept {
  readonly chunks = new Map<string, Chunk>()

  add({ chunks, segment }: Stored): Segment {
    for (const chunk of chunks) this.chunks.set(keyOf(chunk.hash), chunk)
    return segment
  }

  /** The value of a segment, as text; of bytes in hex. */
  read({ bytes, depth, shape }: Segment): string {
    if (depth === 0) return Buffer.from(bytes).toString(shape === "bytes" ? "hex" : "utf8")
    let hashes = hashesIn(bytes)
    for (let level = depth; level > 1; level -= 1) {
      hashes = hashes.flatMap((hash) => hashesIn(this.#open(hash)))
    }
    const pages = hashes.map((hash) => this.#open(hash))
    if (shape === "bytes") return Buffer.concat(pages).toString("hex")
    return shape === "list" ? `[${pages.join(",")}]` : pages.join("")
  }

  #open(hash: Uint8Array): Buffer {
    const chunk = this.chunks.get(keyOf(hash))
    const content = chunk && readChunk(chunk)
    assert.isDefined(content, "a chunk that was never stored")
    return content ?? Buffer.alloc(0)
  }
}

const valueOf = (content: Content): string => {
  switch (content.shape) {
    case "bytes":
      return Buffer.from(content.bytes).toString("hex")
    case "text":
      return content.text
    case "list":
      return `[${content.elements.join(",")}]`
  }
}

const wellFormed = FastCheck.string({ unit: "binary", maxLength: 100 })
const times = FastCheck.oneof(FastCheck.nat(20), FastCheck.nat(800))
const content: FastCheck.Arbitrary<Content> = FastCheck.oneof(
  FastCheck.tuple(wellFormed, times).map(([part, count]) => ({
    shape: "text" as const,
    text: part.repeat(count)
  })),
  FastCheck.tuple(FastCheck.array(FastCheck.json(), { maxLength: 30 }), times).map(([some, count]) => ({
    shape: "list" as const,
    elements: Array.from({ length: count }, () => some).flat()
  })),
  FastCheck.tuple(FastCheck.uint8Array({ maxLength: 100 }), times).map(([part, count]) => ({
    shape: "bytes" as const,
    bytes: Buffer.concat(Array.from({ length: count }, () => part))
  }))
)

const listOf = (length: number, size = 1000): Content => ({
  shape: "list",
  elements: Array.from({ length }, (_, at) => JSON.stringify(words(at, size)))
})
const bytesIn = ({ chunks, segment }: Stored): number =>
  chunks.reduce((sum, { data }) => sum + data.length, segment.bytes.length)

describe("a segment", () => {
  it("gives the value back that was stored, whatever was stored before", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(content, { minLength: 1, maxLength: 5 }), (versions) => {
        const kept = new Kept()
        let before: Pages | undefined
        for (const version of versions) {
          const stored = store(version, before)
          assert.strictEqual(kept.read(kept.add(stored)), valueOf(version))
          const alone = store(version)
          assert.deepStrictEqual(alone.segment, stored.segment)
          assert.isAtMost(stored.chunks.length, alone.chunks.length)
          before = stored.pages
        }
      }),
      { numRuns: 60 }
    )
  })

  it("holds a small value itself, and never more than 768 bytes", () => {
    for (const size of [0, 1, 766, 767, 768, 769, 5000, 100_000, 3_000_000]) {
      const stored = store({ shape: "bytes", bytes: Buffer.from(words(size, size)) })
      assert.isAtMost(stored.segment.bytes.length, 768)
      assert.strictEqual(stored.segment.depth === 0, size <= 768)
      assert.strictEqual(stored.chunks.length === 0, size <= 768)
    }
    const umlauts = store({ shape: "text", text: "ä".repeat(500) })
    assert.isAbove(umlauts.segment.depth, 0)
    const list = (length: number) =>
      store({ shape: "list", elements: Array.from({ length }, () => "1") }).segment
    assert.strictEqual(list(383).bytes.length, 767)
    assert.strictEqual(list(384).depth, 1)
  })

  it("stores nothing for the same value again", () => {
    FastCheck.assert(
      FastCheck.property(content, (value) => {
        assert.deepStrictEqual(store(value, store(value).pages).chunks, [])
      }),
      { numRuns: 30 }
    )
  })

  it("stores a page and its path for an element that is appended to 1,000 KB", () => {
    const kept = new Kept()
    const before = store(listOf(1000))
    kept.add(before)
    const after = store(listOf(1001), before.pages)
    assert.strictEqual(kept.read(kept.add(after)), valueOf(listOf(1001)))
    assert.isAtMost(bytesIn(after), 6_000)
    assert.isAtMost(after.chunks.length, 4)
  })

  it("stores a few pages for a change inside of 1,000 KB", () => {
    const before = store(listOf(1000))
    const { elements } = listOf(1000) as Extract<Content, { shape: "list" }> // what listOf makes
    let all = 0
    for (let at = 5; at < 1000; at += 50) {
      all += bytesIn(store({ shape: "list", elements: elements.with(at, '"edited"') }, before.pages))
    }
    assert.isAtMost(all / 20, 16_000)
  })

  it("takes pages over that were only moved, with a few that came or went between them", () => {
    const text = words(1, 500_000)
    const before = store({ shape: "text", text })
    for (const other of [`!${text}`, text.slice(1), text.slice(0, 200_000) + text.slice(200_050)]) {
      assert.isAtMost(store({ shape: "text", text: other }, before.pages).chunks.length, 8)
    }
  })
})
