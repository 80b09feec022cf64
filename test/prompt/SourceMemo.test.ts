import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { type ParsedSource, SourceMemo } from "../../src/prompt/SourceMemo.js"

const parsed = (): ParsedSource => ({ sections: [], blocks: [] })
const copyOf = (text: string): string => Buffer.from(text, "utf16le").toString("utf16le")

describe("SourceMemo", () => {
  it("knows a text again that is equal, and not the same string", () => {
    const memo = new SourceMemo(1000)
    const value = parsed()
    memo.set("a prompt", value)
    assert.strictEqual(memo.get(copyOf("a prompt")), value)
    assert.isUndefined(memo.get("another"))
  })

  it("never takes one text for another, though their samples are the same", () => {
    const memo = new SourceMemo(10_000)
    const text = "-".repeat(320)
    const twin = `${text.slice(0, 7)}x${text.slice(8)}`
    memo.set(text, parsed())
    assert.isUndefined(memo.get(twin))
    const value = parsed()
    memo.set(twin, value)
    assert.strictEqual(memo.get(twin), value)
    assert.isUndefined(memo.get(text))
  })

  it("lets what was used least recently go, and keeps what is asked for", () => {
    const memo = new SourceMemo(12)
    memo.set("aa", parsed())
    memo.set("bb", parsed())
    memo.set("cc", parsed())
    assert.isDefined(memo.get("aa"))
    memo.set("dd", parsed())
    assert.isUndefined(memo.get("bb"))
    for (const kept of ["aa", "cc", "dd"]) assert.isDefined(memo.get(kept), kept)
  })

  it("does not take in a text that is larger than all of it, nor forgets the others for it", () => {
    const memo = new SourceMemo(10)
    memo.set("abc", parsed())
    memo.set("abcdef", parsed())
    assert.isUndefined(memo.get("abcdef"))
    assert.isDefined(memo.get("abc"))
  })

  it.prop(
    "answers with what was set last for a text or not at all, and holds no more than it may",
    [
      FastCheck.array(FastCheck.tuple(FastCheck.string({ maxLength: 8 }), FastCheck.boolean()), {
        maxLength: 40
      })
    ],
    ([steps]) => {
      const limit = 40
      const memo = new SourceMemo(limit)
      const last = new Map<string, ParsedSource>()
      for (const [text, write] of steps) {
        if (write) {
          const value = parsed()
          memo.set(text, value)
          last.set(text, value)
        }
        const known = memo.get(copyOf(text))
        if (known !== undefined) assert.strictEqual(known, last.get(text))
        // a text that fits is there right after it was set
        if (write) assert.isDefined(known)
      }
      const held = [...last.keys()].filter((text) => memo.get(text) !== undefined)
      assert.isAtMost(
        held.reduce((bytes, text) => bytes + text.length * 2, 0),
        limit
      )
    }
  )
})
