import { assert, describe, it } from "@effect/vitest"
import { anthropicFacts, anthropicModels } from "../../../src/prompt/models/anthropic.js"
import { findModel, isModel } from "../../../src/prompt/models/ModelFacts.js"
import { openAiFacts, openAiModels } from "../../../src/prompt/models/openai.js"

describe("a model's name", () => {
  it.each([
    ["claude-haiku-4-5", "claude-haiku-4-5", true],
    ["claude-haiku-4-5", "claude-haiku-4-5-20251001", true],
    ["gpt-5", "gpt-5-2025-08-07", true],
    ["claude-3-5-haiku", "claude-3-5-haiku-latest", true],
    ["claude-sonnet-5", "claude-sonnet-5-5", false],
    ["claude-sonnet-5", "claude-sonnet-50", false],
    ["gpt-5", "gpt-5-mini", false],
    ["gpt-5", "gpt-5.6", false],
    ["claude-haiku-4-5", "claude-haiku-4-5-20251001-x", false],
    ["claude-haiku-4-5", "claude-haiku-4", false]
  ])("%s named as %s: %s", (id, asked, expected) => {
    assert.strictEqual(isModel(id, asked), expected)
    assert.strictEqual(findModel(new Map([[id, 1]]), asked), expected ? 1 : undefined)
  })
})

describe("Anthropic's models", () => {
  it.each([
    ["claude-opus-5", 512],
    ["claude-fable-5-1", 512],
    ["claude-opus-4-8", 1024],
    ["claude-sonnet-4-5-20250929", 1024],
    ["claude-opus-4-7", 2048],
    ["claude-3-5-haiku-20241022", 2048],
    ["claude-haiku-4-5", 4096],
    ["claude-opus-4-6", 4096],
    ["claude-opus-5-5", null],
    ["claude-sonnet-5-5", null],
    ["claude-of-tomorrow", null]
  ])("keep prefixes of %s from %s tokens on", (model, minimum) => {
    assert.strictEqual(anthropicFacts(model).minimumCacheTokens, minimum)
  })

  it("have tokens of one size up to 4.6 and of another from 4.7 on, and the unknown is taken for new", () => {
    const factor = (model: string) => anthropicFacts(model).tokenizer.factor
    assert.deepStrictEqual(
      ["claude-sonnet-4-6", "claude-opus-4-7", "claude-haiku-5-5", "claude-of-tomorrow"].map(factor),
      [1.15, 1.3, 1.3, 1.3]
    )
  })

  it("take neither temperature nor seed", () => {
    for (const model of anthropicModels) {
      assert.deepInclude(anthropicFacts(model), {
        caching: "marked",
        takesTemperature: false,
        takesSeed: false
      })
    }
  })
})

describe("OpenAI's models", () => {
  it.each([
    ["gpt-3.5-turbo", "none", true, "cl100k_base"],
    ["gpt-4", "none", true, "cl100k_base"],
    ["gpt-4-turbo", "none", true, "cl100k_base"],
    ["gpt-4o-mini", "automatic", true, "o200k_base"],
    ["ft:gpt-4o-mini-2024-07-18:org::id", "automatic", true, "o200k_base"],
    ["chatgpt-4o-latest", "automatic", true, "o200k_base"],
    ["gpt-4.1", "automatic", true, "o200k_base"],
    ["o3", "automatic", false, "o200k_base"],
    ["o4-mini-2025-04-16", "automatic", false, "o200k_base"],
    ["gpt-5", "automatic", false, "o200k_base"],
    ["gpt-5.5-pro", "automatic", false, "o200k_base"],
    ["gpt-5.6-sol", "marked", false, "o200k_base"],
    ["gpt-5.10", "marked", false, "o200k_base"],
    ["gpt-6-luna", "marked", false, "o200k_base (assumed for gpt-6)"],
    ["gpt-6.1-sol", "marked", false, "o200k_base (assumed for gpt-6.1)"],
    ["gpt-4.9", "automatic", false, "o200k_base (assumed for gpt-4.9)"],
    ["o9", "automatic", false, "o200k_base (assumed for o9)"],
    ["gpt-oss-120b", "automatic", false, "o200k_base (assumed for this model)"],
    ["gpt-55", "marked", false, "o200k_base (assumed for gpt-55)"]
  ])("%s: cache %s, temperature %s, %s", (model, caching, takesTemperature, label) => {
    const facts = openAiFacts(model)
    assert.deepStrictEqual(
      [facts.caching, facts.takesTemperature, facts.takesSeed],
      [caching, takesTemperature, false]
    )
    assert.strictEqual(facts.tokenizer.label, label)
  })

  it("that are known by name have a known family", () => {
    for (const model of openAiModels) assert.notInclude(openAiFacts(model).tokenizer.label, "this model")
  })

  it("of an unknown family have an unknown minimum and a wide error band", () => {
    const facts = openAiFacts("something-else")
    assert.isNull(facts.minimumCacheTokens)
    assert.isAbove(facts.tokenizer.errorBand, openAiFacts("gpt-5").tokenizer.errorBand)
  })
})
