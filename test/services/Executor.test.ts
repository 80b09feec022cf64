import { describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { assert } from "vitest"
import * as ProvidersLive from "../../layers/providers/index.js"
import { makeWith } from "../../layers/TokenCounterGpt.js"
import type { ExecutionEvent, ExecutionResult } from "../../src/domain/Execution.js"
import type { Millis, TokenCount, Usd } from "../../src/domain/Measures.js"
import { UnsupportedParameter } from "../../src/domain/PromptErrors.js"
import type { Provider } from "../../src/domain/Provider.js"
import {
  AuthFailed,
  ContextOverflow,
  InvalidRequest,
  ModelNotFound,
  Overloaded,
  ProviderUnavailable,
  RateLimited,
  StreamBroken,
  type ProviderError
} from "../../src/domain/ProviderErrors.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import * as Budgets from "../../src/services/Budgets.js"
import * as BudgetStorage from "../../src/services/BudgetStorage.js"
import * as Executor from "../../src/services/Executor.js"
import { Fetch } from "../../src/services/Fetch.js"
import { make as makeRegistry, Providers, type ProviderAdapter } from "../../src/services/ProviderAdapter.js"
import { PriceList } from "../../src/services/PriceList.js"
import { type Money, totalMoney, type UsdDifference } from "../../src/domain/Money.js"
import { Telemetry, makeMemory } from "../../src/services/Telemetry.js"
import { TokenCounter } from "../../src/services/TokenCounter.js"
import * as TokenMemo from "../../src/services/TokenMemo.js"
import { everyKey, key, prices, resolvedOf } from "../layers/providers/wire/support.js"
import { fakeAnthropic, fakeOpenAi } from "../support/fakes/index.js"
import { example } from "../prompt/render/support.js"

const at = { provider: "x-one", model: "m1" } as const

const resultOf = (provider: Provider, model: string): ExecutionResult => ({
  content: `from ${provider}`,
  provider,
  model,
  finishReason: "stop",
  tokens: 12 as TokenCount, // counts, dollars and milliseconds, all of them not negative
  usage: {
    uncachedInput: 10 as TokenCount,
    cacheRead: Option.none(),
    cacheWrite5m: Option.none(),
    cacheWrite1h: Option.none(),
    output: 2 as TokenCount,
    reasoning: Option.none()
  },
  cost: Option.some(0.5 as Usd),
  price: { source: "test", version: "1", match: "exact" },
  latency: 1 as Millis,
  firstToken: Option.none(),
  attempts: 1,
  fallbacks: [],
  warnings: [{ code: "own", message: "" }]
})

const free = { tokenCount: 0 as TokenCount, cost: Option.some(0 as Usd) } // not negative

interface Script {
  /** Fails every call with this. */
  readonly error?: ProviderError
  /** Fails a stream after this text. */
  readonly after?: string
  readonly never?: boolean
  readonly unsupported?: boolean
}

/** An adapter that answers or fails as told, and keeps what it was sent. */
const adapterOf = (name: Provider, script: Script = {}) => {
  const sent: Array<{ readonly model: string; readonly body: string; readonly namespace: string }> = []
  let namespace = "not rendered here"
  const adapter: ProviderAdapter = {
    name,
    models: [],
    format: `${name}/1`,
    version: 1,
    resolveScaffold: (scaffold, options) => {
      namespace = options.namespace
      return script.unsupported === true
        ? new UnsupportedParameter({ provider: name, model: scaffold.model, parameter: "seed" })
        : Effect.succeed({
            format: `${name}/1`,
            segments: [`{"model":"${scaffold.model}","text":"`, 0, '"}'],
            tokenCount: 1 as TokenCount, // not negative
            tokens: { source: "estimated", estimator: "test", errorBand: 0, perBlock: [] },
            cost: {
              source: "test",
              version: "1",
              match: "unknown",
              uncached: Option.none(),
              cold: Option.none(),
              warm: Option.none()
            },
            cachePlan: {
              mode: "none",
              minimumTokens: null,
              breakpoints: [],
              stableBlocks: 0,
              stableTokens: 0 as TokenCount // not negative
            },
            warnings: [{ code: "rendered", message: "" }]
          })
    },
    estimateTokens: () => Effect.dieMessage("not asked"),
    estimateCost: () => Effect.dieMessage("not asked"),
    execute: (resolved) =>
      Effect.suspend((): Effect.Effect<ExecutionResult, ProviderError> => {
        const { model } = resolved.originalScaffold
        sent.push({ model, body: resolved.resolvedContent, namespace })
        if (script.never === true) return Effect.never
        return script.error === undefined ? Effect.succeed(resultOf(name, model)) : Effect.fail(script.error)
      }),
    stream: (resolved) => {
      const { model } = resolved.originalScaffold
      sent.push({ model, body: resolved.resolvedContent, namespace })
      const text: ReadonlyArray<ExecutionEvent> =
        script.error !== undefined && script.after === undefined
          ? []
          : [{ _tag: "Text", text: script.after ?? `from ${name}` }]
      return Stream.concat(
        Stream.fromIterable(text),
        script.error === undefined
          ? Stream.succeed<ExecutionEvent>({ _tag: "Done", result: resultOf(name, model) })
          : Stream.fail(script.error)
      )
    },
    countTokens: Option.none(),
    health: Effect.succeed({ status: "ok", detail: "" })
  }
  return { adapter, sent }
}

/** A cent for each token, half of one that is read from the cache. */
const centEach = Layer.succeed(PriceList, {
  version: "test 1",
  pricing: () => Effect.dieMessage("not asked for here"),
  price: (_provider, _model, usage) => {
    const cent = (count: number): Usd => (count / 100) as Usd // not negative, as counts are not
    const money: Money = {
      uncachedInput: cent(usage.uncachedInput),
      cacheRead: cent(Option.getOrElse(usage.cacheRead, () => 0) / 2),
      cacheWrite5m: cent(Option.getOrElse(usage.cacheWrite5m, () => 0) * 2),
      cacheWrite1h: cent(0),
      output: cent(usage.output)
    }
    const amount = Option.some(totalMoney(money))
    return Effect.succeed({ source: "test", version: "1", match: "exact", amount, money: Option.some(money) })
  }
})

const budgets = Budgets.layer.pipe(Layer.provide(Layer.merge(centEach, BudgetStorage.layerMemory)))

/** An executor over these adapters, and the records it writes. */
const setUp = (
  adapters: ReadonlyArray<ProviderAdapter>,
  settings: Parameters<typeof AegisConfig.layer>[1] = {}
) => {
  const ledger = makeMemory()
  const services = Layer.mergeAll(
    budgets,
    Layer.succeed(Providers, makeRegistry(adapters)),
    Layer.succeed(Telemetry, ledger),
    centEach
  ).pipe(Layer.provideMerge(AegisConfig.layer("/", settings)))
  return Effect.map(Effect.provide(Executor.make, services), (executor) => ({ executor, ledger }))
}

const first = () => {
  const resolved = resolvedOf("anthropic", "m1", { model: "m1" })
  const scaffold = { ...resolved.originalScaffold, provider: at.provider, model: at.model, blocks: example }
  return { ...resolved, originalScaffold: scaffold }
}

const fallback = [{ provider: "x-two", model: "m2" } as const]

/** Text and result of a stream. */
const heard = <E>(stream: Stream.Stream<ExecutionEvent, E>) =>
  Effect.map(Stream.runCollect(stream), (events) => ({
    text: [...events].map((event) => (event._tag === "Text" ? event.text : "")).join(""),
    result: [...events].flatMap((event) => (event._tag === "Done" ? [event.result] : []))[0]
  }))

describe("an execution", () => {
  it.effect("that succeeds asks nobody else, sends the resolved body as it is, and is recorded", () =>
    Effect.gen(function* () {
      const one = adapterOf("x-one")
      const two = adapterOf("x-two")
      const { executor, ledger } = yield* setUp([one.adapter, two.adapter])
      const result = yield* executor.execute(first(), { fallback })
      assert.deepStrictEqual(result, resultOf("x-one", "m1"))
      assert.strictEqual(one.sent[0]?.body, first().resolvedContent)
      assert.lengthOf(two.sent, 0)
      assert.lengthOf(ledger.taken, 1)
      assert.deepInclude(ledger.taken[0], {
        operation: "execute",
        scaffoldId: first().originalScaffold.id,
        tokenCount: 12 as TokenCount, // not negative
        cost: Option.some(0.5 as Usd),
        cacheHit: false,
        outcome: "miss",
        namespace: "default",
        provider: "x-one",
        model: "m1",
        usage: result.usage,
        latencies: {
          lookup: Option.none(),
          provider: Option.some(result.latency),
          firstToken: Option.none()
        },
        saved: { tokens: free.tokenCount, cost: Option.some((0.12 - 0.5) as UsdDifference) }, // finite
        metadata: { finishReason: "stop", attempts: 1, fallbacks: [] }
      })
      assert.deepInclude(ledger.taken[0]?.request, {
        provider: "x-one",
        model: "m1",
        scope: "default",
        sentAt: 0,
        readableAt: null
      })
      assert.deepStrictEqual(
        ledger.taken[0]?.request?.blocks.map(({ hash }) => hash),
        example.map(({ hash }) => hash)
      )
    })
  )

  it.effect("that a cache of answers answered is recorded as a hit, with what it saved", () =>
    Effect.gen(function* () {
      const { cost, tokens, usage } = resultOf("x-one", "m1")
      const { adapter } = adapterOf("x-one")
      const { executor, ledger } = yield* setUp([
        {
          ...adapter,
          execute: () =>
            Effect.succeed({
              ...resultOf("x-one", "m1"),
              tokens: free.tokenCount,
              cost: free.cost,
              outcome: "hit",
              saved: { tokens, usage, cost }
            })
        }
      ])
      yield* executor.execute(first())
      const [taken] = ledger.taken
      assert.deepInclude(taken, { ...free, cacheHit: true, outcome: "hit" })
      assert.deepInclude(taken, {
        saved: { tokens, cost: Option.some((0.1 + 0.02) as UsdDifference) }, // finite
        latencies: { lookup: Option.some(1 as Millis), provider: Option.none(), firstToken: Option.none() }
      })
      assert.notProperty(taken, "usage")
      assert.notProperty(taken, "request")
    })
  )

  it.effect("in a replay without a network is recorded as a replay, which costs nothing", () =>
    Effect.gen(function* () {
      const { executor, ledger } = yield* setUp([adapterOf("x-one").adapter])
      const { cost } = yield* executor
        .execute(first())
        .pipe(Effect.provideService(Fetch, { current: Fetch.current, offline: true }))
      assert.deepStrictEqual(cost, Option.some(0.5 as Usd))
      assert.deepInclude(ledger.taken[0], { ...free, cacheHit: false, outcome: "replay" })
    })
  )

  const turnedFrom: ReadonlyArray<ProviderError> = [
    new RateLimited(at),
    new Overloaded(at),
    new ProviderUnavailable({ ...at, reason: "server" }),
    new StreamBroken({ ...at, reason: "cut" }),
    new ModelNotFound(at),
    new ContextOverflow(at)
  ]
  it.effect.each(turnedFrom)("that ends in $_tag is given to the next, rendered for it", (error) =>
    Effect.gen(function* () {
      const one = adapterOf("x-one", { error })
      const two = adapterOf("x-two")
      const { executor, ledger } = yield* setUp([one.adapter, two.adapter], { namespace: "tenant" })
      const result = yield* executor.execute(first(), { fallback })
      const streamed = yield* heard(executor.stream(first(), { fallback, namespace: "other" }))
      for (const found of [result, streamed.result]) {
        assert.strictEqual(found?.content, "from x-two")
        assert.deepStrictEqual(found?.fallbacks, [{ provider: "x-one", model: "m1", error: error._tag }])
        assert.deepStrictEqual(
          found?.warnings.map(({ code }) => code),
          ["rendered", "own"]
        )
      }
      assert.strictEqual(streamed.text, "from x-two")
      assert.deepStrictEqual(
        two.sent.map(({ namespace }) => namespace),
        ["tenant", "other"]
      )
      assert.deepStrictEqual(JSON.parse(two.sent[0]?.body ?? ""), { model: "m2", text: example[0]?.content })
      assert.lengthOf(ledger.taken, 2)
    })
  )

  it.effect.each([new AuthFailed({ ...at, variable: "KEY" }), new InvalidRequest(at)])(
    "that ends in $_tag is not hidden by an answer from elsewhere",
    (error) =>
      Effect.gen(function* () {
        const two = adapterOf("x-two")
        const { executor, ledger } = yield* setUp([adapterOf("x-one", { error }).adapter, two.adapter])
        const whole = yield* Effect.flip(executor.execute(first(), { fallback }))
        const streamed = yield* Effect.flip(heard(executor.stream(first(), { fallback })))
        assert.deepStrictEqual([whole._tag, streamed._tag], [error._tag, error._tag])
        assert.lengthOf(two.sent, 0)
        assert.deepStrictEqual(
          ledger.taken.map((taken) => taken.error),
          [error._tag, error._tag]
        )
      })
  )

  it.effect("goes down the list in order, and fails with the last error when all fail", () =>
    Effect.gen(function* () {
      const one = adapterOf("x-one", { error: new Overloaded(at) })
      const two = adapterOf("x-two", { error: new RateLimited({ provider: "x-two", model: "m2" }) })
      const three = adapterOf("x-three", { error: new ModelNotFound({ provider: "x-three", model: "m3" }) })
      const { executor } = yield* setUp([one.adapter, two.adapter, three.adapter])
      const error = yield* Effect.flip(
        executor.execute(first(), { fallback: [...fallback, { provider: "x-three", model: "m3" }] })
      )
      assert.include(error, { _tag: "ModelNotFound", provider: "x-three" })
      assert.deepStrictEqual([one.sent.length, two.sent.length, three.sent.length], [1, 1, 1])
    })
  )

  it.effect("stops at the first fallback whose error is a mistake", () =>
    Effect.gen(function* () {
      const one = adapterOf("x-one", { error: new Overloaded(at) })
      const two = adapterOf("x-two", { unsupported: true })
      const three = adapterOf("x-three")
      const { executor } = yield* setUp([one.adapter, two.adapter, three.adapter])
      const error = yield* Effect.flip(
        executor.execute(first(), { fallback: [...fallback, { provider: "x-three", model: "m3" }] })
      )
      assert.include(error, { _tag: "InvalidRequest", provider: "x-two", parameter: "seed" })
      assert.lengthOf(three.sent, 0)
    })
  )

  it.effect(
    "takes its fallbacks from the settings, and refuses a name that is none before it sends anything",
    () =>
      Effect.gen(function* () {
        const one = adapterOf("x-one", { error: new Overloaded(at) })
        const two = adapterOf("x-two")
        const good = yield* setUp([one.adapter, two.adapter], { fallback: ["x-two:m:2"] })
        assert.strictEqual((yield* good.executor.execute(first())).model, "m:2")

        assert.include(yield* Effect.flip(setUp([one.adapter], { fallback: ["x-two"] })), {
          _tag: "ConfigInvalid",
          key: "fallback",
          problem: 'must be texts "provider:model"'
        })
        for (const name of ["nobody:m", "x-gone:m"]) {
          const bad = yield* setUp([one.adapter, two.adapter], { fallback: [name] })
          const sent = one.sent.length
          assert.strictEqual((yield* Effect.flip(bad.executor.execute(first())))._tag, "ProviderNotFound")
          assert.strictEqual(
            (yield* Effect.flip(heard(bad.executor.stream(first()))))._tag,
            "ProviderNotFound"
          )
          assert.strictEqual(one.sent.length, sent)
        }
      })
  )

  it.effect("that has begun to speak is not continued by somebody else", () =>
    Effect.gen(function* () {
      const broken = new StreamBroken({ ...at, reason: "cut" })
      const one = adapterOf("x-one", { error: broken, after: "half an ans" })
      const two = adapterOf("x-two")
      const { executor } = yield* setUp([one.adapter, two.adapter])
      const error = yield* Effect.flip(heard(executor.stream(first(), { fallback })))
      assert.include(error, { _tag: "StreamBroken", provider: "x-one" })
      assert.lengthOf(two.sent, 0)
    })
  )

  it.effect("that is interrupted or abandoned is recorded as such", () =>
    Effect.gen(function* () {
      const { executor, ledger } = yield* setUp([adapterOf("x-one", { never: true }).adapter])
      const fiber = yield* Effect.fork(executor.execute(first()))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      const other = yield* setUp([adapterOf("x-one").adapter])
      yield* Stream.runDrain(Stream.take(other.executor.stream(first()), 1))
      assert.deepStrictEqual(
        [...ledger.taken, ...other.ledger.taken].map(({ error }) => error),
        ["interrupted", "abandoned"]
      )
    })
  )

  it.effect.each([15, 20, 100, 2048])(
    "ends and is recorded wherever it is interrupted, whole or as a stream, yielding every %i steps",
    (maxOps) =>
      Effect.gen(function* () {
        const busy = new Overloaded(at)
        for (let steps = 0; steps < 60; steps++) {
          const { executor, ledger } = yield* setUp([
            adapterOf("x-one", { error: busy }).adapter,
            adapterOf("x-two").adapter
          ])
          for (const call of [
            executor.execute(first(), { fallback }),
            Stream.runDrain(executor.stream(first(), { fallback }))
          ]) {
            const fiber = yield* Effect.fork(call)
            yield* Effect.yieldNow().pipe(Effect.repeatN(steps))
            yield* Fiber.interrupt(fiber)
          }
          const ends = ledger.taken.map(({ error }) => error ?? "answered")
          // one that had not begun is not recorded
          assert.isAtMost(ends.length, 2, `after ${steps} steps`)
          assert.includeMembers(["interrupted", "answered"], ends, `after ${steps} steps`)
        }
      }).pipe(Effect.withMaxOpsBeforeYield(maxOps))
  )

  it.effect("whose adapter has a defect is recorded too", () =>
    Effect.gen(function* () {
      const { adapter } = adapterOf("x-one")
      const { executor, ledger } = yield* setUp([{ ...adapter, execute: () => Effect.dieMessage("bug") }])
      yield* Effect.exit(executor.execute(first()))
      assert.strictEqual(ledger.taken[0]?.error, "defect")
    })
  )

  it.scopedLive("of a real scaffold falls back from one provider's API to another's", () =>
    Effect.gen(function* () {
      const anthropic = yield* fakeAnthropic({ key })
      const openai = yield* fakeOpenAi({ key })
      const ledger = makeMemory()
      const services = Executor.layer.pipe(
        Layer.provideMerge(ProvidersLive.layer),
        Layer.provide(
          Layer.effect(
            TokenCounter,
            makeWith(() => Effect.succeed((text) => text.length))
          ).pipe(Layer.provide(TokenMemo.layerMemory))
        ),
        Layer.provide(prices),
        Layer.provide(budgets),
        Layer.provide(Layer.succeed(Telemetry, ledger)),
        Layer.provide(
          AegisConfig.layer("/", {
            anthropicBaseUrl: anthropic.url,
            openaiBaseUrl: `${openai.url}/v1`,
            maxRetries: 0
          })
        )
      )
      anthropic.script({ kind: "status", status: 529, error: { type: "overloaded_error", message: "" } })
      const resolved = resolvedOf("anthropic", "claude-opus-5-5", {
        max_tokens: 10,
        messages: [{ content: "Who?", role: "user" }],
        model: "claude-opus-5-5"
      })
      const result = yield* Effect.flatMap(Executor.Executor, (executor) =>
        executor.execute(
          { ...resolved, originalScaffold: { ...resolved.originalScaffold, blocks: example } },
          { fallback: [{ provider: "openai", model: "gpt-5.6" }] }
        )
      ).pipe(Effect.provide(services), Effect.withConfigProvider(ConfigProvider.fromMap(everyKey)))
      assert.strictEqual(result.provider, "openai")
      assert.deepStrictEqual(result.fallbacks, [
        { provider: "anthropic", model: "claude-opus-5-5", error: "Overloaded" }
      ])
      assert.lengthOf(openai.requests, 1)
      assert.include(JSON.stringify(openai.requests[0]?.body), example[0]?.content ?? "no example")
      assert.lengthOf(ledger.taken, 1)
    })
  )
})

describe("a target in the settings", () => {
  it("is a provider and a model, which may have colons of its own", () => {
    assert.deepStrictEqual(
      Executor.targetOf("llama-cpp:qwen:8b"),
      Option.some({ provider: "llama-cpp", model: "qwen:8b" })
    )
    for (const text of ["openai", "openai:", ":gpt", "nobody:m", ""]) {
      assert.isTrue(Option.isNone(Executor.targetOf(text)))
    }
  })
})
