/** What is remembered in memory: never more than it may be, the least recently used going first. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { sha256 } from "../../src/prompt/digest.js"
import { type ParsedSource, SourceMemo } from "../../src/prompt/SourceMemo.js"
import { ByteLru } from "../../src/services/ByteLru.js"
import { makeMemory } from "../../src/services/TokenMemo.js"

describe("a memory bounded in bytes", () => {
  const step = FastCheck.oneof(
    FastCheck.record({
      do: FastCheck.constant("set" as const),
      key: FastCheck.nat(5),
      bytes: FastCheck.nat(12)
    }),
    FastCheck.record({ do: FastCheck.constantFrom("get" as const, "delete" as const), key: FastCheck.nat(5) })
  )

  it.prop(
    "holds what was used last, as much as fits",
    [FastCheck.array(step, { maxLength: 60 })],
    ([steps]) => {
      const lru = new ByteLru<number>(10)
      // most recently used last
      let model: ReadonlyArray<readonly [key: number, bytes: number, value: number]> = []
      for (const [i, each] of steps.entries()) {
        const known = model.find(([key]) => key === each.key)
        const others = model.filter(([key]) => key !== each.key)
        if ("bytes" in each) {
          lru.set(`${each.key}`, i, each.bytes)
          model = each.bytes > 10 ? others : [...others, [each.key, each.bytes, i]]
          while (model.reduce((sum, [, bytes]) => sum + bytes, 0) > 10) model = model.slice(1)
        } else if (each.do === "get") {
          assert.strictEqual(lru.get(`${each.key}`), known?.[2])
          if (known !== undefined) model = [...others, known]
        } else {
          lru.delete(`${each.key}`)
          model = others
        }
        assert.strictEqual(lru.size, model.length)
        assert.strictEqual(
          lru.bytes,
          model.reduce((sum, [, bytes]) => sum + bytes, 0)
        )
      }
      lru.clear()
      assert.deepStrictEqual([lru.size, lru.bytes], [0, 0])
    }
  )
})

describe("the memory of parsed sources", () => {
  const parsed = (): ParsedSource => ({ sections: [], blocks: [] })

  it("knows a text by all of it, however alike another one is", () => {
    const memo = new SourceMemo(10_000)
    const text = "x".repeat(1000)
    const first = parsed()
    memo.set(text, first)
    assert.strictEqual(memo.get("x".repeat(1000)), first)
    // the same length, and the same at every place that is looked at to find candidates
    for (let at = 1; at < 60; at++) {
      assert.isUndefined(memo.get(`${text.slice(0, at)}y${text.slice(at + 1)}`), `changed at ${at}`)
    }
    const other = `${text.slice(0, 1)}y${text.slice(2)}`
    const second = parsed()
    memo.set(other, second)
    assert.strictEqual(memo.get(other), second)
    assert.isUndefined(memo.get(text))
    assert.isUndefined(memo.get(""))
  })

  it("forgets what was asked for longest ago, and takes nothing that is larger than all of it", () => {
    const memo = new SourceMemo(300)
    const texts = ["a", "b", "c"].map((letter) => letter.repeat(50))
    for (const text of texts.slice(0, 2)) memo.set(text, parsed())
    memo.get(texts[0] ?? "")
    memo.set("d".repeat(200), parsed())
    assert.isUndefined(memo.get("d".repeat(200)))
    memo.set("e".repeat(100), parsed())
    assert.deepStrictEqual(
      texts.map((text) => memo.get(text) !== undefined),
      [true, false, false]
    )
    memo.set(texts[0] ?? "", parsed())
    memo.set(texts[2] ?? "", parsed())
    assert.isDefined(memo.get(texts[0] ?? ""))
  })
})

describe("the memory of token counts", () => {
  it.effect("holds so many, the oldest going first", () =>
    Effect.gen(function* () {
      const memo = makeMemory(2)
      const [a, b, c] = [sha256("a"), sha256("b"), sha256("c")]
      yield* memo.put("o200k", [
        [a, 1],
        [b, 2],
        [c, 3]
      ])
      assert.deepStrictEqual(yield* memo.get("o200k", [a, b, c]), [undefined, 2, 3])
      assert.deepStrictEqual(yield* memo.get("cl100k", [b]), [undefined])
    })
  )
})
