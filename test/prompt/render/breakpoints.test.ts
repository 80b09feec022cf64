import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { BlockType } from "../../../src/domain/PromptBlock.js"
import {
  anthropicTtl,
  breakpointsOf,
  openAiTtl,
  placeBreakpoints,
  type StableBlock
} from "../../../src/prompt/render/breakpoints.js"

const stableTypes: ReadonlyArray<BlockType> = ["requirements", "style_guide", "file_map"]

/** Blocks of 1000 tokens each, from letters: r, s and f. */
const blocksOf = (letters: string): ReadonlyArray<StableBlock> =>
  [...letters].map((letter, i) => ({
    type: stableTypes.find((type) => type.startsWith(letter)) ?? "context",
    prefixTokens: (i + 1) * 1000
  }))

const anyBlocks = FastCheck.array(
  FastCheck.record({
    type: FastCheck.constantFrom(...stableTypes),
    tokens: FastCheck.integer({ min: 0, max: 900 })
  }),
  { maxLength: 60 }
).map((blocks) => {
  let sum = 0
  return blocks.map(({ type, tokens }): StableBlock => ({ type, prefixTokens: (sum += tokens) }))
})
const anyMinimum = FastCheck.option(FastCheck.constantFrom(512, 1024, 4096))

describe("breakpoints", () => {
  it.each([
    ["mark the end of every block while there are no more than four", "rsf", null, [0, 1, 2]],
    ["mark nothing where there is nothing stable", "", null, []],
    ["leave out ends whose prefix is below the minimum", "rsf", 2001, [2]],
    ["mark nothing when all of it is below the minimum", "rsf", 3001, []],
    ["take an end that reaches the minimum exactly", "rsf", 2000, [1, 2]],
    ["prefer the ends of runs of one type, then the latest", "rrrssffff", null, [2, 4, 7, 8]],
    ["mark the latest ends of a single run", "ffffff", null, [2, 3, 4, 5]],
    ["keep the later of more than four runs", "rfrfrf", null, [2, 3, 4, 5]],
    ["bridge gaps that are longer than the lookback", `r${"f".repeat(50)}`, null, [0, 20, 40, 50]],
    ["bridge from the first end that reaches the minimum", "f".repeat(60), 20_000, [38, 57, 58, 59]]
  ])("%s", (_, letters, minimum, expected) => {
    assert.deepStrictEqual(placeBreakpoints(blocksOf(letters), minimum), expected)
  })

  it("are at most four, in order, reach the minimum and end with the last block that does", () => {
    FastCheck.assert(
      FastCheck.property(anyBlocks, anyMinimum, (blocks, minimum) => {
        const breakpoints = breakpointsOf(blocks, minimum, anthropicTtl)
        const places = breakpoints.map(({ block }) => block)
        const eligible = blocks.flatMap(({ prefixTokens }, i) => (prefixTokens >= (minimum ?? 0) ? [i] : []))
        assert.strictEqual(places.length, Math.min(4, eligible.length))
        assert.deepStrictEqual(
          places,
          [...new Set(places)].sort((a, b) => a - b)
        )
        assert.strictEqual(places.at(-1), eligible.at(-1))
        for (const { block, tokens } of breakpoints) {
          assert.strictEqual(tokens, blocks[block]?.prefixTokens)
          assert.isAtLeast(tokens, minimum ?? 0)
        }
      })
    )
  })

  it("never put an hour behind five minutes", () => {
    FastCheck.assert(
      FastCheck.property(anyBlocks, (blocks) => {
        const ttls = breakpointsOf(blocks, null, anthropicTtl).map(({ ttl }) => ttl)
        assert.deepStrictEqual(ttls, ttls.toSorted())
      })
    )
  })

  it("stay where they are before the block that changed its type or length", () => {
    const before = breakpointsOf(blocksOf("rsf"), null, anthropicTtl)
    const after = breakpointsOf(
      blocksOf("rsf").map((block, i) => (i === 2 ? { ...block, prefixTokens: 9000 } : block)),
      null,
      anthropicTtl
    )
    assert.deepStrictEqual(after.slice(0, 2), before.slice(0, 2))
  })

  it("keep requirements and style guides for an hour and file maps for five minutes", () => {
    assert.deepStrictEqual(
      breakpointsOf(blocksOf("rsf"), null, anthropicTtl).map(({ ttl }) => ttl),
      ["1h", "1h", "5m"]
    )
    assert.deepStrictEqual(
      breakpointsOf(blocksOf("fs"), null, anthropicTtl).map(({ ttl }) => ttl),
      ["5m", "5m"]
    )
  })

  it("have the one time to live that OpenAI has", () => {
    assert.deepStrictEqual(
      breakpointsOf(blocksOf("rf"), 1024, openAiTtl).map(({ ttl, block }) => [block, ttl]),
      [[1, "30m"]]
    )
  })
})
