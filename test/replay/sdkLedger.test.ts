/** Calls of programs that make their own clients, as the ledger has them. */
import Anthropic from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import OpenAI from "openai"
import * as PriceListGenai from "../../layers/PriceListGenai.js"
import type { ExecutionOptions } from "../../src/domain/Execution.js"
import { TelemetryRecord } from "../../src/domain/TelemetryRecord.js"
import { totalInput } from "../../src/domain/Usage.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import * as Budgets from "../../src/services/Budgets.js"
import * as BudgetStorage from "../../src/services/BudgetStorage.js"
import * as Executor from "../../src/services/Executor.js"
import { Fetch } from "../../src/services/Fetch.js"
import { make as makeRegistry, Providers } from "../../src/services/ProviderAdapter.js"
import { layer as recorder, Recorder, type RecorderOptions } from "../../src/services/Recorder.js"
import { layer as layerResponses } from "../../src/services/Responses.js"
import { layerMemory as responsesInMemory } from "../../src/services/ResponseStore.js"
import { makeMemory, Telemetry, type TelemetryEvent } from "../../src/services/Telemetry.js"
import { makeRecordPredictor } from "../../src/telemetry/simulator/predictRecord.js"
import { requestsOf, resolvedOf, wireOf } from "../layers/providers/wire/support.js"
import { type Fake, fakeAnthropic, fakeChat, fakeOpenAi } from "../support/fakes/index.js"
import { storesInMemory } from "./support/stores.js"

const key = "hunter2"
const rules = "Answer in one sentence, and cite the clause that you rely on. ".repeat(200)
const question = "hunter2, what is due?"

/** Branded numbers are compared as numbers. */
type Facts = ReadonlyArray<unknown>
type Program = (fetch: typeof globalThis.fetch) => Promise<unknown>

/** The checkpoint that a recording is has a record too. */
const callsIn = ({
  taken
}: {
  readonly taken: ReadonlyArray<TelemetryEvent>
}): ReadonlyArray<TelemetryEvent> => taken.filter(({ operation }) => operation !== "checkpoint")

/** Runs a program with a ledger; the recording, and what the ledger took. */
const inRun = (options: RecorderOptions, program: Program, settings: object = {}) =>
  Effect.gen(function* () {
    const ledger = makeMemory()
    const { node, run } = yield* Recorder.pipe(Effect.provide(recorder(options)))
    const asking = node("module", "asks", {}, () =>
      Effect.flatMap(Fetch.current, (fetch) =>
        Effect.promise(async () => JSON.parse(JSON.stringify((await program(fetch)) ?? null)) as unknown)
      )
    )
    const { recording, value } = yield* run(
      "sdk",
      {},
      Effect.map(asking, (ref) => ref.node)
    ).pipe(
      Effect.provideService(Telemetry, ledger),
      Effect.provide(Layer.provideMerge(PriceListGenai.layer, AegisConfig.layer("/", settings)))
    )
    assert.notInclude(JSON.stringify(ledger.taken), "hunter2")
    return { ledger, taken: callsIn(ledger), node: value, recording: Option.getOrThrow(recording) }
  })

const recording = (program: Program, settings?: object) => inRun({ mode: "record" }, program, settings)

interface Talk {
  readonly whole: () => Promise<unknown>
  readonly streamed: () => Promise<unknown>
  readonly firstPiece: () => Promise<unknown>
}

const anthropic = (url: string, fetch: typeof globalThis.fetch): Talk => {
  const client = new Anthropic({ apiKey: key, baseURL: url, fetch, maxRetries: 1, logLevel: "off" })
  const body = {
    model: "claude-sonnet-5",
    max_tokens: 100,
    system: [{ type: "text" as const, text: rules, cache_control: { type: "ephemeral" as const } }],
    messages: [{ role: "user" as const, content: question }]
  }
  const stream = (first: boolean) => async (): Promise<void> => {
    for await (const event of await client.messages.create({ ...body, stream: true })) {
      if (first) return void event
    }
  }
  return { whole: () => client.messages.create(body), streamed: stream(false), firstPiece: stream(true) }
}

