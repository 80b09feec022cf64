import { describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { assert } from "vitest"
import { sha256 } from "../../../src/prompt/digest.js"
import { trackLines } from "../../../src/telemetry/optimizer/trackLines.js"

const versions = (...texts: ReadonlyArray<ReadonlyArray<string>>) =>
  texts.map((lines) => ({ hash: sha256(lines.join("\n")), text: lines.join("\n") }))

const originsOf = (of: ReturnType<typeof versions>) => {
  const { origin } = trackLines(of)
  return of.map(({ hash }) => origin.get(hash))
}

describe("the lines of a text over its versions", () => {
  it("a line that is replaced each time is one line", () => {
    const of = versions(["a", "clock 3", "b"], ["a", "clock 2", "b"], ["a", "clock 1", "b"])
    const { changes, steps } = trackLines(of)
    assert.deepStrictEqual(changes, [0, 2, 0])
    assert.strictEqual(steps, 2)
    assert.deepStrictEqual(originsOf(of), [
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2]
    ])
  })

  it("a line that was added beside one that changes is another", () => {
    const of = versions(["new", "clock 3", "b"], ["clock 2", "b"], ["clock 1", "b"])
    assert.deepStrictEqual(trackLines(of).changes, [1, 2, 0])
    assert.deepStrictEqual(originsOf(of), [
      [0, 1, 2],
      [1, 2],
      [1, 2]
    ])
  })

  it("a line that is gone was none of the newest", () => {
    const of = versions(["a", "b"], ["a", "something else", "b"])
    assert.deepStrictEqual(originsOf(of)[1], [0, -1, 1])
  })

  it("two texts that have nothing in common are two texts", () => {
    const text = (name: string) => Array.from({ length: 150 }, (_, i) => `${name} ${i}`)
    const of = versions(text("a"), text("b"))
    assert.deepStrictEqual(
      originsOf(of)[1],
      text("b").map(() => -1)
    )
  })

  it("each line of any version becomes at most one of the newest, in order", () => {
    const line = FastCheck.constantFrom("a", "b", "c", "clock 1", "clock 2", "")
    const texts = FastCheck.array(FastCheck.array(line, { maxLength: 8 }), { minLength: 1, maxLength: 6 })
    FastCheck.assert(
      FastCheck.property(texts, (some) => {
        const of = versions(...some)
        const { lines } = trackLines(of)
        for (const origin of originsOf(of)) {
          const kept = (origin ?? []).filter((i) => i !== -1)
          assert.deepStrictEqual(
            kept,
            [...new Set(kept)].toSorted((a, b) => a - b)
          )
          assert.isTrue(kept.every((i) => i >= 0 && i < lines.length))
        }
      }),
      { numRuns: 500, seed: 6 }
    )
  })
})
