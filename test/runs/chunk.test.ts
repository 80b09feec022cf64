import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { type Chunk, makeChunk, readChunk } from "../../src/runs/chunk.js"

const content = FastCheck.oneof(
  FastCheck.uint8Array({ maxLength: 3000 }),
  FastCheck.string({ minLength: 10, maxLength: 50 }).map((text) => Buffer.from(text.repeat(60)))
)

const flip = (bytes: Uint8Array, bit: number): Buffer => {
  const other = Buffer.from(bytes)
  const at = Math.floor(bit / 8) % Math.max(1, other.length)
  if (other.length > 0) other[at] = (other[at] ?? 0) ^ (1 << (bit % 8))
  return other
}

describe("a chunk", () => {
  it("gives its content back, and takes no more bytes than that", () => {
    FastCheck.assert(
      FastCheck.property(content, (bytes) => {
        const chunk = makeChunk(bytes)
        assert.isTrue(readChunk(chunk)?.equals(bytes))
        assert.strictEqual(chunk.size, bytes.length)
        assert.isAtMost(chunk.data.length, bytes.length)
      })
    )
  })

  it("is deflated when that pays, and only then", () => {
    assert.isTrue(makeChunk(Buffer.from("word ".repeat(500))).deflated)
    assert.isFalse(makeChunk(Buffer.from("word ".repeat(50))).deflated)
    const noise = Uint8Array.from({ length: 4000 }, (_, at) => Math.imul(at + 1, 0x9e3779b1) >>> 24)
    const chunk = makeChunk(noise)
    assert.isTrue(!chunk.deflated || chunk.data.length <= noise.length * 0.85)
  })

  it("is never read as something else when a bit of it was flipped", () => {
    FastCheck.assert(
      FastCheck.property(content, FastCheck.nat(), (bytes, bit) => {
        const chunk = makeChunk(bytes)
        const damaged: ReadonlyArray<Chunk> = [
          { ...chunk, hash: flip(chunk.hash, bit) },
          { ...chunk, size: chunk.size ^ (1 << (bit % 20)) },
          { ...chunk, deflated: !chunk.deflated }
        ]
        for (const each of damaged) assert.isUndefined(readChunk(each))
        const read = readChunk({ ...chunk, data: flip(chunk.data, bit) })
        // the last bits of what is deflated say nothing
        if (read !== undefined) assert.isTrue(read.equals(bytes) && (chunk.deflated || bytes.length === 0))
      }),
      { numRuns: 500 }
    )
  })

  it("is refused where bytes were added or cut off", () => {
    FastCheck.assert(
      FastCheck.property(content, (bytes) => {
        const chunk = makeChunk(bytes)
        if (chunk.data.length > 0) {
          assert.isUndefined(readChunk({ ...chunk, data: chunk.data.subarray(0, -1) }))
        }
        if (!chunk.deflated) {
          assert.isUndefined(readChunk({ ...chunk, data: Buffer.concat([chunk.data, Buffer.alloc(1)]) }))
        }
      })
    )
  })
})