const openai = (url: string, fetch: typeof globalThis.fetch): Talk => {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, fetch, maxRetries: 1, logLevel: "off" })
  const body = { model: "gpt-5.6", instructions: rules, input: question }
  const stream = (first: boolean) => async (): Promise<void> => {
    for await (const event of await client.responses.create({ ...body, stream: true })) {
      if (first) return void event
    }
  }
  return { whole: () => client.responses.create(body), streamed: stream(false), firstPiece: stream(true) }
}

/** As a record of the ledger is kept and read. */
const asRecord = (event: TelemetryEvent, i: number): TelemetryRecord =>
  Schema.decodeSync(TelemetryRecord)(
    Schema.encodeSync(TelemetryRecord)({
      ...event,
      id: `00000000-0000-8000-8000-00000000000${i}` as TelemetryRecord["id"], // a UUID
      createdAt: new Date(event.at).toISOString() as TelemetryRecord["createdAt"] // as Date writes it
    })
  )

describe.each([
  ["anthropic", "claude-sonnet-5", anthropic, fakeAnthropic({ key })],
  ["openai", "gpt-5.6", openai, fakeOpenAi({ key })]
] as const)("a call by the client of %s", (provider, model, make, serving) => {
  const program =
    (fake: Fake, ...what: ReadonlyArray<keyof Talk>): Program =>
    async (fetch) => {
      const talk = make(fake.url, fetch)
      for (const each of what) await talk[each]().catch(() => null)
    }

  it.scopedLive("is recorded once, with its usage, its price, its times and its request", () =>
    Effect.gen(function* () {
      const fake = yield* serving
      const ran = yield* recording(program(fake, "whole", "streamed"), { namespace: "tenant" })
      assert.lengthOf(ran.taken, 2)
      for (const [i, record] of ran.taken.entries()) {
        assert.deepInclude(record, {
          operation: "execute",
          outcome: "miss",
          provider,
          model,
          namespace: "tenant",
          nodeId: ran.node,
          checkpointId: ran.recording
        } as Partial<TelemetryEvent>) // the checkpoint's id is a brand
        const { cost, latencies, priced, request, tokenCount, usage } = asRecord(record, i)
        assert.isUndefined(record.error)
        assert.isAbove(tokenCount, 2000)
        assert.isAbove(Option.getOrThrow(cost), 0)
        assert.strictEqual(priced?.match, "exact")
        assert.isTrue(Option.isSome(latencies?.provider ?? Option.none()))
        // the second one was a stream
        assert.strictEqual(Option.isSome(latencies?.firstToken ?? Option.none()), i === 1)
        assert.strictEqual(typeof request?.readableAt, i === 1 ? "number" : "object")
        assert.deepStrictEqual(
          request?.blocks.map(({ name, part }) => [part, name]),
          [
            ["system", "module asks"],
            ["messages", undefined]
          ]
        )
        const total = request?.blocks.reduce((sum, { tokens }) => sum + tokens, 0)
        assert.strictEqual(total, usage && totalInput(usage))
      }
    }).pipe(Effect.provide(storesInMemory))
  )

  it.scopedLive("is predicted by the model of the provider's cache as it was counted", () =>
    Effect.gen(function* () {
      const fake = yield* serving
      const { taken } = yield* recording(program(fake, "streamed", "streamed"))
      const predict = makeRecordPredictor()
      const predicted = taken.map((event, i) => predict(asRecord(event, i)))
      const reads = predicted.map((each) => [each?.predicted.read, each && Option.getOrThrow(each.read)])
      assert.deepStrictEqual(reads[0], [0, 0])
      const [told = 0, counted = 0] = reads[1] ?? []
      assert.isAbove(counted, 2000)
      // shares by bytes are near to shares by tokens, not the same
      assert.closeTo(told, counted, counted / 100)
    }).pipe(Effect.provide(storesInMemory))
  )

  it.scopedLive("costs nothing and counts no tokens when a recording answers it", () =>
    Effect.gen(function* () {
      const fake = yield* serving
      const first = yield* recording(program(fake, "whole", "streamed"))
      const { ledger, taken } = yield* inRun(
        { mode: "strict", recording: first.recording },
        program(fake, "whole", "streamed")
      )
      assert.lengthOf(fake.requests, 2)
      assert.deepStrictEqual(
        taken.map(({ cost, outcome, tokenCount, usage }): Facts => [outcome, tokenCount, cost, usage]),
        [
          ["replay", 0, Option.some(0), undefined],
          ["replay", 0, Option.some(0), undefined]
        ]
      )
      const { totals } = yield* ledger.report({}, [])
      assert.deepStrictEqual([totals.calls, totals.outcomes.replay], [0, 2])
    }).pipe(Effect.provide(storesInMemory))
  )

  it.scopedLive("is recorded with how it failed, for itself, when the client tries again", () =>
    Effect.gen(function* () {
      const fake = yield* serving
      const error = { type: "rate_limit_error", message: "slow down" }
      fake.script({ kind: "status", status: 429, error, headers: { "retry-after-ms": "1" } })
      const { taken } = yield* recording(program(fake, "whole"))
      assert.deepStrictEqual(
        taken.map(({ error, outcome, tokenCount }) => [outcome, error, tokenCount > 0]),
        [
          ["miss", "RateLimited", false],
          ["miss", undefined, true]
        ]
      )
      assert.deepStrictEqual(taken[0]?.cost, Option.some(0))
    }).pipe(Effect.provide(storesInMemory))
  )

  it.scopedLive.each([
    ["that the program left", "firstPiece", { kind: "hang", after: 2 }, "abandoned"],
    ["that broke off", "streamed", { kind: "cut", after: 2 }, "StreamBroken"],
    ["that ended too early", "streamed", { kind: "endEarly", after: 2 }, "StreamBroken"]
  ] as const)("costs nobody knows what when it is a stream %s", ([, what, fault, error]) =>
    Effect.gen(function* () {
      const fake = yield* serving
      fake.script(fault)
      const { taken } = yield* recording(program(fake, what))
      assert.deepStrictEqual(
        taken.map((each): Facts => [each.error, each.tokenCount, each.cost]),
        [[error, 0, Option.none()]]
      )
    }).pipe(Effect.provide(storesInMemory))
  )

  it.scopedLive("is paid once where answers are kept, and saves the whole of it after that", () =>
    Effect.gen(function* () {
      const fake = yield* serving
      const { ledger, taken } = yield* Effect.provide(
        recording(program(fake, "whole", "whole")),
        layerResponses({}).pipe(
          Layer.provide(AegisConfig.layer("/")),
          Layer.provide(responsesInMemory),
          Layer.orDie
        )
      )
      assert.lengthOf(fake.requests, 1)
      assert.deepStrictEqual(
        taken.map(({ cacheHit, cost, outcome }) => [outcome, cacheHit, Option.getOrNull(cost) === 0]),
        [
          ["miss", false, false],
          ["hit", true, true]
        ]
      )
      assert.isAbove(Option.getOrThrow(taken[1]?.saved?.cost ?? Option.none()), 0)
      const { totals } = yield* ledger.report({}, [])
      assert.strictEqual(totals.calls, 1)
    }).pipe(Effect.provide(storesInMemory))
  )
})

