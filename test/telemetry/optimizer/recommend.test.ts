import { describe, it } from "@effect/vitest"
import { applyPatch } from "diff"
import * as Either from "effect/Either"
import { assert } from "vitest"
import { parsePrompt } from "../../../src/prompt/source.js"
import { aegisMarks } from "../../../src/telemetry/optimizer/marks.js"
import { recommend } from "../../../src/telemetry/optimizer/recommend.js"
import { historyOf, makeTexts, minute, price, request, start } from "./histories.js"

const rules = Array.from({ length: 40 }, (_, i) => `- Rule ${i}: change as little as you can, and say why.`)

/** A project's prompt: its requirements say what time it is, in their third line. */
const clockHistory = (count: number, gap: number) => {
  const { block, texts } = makeTexts()
  const requests = Array.from({ length: count }, (_, i) => {
    const at = start + i * gap
    const lines = [...rules.slice(0, 2), `Now: ${new Date(at).toISOString()}`, ...rules.slice(2)]
    const blocks = [
      block(lines.join("\n"), 1500, { type: "requirements", name: "rules" }),
      block("Two spaces.\n".repeat(50), 2500, { type: "style_guide" }),
      block(`Task ${i}: mend the button.`, 60, { type: "context", part: "messages" })
    ]
    const marks = aegisMarks({ blocks, model: "claude-sonnet-5", provider: "anthropic" }) ?? []
    return request(at, blocks, marks)
  })
  return { history: historyOf(requests), texts }
}

const source = `---
model: claude-sonnet-5
---

<requirements id="rules">
${[...rules.slice(0, 2), "Now: {{now}}", ...rules.slice(2)].join("\n")}
</requirements>

<style_guide src="docs/style.md"/>

Task {{task}}: mend the button.
`

describe("a clock in the requirements", () => {
  const { history, texts } = clockHistory(60, 3 * minute)
  const report = recommend({
    history,
    price,
    texts,
    sourceOf: () => ({ file: "prompts/fix.md", text: source })
  })
  const [best, ...others] = report.recommendations

  it("is found, with a saving that is most of the input's cost", () => {
    assert.isDefined(best)
    assert.include(
      best.changes.map(({ _tag }) => _tag),
      "SplitLines"
    )
    assert.isAbove(best.potentialSavings, 0.8 * (best.before.cost - best.optimum.cost))
    assert.strictEqual(best.confidence, 1)
    for (const other of others) assert.isAtMost(other.potentialSavings, best.potentialSavings)
  })

  it("is moved by a patch that applies and gives the blocks that were replayed", () => {
    const patch = best?.patch
    assert.isDefined(patch)
    const edited = applyPatch(source, patch.diff)
    assert.isString(edited)
    const parsed = Either.getOrThrow(parsePrompt(String(edited), "fix.md"))
    assert.deepStrictEqual(
      parsed.sections.map(({ type, content }) => [type, content]),
      [
        ["requirements", rules.join("\n")],
        ["style_guide", ""],
        ["context", "Now: {{now}}"],
        ["context", "Task {{task}}: mend the button."]
      ]
    )
  })
})
