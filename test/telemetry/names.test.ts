/** One name for a thing in each dialect: what is counted by two names is counted twice. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import type { ExecutionResult } from "../../src/domain/Execution.js"
import type { Millis, TokenCount, Usd } from "../../src/domain/Measures.js"
import type { ResolvedScaffold } from "../../src/domain/ResolvedScaffold.js"
import { decodeInput } from "../../src/services/resolveScaffold.js"
import { failureAttributes, requestAttributes, responseAttributes } from "../../src/telemetry/attributes.js"
import { type Dialect, dialectOf, dialects } from "../../src/telemetry/dialect.js"
import { attributeNames, instrumentNames, named, type Told } from "../../src/telemetry/names.js"
import { makeRig } from "../services/rig.js"
import { storages } from "../services/storages.js"

/** All that is told in every dialect there is, each under what it may be called anywhere. */
const synonyms: ReadonlyArray<ReadonlyArray<string>> = [
  [
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "usage_details.input"
  ],
  ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion"],
  [
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "usage_details.input_cached_tokens"
  ],
  [
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "usage_details.input_cache_creation"
  ],
  ["gen_ai.usage.reasoning.output_tokens", "usage_details.output_reasoning_tokens"],
  [
    "gen_ai.usage.cost",
    "gen_ai.usage.cost.amount",
    "gen_ai.cost.amount",
    "aegis.cost.amount",
    "cost_details.total"
  ],
  ["gen_ai.prompt.version", "aegis.scaffold.hash", "langfuse.observation.prompt.version"],
  ["gen_ai.request.model", "langfuse.observation.model.name", "llm.model_name"],
  ["gen_ai.client.token.usage", "gen_ai.client.inference.usage.input_tokens"],
  ["gen_ai.client.token.usage", "gen_ai.client.inference.usage.output_tokens"],
  ["gen_ai.client.operation.duration", "gen_ai.client.inference.duration"]
]

/** Attributes as a back end counts them: what stands in JSON is counted as well. */
const flat = (attributes: Readonly<Record<string, unknown>>): ReadonlyArray<readonly [string, unknown]> =>
  Object.entries(attributes).flatMap(([name, value]): ReadonlyArray<readonly [string, unknown]> => {
    const detail = /^langfuse\.observation\.(\w+_details)$/.exec(name)?.[1]
    return detail === undefined
      ? [[name, value]]
      : Object.entries(JSON.parse(String(value)) as object).map(([key, each]) => [`${detail}.${key}`, each])
  })

const tokens = (count: number): TokenCount => count as TokenCount // the generator makes no others

/** Results whose figures, and sums of them, are all different, so that each is known again wherever it stands. */
const results = FastCheck.array(FastCheck.integer({ min: 1, max: 1000 }), { minLength: 9, maxLength: 9 })
  .map((figures) => figures.map((figure, at) => 2 ** at * 100_000 + figure))
  .map(
    ([
      read = 0,
      short = 0,
      long = 0,
      plain = 0,
      output = 0,
      reasoning = 0,
      money = 0,
      first = 0,
      latency = 0
    ]) =>
      ({
        content: "hunter2",
        provider: "anthropic",
        model: "claude-sonnet-5",
        finishReason: "stop",
        responseId: "r",
        tokens: tokens(read + short + long + plain + output + reasoning),
        usage: {
          uncachedInput: tokens(plain),
          cacheRead: Option.some(tokens(read)),
          cacheWrite5m: Option.some(tokens(short)),
          cacheWrite1h: Option.some(tokens(long)),
          output: tokens(output + reasoning),
          reasoning: Option.some(tokens(reasoning))
        },
        cost: Option.some((money + 0.25) as Usd),
        price: { source: "genai-prices", version: "v", match: "exact" },
        latency: latency as Millis,
        firstToken: Option.some((first + 0.5) as Millis),
        attempts: 0,
        fallbacks: [],
        warnings: []
      }) satisfies ExecutionResult
  )

const resolved: Effect.Effect<ResolvedScaffold> = Effect.gen(function* () {
  const [, storage] = storages[0] ?? (yield* Effect.dieMessage("no storage"))
  const { cache } = yield* makeRig(storage)
  return yield* cache.resolve(
    yield* decodeInput({ prompt: "hunter2", provider: "anthropic", model: "claude-sonnet-5" })
  )
}).pipe(Effect.scoped, Effect.orDie)

