import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { BlockType } from "../../src/domain/PromptBlock.js"
import { isStable, layOut, stability } from "../../src/prompt/layout.js"

const blocks = FastCheck.array(FastCheck.constantFrom(...BlockType.literals)).map((types) =>
  types.map((type, at) => Object.freeze({ type, at }))
)

describe("layOut", () => {
  it.prop(
    "puts the most stable first, and keeps the order of the source within a type",
    [blocks],
    ([list]) => {
      const laidOut = layOut(list, "stable-first")
      assert.sameMembers([...laidOut], list)
      for (const [i, block] of laidOut.entries()) {
        const before = laidOut[i - 1]
        if (before === undefined) continue
        assert.isAtMost(stability[before.type], stability[block.type])
        if (before.type === block.type) assert.isBelow(before.at, block.at)
      }
    }
  )

  it.prop("leaves the list that it is given alone, and does the same each time", [blocks], ([list]) => {
    const frozen = Object.freeze([...list])
    assert.deepStrictEqual(layOut(frozen, "stable-first"), layOut(list, "stable-first"))
    const laidOut = layOut(frozen, "stable-first")
    assert.deepStrictEqual(layOut(laidOut, "stable-first"), laidOut)
    assert.deepStrictEqual(frozen, list)
  })

  it.prop("changes nothing where the source's own order is asked for", [blocks], ([list]) => {
    assert.deepStrictEqual(layOut(list, "source"), list)
  })

  it("ranks requirements, style_guide, file_map, context, and only context is not stable", () => {
    const ranked = BlockType.literals.toSorted((a, b) => stability[a] - stability[b])
    assert.deepStrictEqual(ranked, ["requirements", "style_guide", "file_map", "context"])
    assert.deepStrictEqual(
      ranked.filter((type) => !isStable(type)),
      ["context"]
    )
  })
})