describe("a call for a chat completion", () => {
  const chat =
    (url: string): Program =>
    (fetch) => {
      const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, fetch, logLevel: "off" })
      const messages = [
        { role: "system" as const, content: rules },
        { role: "user" as const, content: question }
      ]
      return client.chat.completions.create({ model: "m", messages })
    }

  it.scopedLive("is of the provider whose address the settings say it is, and of nobody without", () =>
    Effect.gen(function* () {
      const fake = yield* fakeChat("vllm", { key, model: "m" })
      const known = yield* recording(chat(fake.url), { vllmBaseUrl: `${fake.url}/v1` })
      const unknown = yield* recording(chat(fake.url), { vllmBaseUrl: "http://127.0.0.1:1/v1" })
      const [one, other] = [...known.taken, ...unknown.taken]
      assert.deepInclude(one, { provider: "vllm", model: "m" })
      assert.isUndefined(one?.error)
      assert.strictEqual(one?.request?.blocks.length, 2)
      assert.isTrue(other !== undefined && other.provider === undefined && other.request === undefined)
      assert.isAbove(other?.tokenCount ?? 0, 2000)
      // what nobody sets a price on is not free
      assert.deepStrictEqual(other?.cost, Option.none())
    }).pipe(Effect.provide(storesInMemory))
  )
})

