import { describe, it } from "@effect/vitest"
import * as Prices from "@pydantic/genai-prices"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { assert } from "vitest"
import { fromAnthropic, fromChat, fromResponses, overwrite } from "../../src/telemetry/usage.js"
import { totalInput, type Usage } from "../../src/domain/Usage.js"

/** What genai-prices' own extractor reads from the same response: total input, cache reads and cache writes. */
const independent = (providerId: string, response: object, flavor?: string): Record<string, number> => {
  const provider = Prices.findProvider({ providerId })
  assert.isDefined(provider)
  const { usage } = Prices.extractUsage(provider, response, flavor)
  return Object.fromEntries(
    Object.entries(usage).filter((entry): entry is [string, number] => typeof entry[1] === "number")
  )
}

const or0 = Option.getOrElse(() => 0)
const ours = (usage: Option.Option<Usage>) => {
  const found = Option.getOrThrow(usage)
  return {
    input: totalInput(found),
    read: or0(found.cacheRead),
    written: or0(found.cacheWrite5m) + or0(found.cacheWrite1h),
    output: found.output
  }
}
const theirs = (usage: Record<string, number>) => ({
  input: usage["input_tokens"] ?? 0,
  read: usage["cache_read_tokens"] ?? 0,
  written: usage["cache_write_tokens"] ?? 0,
  output: usage["output_tokens"] ?? 0
})

const count = FastCheck.integer({ min: 0, max: 1_000_000 })

describe("usage in one convention", () => {
  it.prop(
    "agrees with genai-prices on Anthropic, whose input is the uncached rest",
    [count, count, count, count, count],
    ([input, read, short, long, output]) => {
      const usage = {
        input_tokens: input,
        cache_creation_input_tokens: short + long,
        cache_read_input_tokens: read,
        cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
        output_tokens: output
      }
      assert.deepStrictEqual(
        ours(fromAnthropic(usage)),
        theirs(independent("anthropic", { model: "claude-opus-5", usage }))
      )
      assert.deepStrictEqual(
        Option.map(fromAnthropic(usage), (found) => found.uncachedInput),
        Option.some(input)
      )
    }
  )

  it.prop(
    "agrees with genai-prices on OpenAI, whose input is the total",
    [count, count, count, count],
    ([uncached, read, written, output]) => {
      const total = uncached + read + written
      const responses = {
        input_tokens: total,
        input_tokens_details: { cached_tokens: read, cache_write_tokens: written },
        output_tokens: output,
        output_tokens_details: { reasoning_tokens: 0 }
      }
      const chat = {
        prompt_tokens: total,
        prompt_tokens_details: { cached_tokens: read, cache_write_tokens: written },
        completion_tokens: output
      }
      assert.deepStrictEqual(
        ours(fromResponses(responses)),
        theirs(independent("openai", { model: "gpt-5.6", usage: responses }, "responses"))
      )
      assert.deepStrictEqual(
        ours(fromChat(chat)),
        theirs(independent("openai", { model: "gpt-5.6", usage: chat }, "chat"))
      )
      assert.deepStrictEqual(
        Option.map(fromResponses(responses), (found) => found.uncachedInput),
        Option.some(uncached)
      )
    }
  )

  it("says none, not 0, for counters that were not sent", () => {
    for (const usage of [
      fromAnthropic({
        input_tokens: 5,
        output_tokens: 1,
        cache_read_input_tokens: null,
        cache_creation: null
      }),
      fromResponses({ input_tokens: 5, output_tokens: 1 }),
      fromChat({ prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: null })
    ]) {
      const found = Option.getOrThrow(usage)
      assert.deepStrictEqual(
        [found.cacheRead, found.cacheWrite5m, found.cacheWrite1h, found.reasoning],
        [Option.none(), Option.none(), Option.none(), Option.none()]
      )
      assert.strictEqual(found.uncachedInput, 5)
    }
    assert.isTrue(Option.isNone(fromAnthropic(undefined)))
    assert.isTrue(Option.isNone(fromResponses(null)))
    assert.isTrue(Option.isNone(fromChat("soon")))
  })

  it("takes a write without its time to live for the five minutes that are the default", () => {
    const found = Option.getOrThrow(
      fromAnthropic({ input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: 70 })
    )
    assert.deepStrictEqual(found.cacheWrite5m, Option.some(70))
    assert.deepStrictEqual(found.cacheWrite1h, Option.none())
  })

  it("reads llama.cpp's timings where it reports no details", () => {
    const usage = { prompt_tokens: 100, completion_tokens: 3 }
    const read = (timings: unknown) => Option.flatMap(fromChat(usage, timings), (found) => found.cacheRead)
    assert.deepStrictEqual(read({ cache_n: 90, prompt_n: 10 }), Option.some(90))
    assert.deepStrictEqual(read({ prompt_n: 10 }), Option.some(90))
    assert.deepStrictEqual(read(undefined), Option.none())
  })

  it("never counts below zero when a provider contradicts itself", () => {
    const found = Option.getOrThrow(
      fromResponses({ input_tokens: 5, output_tokens: 1, input_tokens_details: { cached_tokens: 9 } })
    )
    assert.strictEqual(found.uncachedInput, 0)
  })

  it("overwrites the counters of a stream, which are cumulative, and ignores null", () => {
    const merged = overwrite(
      { input_tokens: 5, output_tokens: 1, cache_read_input_tokens: 7 },
      { output_tokens: 40, cache_read_input_tokens: null }
    )
    assert.deepStrictEqual(merged, { input_tokens: 5, output_tokens: 40, cache_read_input_tokens: 7 })
    assert.deepStrictEqual(overwrite(undefined, null), {})
  })
})
