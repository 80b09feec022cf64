import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { decodeBody, encodeBody, type Part } from "../../src/runs/body.js"

const name = FastCheck.oneof(
  FastCheck.string(),
  FastCheck.constantFrom("__proto__", "constructor", "", "\0", "\ud800", "1", '"')
)
const part: FastCheck.Arbitrary<Part> = FastCheck.record({
  encoding: FastCheck.constantFrom(0 as const, 1 as const, 2 as const),
  segment: FastCheck.record({
    shape: FastCheck.constantFrom("list" as const, "text" as const, "bytes" as const),
    depth: FastCheck.nat(5),
    bytes: FastCheck.oneof(
      FastCheck.uint8Array({ maxLength: 50 }),
      FastCheck.nat(768).map((length) => new Uint8Array(length))
    )
  })
})
const parts = FastCheck.array(FastCheck.tuple(name, part), { maxLength: 20 }).map((all) => new Map(all))
const header = FastCheck.json()

const plain = (all: ReadonlyMap<string, Part>) =>
  [...all].map(([key, { encoding, segment }]) => [
    key,
    encoding,
    { ...segment, bytes: Buffer.from(segment.bytes) }
  ])

describe("the body of an entry", () => {
  it("gives back its header and its parts, in order", () => {
    FastCheck.assert(
      FastCheck.property(header, parts, (text, all) => {
        const read = decodeBody(encodeBody(text, all))
        assert.deepStrictEqual(read?.header, JSON.parse(text))
        assert.deepStrictEqual(plain(read?.parts ?? new Map()), plain(all))
      })
    )
  })

  it("is deflated when it is large and that pays", () => {
    const long = new Map<string, Part>([
      ["c", { encoding: 0, segment: { shape: "text", depth: 0, bytes: Buffer.alloc(768, "abc") } }],
      ["d", { encoding: 0, segment: { shape: "text", depth: 0, bytes: Buffer.alloc(768, "abc") } }]
    ])
    const bytes = encodeBody("{}", long)
    assert.isBelow(bytes.length, 300)
    assert.deepStrictEqual(plain(decodeBody(bytes)?.parts ?? new Map()), plain(long))
  })

  it("is nothing, and throws nothing, for bytes that are none", () => {
    const random = FastCheck.uint8Array({ maxLength: 200 })
    FastCheck.assert(
      FastCheck.property(random, (bytes) => {
        const read = decodeBody(bytes)
        if (read !== undefined)
          for (const { segment } of read.parts.values()) assert.isAtMost(segment.depth, 64)
      }),
      { numRuns: 1000 }
    )
    FastCheck.assert(
      FastCheck.property(header, parts, FastCheck.nat(), FastCheck.nat(255), (text, all, at, byte) => {
        const bytes = Buffer.from(encodeBody(text, all))
        bytes[at % bytes.length] = byte
        void decodeBody(bytes)
        void decodeBody(bytes.subarray(0, at % bytes.length))
      })
    )
  })

  it("is nothing where it says what cannot be", () => {
    const bodyOf = (directory: string, payload = "") => {
      const text = Buffer.from(`[{},${directory}]`)
      const start = Buffer.alloc(5)
      start.writeUInt32BE(text.length, 1)
      return Buffer.concat([start, text, Buffer.from(payload)])
    }
    assert.isDefined(decodeBody(bodyOf('[["c",0,1,0,3]]', "abc")))
    for (const [directory, payload] of [
      ['[["c",0,1,0,4]]', "abc"],
      ['[["c",0,1,0,2]]', "abc"],
      ['[["c",0,1,0,-1]]', "abc"],
      ['[["c",0,1,0,1.5]]', "a"],
      ['[["c",0,1,-1,3]]', "abc"],
      ['[["c",0,1,1000000000,3]]', "abc"],
      ['[["c",0,1,0.5,3]]', "abc"],
      ['[["c",3,1,0,3]]', "abc"],
      ['[["c",0,3,0,3]]', "abc"],
      ["[[1,0,1,0,3]]", "abc"],
      ["[null]", ""],
      ["{}", ""],
      ["7", ""]
    ] as const) {
      assert.isUndefined(decodeBody(bodyOf(directory, payload)), directory)
    }
  })
})