describe("an execution within a run", () => {
  const { model, small } = requestsOf("anthropic")
  const resolved = resolvedOf("anthropic", model, small)
  const options: ExecutionOptions = {}

  const executing = (
    url: string,
    how: RecorderOptions,
    version: number
  ): Effect.Effect<
    { readonly recording: string; readonly taken: ReadonlyArray<TelemetryEvent> },
    unknown,
    Layer.Layer.Success<typeof storesInMemory>
  > =>
    Effect.gen(function* () {
      const ledger = makeMemory()
      const wire = yield* wireOf("anthropic", url)
      const adapter = {
        name: "anthropic" as const,
        models: [],
        format: "test/1",
        version: 1,
        resolveScaffold: () => Effect.dieMessage("not asked"),
        estimateTokens: () => Effect.dieMessage("not asked"),
        estimateCost: () => Effect.dieMessage("not asked"),
        countTokens: Option.none(),
        health: Effect.succeed({ status: "ok" as const, detail: "" }),
        execute: wire.execute,
        stream: wire.stream
      }
      const config = Layer.provideMerge(PriceListGenai.layer, AegisConfig.layer("/"))
      const executor = yield* Executor.make.pipe(
        Effect.provideService(Providers, makeRegistry([adapter])),
        Effect.provideService(Telemetry, ledger),
        Effect.provide(
          Budgets.layer.pipe(Layer.provide(BudgetStorage.layerMemory), Layer.provideMerge(config))
        )
      )
      const { node, run } = yield* Recorder.pipe(Effect.provide(recorder(how)))
      const asking = node(
        "module",
        "asks",
        {},
        () => Effect.map(executor.execute(resolved, options), ({ content }) => content),
        { version }
      )
      const { recording } = yield* run(
        "executes",
        {},
        Effect.map(asking, ({ value }) => value)
      ).pipe(
        Effect.map(({ recording }) => ({ recording })),
        Effect.provideService(Telemetry, ledger),
        Effect.provide(config)
      )
      return { recording: Option.getOrThrow(recording), taken: callsIn(ledger) }
    })

  it.scopedLive("is recorded once, and paid once though its node is run again", () =>
    Effect.gen(function* () {
      const fake = yield* fakeAnthropic({})
      const first = yield* executing(fake.url, { mode: "record" }, 1)
      assert.deepStrictEqual(
        first.taken.map(({ operation, outcome }) => [operation, outcome]),
        [["execute", "miss"]]
      )
      // the node is another one now, and what it asks the same
      const again = yield* executing(fake.url, { mode: "incremental", recording: first.recording }, 2)
      assert.lengthOf(fake.requests, 1)
      assert.deepStrictEqual(
        again.taken.map(({ cost, operation, outcome, tokenCount }): Facts => [
          operation,
          outcome,
          tokenCount,
          cost
        ]),
        [["execute", "replay", 0, Option.some(0)]]
      )
    }).pipe(Effect.provide(storesInMemory))
  )
})
