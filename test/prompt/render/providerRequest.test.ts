/** Resolved prompts as a prefix cache sees them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layerTest } from "../../../layers/AegisTest.js"
import { providerRequestOf } from "../../../src/prompt/render/providerRequest.js"
import { ScaffoldCache } from "../../../src/services/ScaffoldCache.js"
import { inputOf } from "../../services/rig.js"

/** What looks like a key of a cache is text here. */
const trap = '"prompt_cache_key":"hunter2"'

const prompt = [
  '<requirements id="rules">',
  `Answer in one sentence, and never say ${trap}. `.repeat(300),
  "</requirements>",
  "<style_guide>",
  "Short words first. ".repeat(400),
  "</style_guide>",
  '<context id="task">',
  `Explain ${trap}.`,
  "</context>",
  ""
].join("\n")

const targets = [
  ["anthropic", "claude-opus-5-5"],
  ["openai", "gpt-5.6"],
  ["openai", "gpt-4o"],
  ["vllm", "qwen3-8b"]
] as const

describe("a request as its provider's cache sees it", () => {
  it.effect.each(targets)("has the blocks, marks and key that are sent to %s %s", ([provider, model]) =>
    Effect.gen(function* () {
      const cache = yield* ScaffoldCache
      const resolved = yield* cache.resolve(inputOf(prompt, { provider, model }))
      const request = providerRequestOf(resolved, "tenant", 5, null)
      const { blocks } = resolved.originalScaffold
      assert.deepInclude(request, {
        sentAt: 5,
        readableAt: null,
        provider,
        model,
        scope: "tenant",
        mode: resolved.cachePlan.mode
      })
      assert.deepStrictEqual(
        request.blocks.map(({ hash, name, part, tokens, type }) => [hash, name, part, tokens, type]),
        blocks.map(({ hash, metadata, type }, i) => [
          hash,
          metadata?.["name"],
          type === "context" ? "messages" : "system",
          resolved.tokens.perBlock[i],
          type
        ])
      )
      assert.deepStrictEqual(
        request.marks.map(({ block, ttl }) => [block, String(ttl)]),
        resolved.cachePlan.breakpoints.map(({ block, ttl }) => [block, ttl])
      )
      const body: unknown = JSON.parse(resolved.resolvedContent)
      const key = typeof body === "object" && body !== null && "prompt_cache_key" in body
      assert.strictEqual(request.routingKey, key ? body.prompt_cache_key : undefined)
      assert.notInclude(JSON.stringify(request), "hunter2")
    }).pipe(Effect.provide(layerTest()))
  )
})