const told = (
  dialect: Dialect,
  scaffold: ResolvedScaffold,
  result: ExecutionResult
): Readonly<Record<string, unknown>> => ({
  ...requestAttributes(dialect, scaffold, { temperature: 0.5, max_tokens: 3 }, "https://a.example/v1", true),
  ...responseAttributes(dialect, result),
  ...failureAttributes(dialect, "Overloaded", 2)
})

describe.each(dialects)("the %s dialect", (dialect) => {
  it("has at most one name for a thing, and no name for two", () => {
    const all = Object.values<{ readonly [D in Dialect]?: string }>({ ...attributeNames, ...instrumentNames })
    const names = all.flatMap((each) => each[dialect] ?? [])
    assert.strictEqual(new Set(names).size, names.length)
    for (const group of synonyms) {
      assert.isAtMost(names.filter((name) => group.includes(name)).length, 1, group.join(" "))
    }
  })

  it.effect("tells every figure of an answer once, and neither prompt nor answer", () =>
    Effect.gen(function* () {
      const scaffold = yield* resolved
      FastCheck.assert(
        FastCheck.property(results, (result) => {
          const attributes = flat(told(dialect, scaffold, result))
          const names = attributes.map(([name]) => name)
          for (const group of synonyms) {
            assert.isAtMost(names.filter((name) => group.includes(name)).length, 1, group.join(" "))
          }
          const { cacheRead, reasoning, uncachedInput } = result.usage
          const written =
            Option.getOrThrow(result.usage.cacheWrite5m) + Option.getOrThrow(result.usage.cacheWrite1h)
          const read = Option.getOrThrow(cacheRead)
          const thought = Option.getOrThrow(reasoning)
          const isLangfuse = dialect === "langfuse"
          for (const figure of [
            // Langfuse adds its kinds up; all others want cached tokens within the input, and reasoning within the output
            isLangfuse ? uncachedInput : uncachedInput + read + written,
            isLangfuse ? result.usage.output - thought : result.usage.output,
            read,
            written,
            thought,
            Option.getOrThrow(result.cost)
          ]) {
            assert.lengthOf(
              attributes.filter(([, value]) => value === figure),
              1,
              `${figure} in ${JSON.stringify(attributes)}`
            )
          }
          assert.notInclude(JSON.stringify(attributes), "hunter2")
        })
      )
    })
  )

  it.effect("leaves out what is not known, which is not nothing", () =>
    Effect.gen(function* () {
      const scaffold = yield* resolved
      const [result] = FastCheck.sample(results, 1)
      assert.isDefined(result)
      const none = {
        ...result,
        cost: Option.none(),
        usage: {
          ...result.usage,
          cacheRead: Option.none(),
          cacheWrite5m: Option.none(),
          cacheWrite1h: Option.none(),
          reasoning: Option.none()
        }
      }
      const names = flat(told(dialect, scaffold, none)).map(([name]) => name)
      for (const name of names) assert.notMatch(name, /cache_|cached|reasoning|cost|price/)
    })
  )
})

describe("names", () => {
  it("leave no number for Langfuse under gen_ai.usage, where each becomes a kind of token", () => {
    const everything = Object.fromEntries(Object.keys(attributeNames).map((key) => [key, 1]))
    const names = Object.keys(named("langfuse", everything as { readonly [T in Told]: number })) // its keys
    assert.isNotEmpty(names)
    assert.deepStrictEqual(
      names.filter((name) => name.startsWith("gen_ai.usage.")),
      []
    )
  })

  it("name the provider twice in one dialect alone, for a back end that prices by the old name", () => {
    assert.deepStrictEqual(
      dialects.map((dialect) => Object.keys(named(dialect, { provider: "a", system: "a" }))),
      [["gen_ai.provider.name", "gen_ai.system"], ["gen_ai.provider.name"], ["gen_ai.provider.name"]]
    )
  })
})

describe("the dialect", () => {
  it.each([
    [undefined, undefined, "established"],
    ["", "http,database", "established"],
    [undefined, "http, gen_ai_latest_experimental", "latest"],
    ["langfuse", "gen_ai_latest_experimental", "langfuse"],
    [" established ", "gen_ai_latest_experimental", "established"],
    ["nonsense", "gen_ai_latest_experimental", "latest"]
  ])("of %s and %s is %s", (own, optIn, expected) => {
    assert.strictEqual(dialectOf(own, optIn), expected)
  })
})
