/** The cache of answers: what it gives again, what it never keeps, and what it never gives to whom. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as ResponseStoreSqlite from "../../layers/ResponseStoreSqlite.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import { Fetch } from "../../src/services/Fetch.js"
import { layer as recorder, Recorder } from "../../src/services/Recorder.js"
import { maxAge, noStore, outcomeOf, sample } from "../../src/services/responses/index.js"
import { layer as layerResponses, type ResponsesOptions } from "../../src/services/Responses.js"
import { layerMemory, type ResponseStore } from "../../src/services/ResponseStore.js"
import {
  collect,
  fakeOf,
  key,
  providers,
  requestsOf,
  resolvedOf,
  wireOf
} from "../layers/providers/wire/support.js"
import { tempDatabase } from "./storages.js"
import { storesInMemory } from "../replay/support/stores.js"

const stores: ReadonlyArray<readonly [string, Layer.Layer<ResponseStore>]> = [
  ["in memory", layerMemory],
  ["on SQLite", ResponseStoreSqlite.layer.pipe(Layer.provide(tempDatabase), Layer.orDie)]
]

const cached = (options: ResponsesOptions = {}): Layer.Layer<Fetch, never, ResponseStore> =>
  layerResponses(options).pipe(Layer.provide(Layer.orDie(AegisConfig.layer("/", {}))))

/** How a request was answered, and its body. */
interface Got {
  readonly outcome: string | undefined
  readonly status: number
  readonly text: string
}

interface Asking {
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

const post = (
  url: string,
  body: unknown,
  { headers, signal }: Asking = {}
): Effect.Effect<Response, unknown> =>
  Effect.flatMap(Fetch.current, (fetch) =>
    Effect.tryPromise({
      try: () =>
        fetch(url, {
          method: "POST",
          body: JSON.stringify(body),
          headers: { "content-type": "application/json", authorization: `Bearer ${key}`, ...headers },
          ...(signal === undefined ? {} : { signal })
        }),
      catch: (thrown) => thrown
    })
  )

const got = (response: Response): Effect.Effect<Got, unknown> =>
  Effect.tryPromise({
    try: async () => ({
      outcome: outcomeOf(response),
      status: response.status,
      text: await response.text()
    }),
    catch: (thrown) => thrown
  })

const ask = (url: string, body: unknown, asking?: Asking): Effect.Effect<Got, unknown> =>
  Effect.flatMap(post(url, body, asking), got)

const outcomes = (all: ReadonlyArray<Got>): ReadonlyArray<string | undefined> =>
  all.map(({ outcome }) => outcome)

describe.each(providers)("answers of %s", (provider) => {
  const { model, small } = requestsOf(provider)
  const resolved = resolvedOf(provider, model, small)

  it.scopedLive.each(stores)(
    "are given again %s, whole and as streams, and are not paid again",
    ([, store]) =>
      Effect.gen(function* () {
        const fake = yield* fakeOf(provider, { key })
        const wire = yield* wireOf(provider, fake.url)
        const both = Effect.all([wire.execute(resolved), collect(wire.stream(resolved))])
        const [first, firstStream] = yield* both
        const asked = fake.requests.length
        const [again, againStream] = yield* both
        assert.strictEqual(fake.requests.length, asked)
        assert.deepStrictEqual([first.outcome, firstStream.result?.outcome], ["miss", "miss"])
        assert.deepStrictEqual([again.outcome, againStream.result?.outcome], ["hit", "hit"])
        assert.strictEqual(again.content, first.content)
        assert.strictEqual(againStream.text, firstStream.text)
        assert.isAbove(first.tokens, 0)
        assert.deepStrictEqual([again.tokens, again.usage.output, again.cost], [0, 0, Option.some(0)])
        assert.deepStrictEqual(again.saved, { tokens: first.tokens, usage: first.usage, cost: first.cost })
        assert.strictEqual(againStream.result?.saved?.tokens, firstStream.result?.tokens)
      }).pipe(Effect.provide(Layer.provideMerge(cached(), store)))
  )

  it.scopedLive("are not kept when the server failed, or the stream ended before its end", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider, { key })
      const wire = yield* wireOf(provider, fake.url, { options: { retry: { maxRetries: 0 } } })
      const error = { type: "server_error", message: "hunter2" }
      fake.script(
        { kind: "status", status: 500, error },
        { kind: "cut", after: 2 },
        { kind: "endEarly", after: 2 },
        { kind: "malformed", after: 1 },
        { kind: "errorEvent", after: 1, error }
      )
      for (let n = 0; n < 5; n += 1) yield* Effect.flip(collect(wire.stream(resolved)))
      assert.strictEqual((yield* collect(wire.stream(resolved))).result?.outcome, "miss")
      assert.strictEqual((yield* collect(wire.stream(resolved))).result?.outcome, "hit")
    }).pipe(Effect.provide(Layer.provideMerge(cached(), layerMemory)))
  )
})

describe("refusals", () => {
  it.scopedLive.each(["openai", "anthropic"] as const)("of %s are not kept", (provider) =>
    Effect.gen(function* () {
      const { model, small } = requestsOf(provider)
      const resolved = resolvedOf(provider, model, small)
      const fake = yield* fakeOf(provider, { key, refuses: true, stopReason: "refusal" })
      const wire = yield* wireOf(provider, fake.url)
      const all = yield* Effect.all([wire.execute(resolved), wire.execute(resolved)])
      const streams = yield* Effect.all([collect(wire.stream(resolved)), collect(wire.stream(resolved))])
      assert.deepStrictEqual(
        [...all, ...streams.map(({ result }) => result)].map((result) => [
          result?.finishReason,
          result?.outcome
        ]),
        Array.from({ length: 4 }, () => ["refusal", "miss"])
      )
    }).pipe(Effect.provide(Layer.provideMerge(cached(), layerMemory)))
  )
})

describe("a cache of answers", () => {
  const small = requestsOf("openai").small
  const openAi = Effect.map(fakeOf("openai", {}), (fake) => ({ ...fake, at: `${fake.url}/v1/responses` }))
  const provided = Effect.provide(Layer.provideMerge(cached(), layerMemory))

  it.scopedLive("gives a stream again in the pieces in which it came", () =>
    Effect.gen(function* () {
      const { at, script } = yield* openAi
      script({ kind: "bytewise" })
      const pieces = Effect.flatMap(post(at, { ...small, stream: true }), ({ body }) =>
        Effect.promise(async () => {
          const all: Array<string> = []
          for await (const piece of body ?? []) all.push(Buffer.from(piece).toString("hex"))
          return all
        })
      )
      const first = yield* pieces
      assert.isAbove(first.length, 1)
      assert.deepStrictEqual(yield* pieces, first)
    }).pipe(provided)
  )

  it.scopedLive("takes hints for the provider's cache, and the order of fields, for no difference", () =>
    Effect.gen(function* () {
      const { at } = yield* openAi
      const { input, model } = { input: "Hello", model: "gpt-5.6" }
      const all = yield* Effect.forEach(
        [
          { input, model },
          { model, input },
          { model, input, prompt_cache_key: "k" },
          { model, input: "Hullo" }
        ],
        (body) => ask(at, body)
      )
      assert.deepStrictEqual(outcomes(all), ["miss", "hit", "hit", "miss"])
    }).pipe(provided)
  )

  it.scopedLive("lets everything through that asks no model", () =>
    Effect.gen(function* () {
      const fake = yield* openAi
      const twice = yield* Effect.all([ask(`${fake.url}/v1/batches`, {}), ask(`${fake.url}/v1/batches`, {})])
      const fetch = yield* Fetch.current
      const models = yield* Effect.promise(() => fetch(`${fake.url}/v1/models`))
      assert.deepStrictEqual([...outcomes(twice), outcomeOf(models)], [undefined, undefined, undefined])
      assert.strictEqual(fake.requests.length, 3)
    }).pipe(provided)
  )

  it.scopedLive("neither reads nor keeps for a call that says so", () =>
    Effect.gen(function* () {
      const { at, requests } = yield* openAi
      const once = ask(at, small)
      const all = yield* Effect.all([noStore(once), once, noStore(once), once])
      assert.deepStrictEqual(outcomes(all), ["bypass", "miss", "bypass", "hit"])
      assert.strictEqual(requests.length, 3)
    }).pipe(provided)
  )

  it.scopedLive("keeps each sample of a request for itself", () =>
    Effect.gen(function* () {
      const { at } = yield* openAi
      const once = ask(at, small)
      const all = yield* Effect.all([
        once,
        sample(1)(once),
        sample(2)(once),
        sample(1)(once),
        sample(0)(once)
      ])
      assert.deepStrictEqual(outcomes(all), ["miss", "miss", "miss", "hit", "hit"])
    }).pipe(provided)
  )

  it.scoped("gives what is young enough, by the layer or by the call", () =>
    Effect.gen(function* () {
      const { at } = yield* openAi
      const once = ask(at, small)
      const seen = [yield* once]
      yield* TestClock.adjust("1 hour")
      seen.push(yield* once, yield* maxAge("59 minutes")(once), yield* maxAge("59 minutes")(once))
      yield* TestClock.adjust("25 hours")
      seen.push(yield* maxAge("2 days")(once), yield* once)
      assert.deepStrictEqual(outcomes(seen), ["miss", "hit", "miss", "hit", "hit", "miss"])
    }).pipe(Effect.provide(Layer.provideMerge(cached({ maxAge: "1 day" }), layerMemory)))
  )

  it.scopedLive("crosses neither namespaces nor keys, but where it is told to", () =>
    Effect.gen(function* () {
      const { at } = yield* openAi
      const as = (options: ResponsesOptions, authorization: string) =>
        ask(at, small, { headers: { authorization } }).pipe(Effect.provide(cached(options)))
      const all = yield* Effect.all([
        as({}, "Bearer hunter2-a"),
        as({}, "Bearer hunter2-b"),
        as({ namespace: "other" }, "Bearer hunter2-a"),
        as({}, "Bearer hunter2-a"),
        as({ sharedByKeys: true }, "Bearer hunter2-a"),
        as({ sharedByKeys: true }, "Bearer hunter2-b"),
        as({ sharedByKeys: true, namespace: "other" }, "Bearer hunter2-b")
      ])
      assert.deepStrictEqual(outcomes(all), ["miss", "miss", "miss", "hit", "miss", "hit", "miss"])
    }).pipe(Effect.provide(layerMemory))
  )

  it.scopedLive("tells versions of an API apart", () =>
    Effect.gen(function* () {
      const { at } = yield* openAi
      const all = yield* Effect.forEach(["1", "2", "1"], (version) =>
        ask(at, small, { headers: { "openai-beta": version } })
      )
      assert.deepStrictEqual(outcomes(all), ["miss", "miss", "hit"])
    }).pipe(provided)
  )
})

describe("equal requests at the same time", () => {
  const { small } = requestsOf("openai")
  const provided = Effect.provide(Layer.provideMerge(cached(), layerMemory))
  const openAi = Effect.map(fakeOf("openai", {}), (fake) => ({ ...fake, at: `${fake.url}/v1/responses` }))

  it.scopedLive.each([false, true])("are made once (as a stream: %s)", (stream) =>
    Effect.gen(function* () {
      const { at, requests } = yield* openAi
      const all = yield* Effect.all(
        Array.from({ length: 20 }, () => ask(at, { ...small, stream })),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(requests.length, 1)
      assert.strictEqual(new Set(all.map(({ text }) => text)).size, 1)
      assert.deepStrictEqual(outcomes(all).toSorted(), [
        ...Array.from({ length: 19 }, () => "follower"),
        "miss"
      ])
    }).pipe(provided)
  )

  it.scopedLive("fail together, and the next one asks again", () =>
    Effect.gen(function* () {
      const { at, requests, script } = yield* openAi
      script({ kind: "status", status: 429, error: { type: "rate_limit", message: "slow" } })
      const all = yield* Effect.all([ask(at, small), ask(at, small)], { concurrency: 2 })
      assert.deepStrictEqual(
        all.map(({ status }) => status),
        [429, 429]
      )
      assert.strictEqual((yield* ask(at, small)).status, 200)
      assert.strictEqual(requests.length, 2)
    }).pipe(provided)
  )

  it.scopedLive("do not end with the one who asked first", () =>
    Effect.gen(function* () {
      const { at, requests } = yield* openAi
      const first = new AbortController()
      const asked = yield* Effect.fork(Effect.flip(ask(at, small, { signal: first.signal })))
      const other = yield* Effect.fork(ask(at, small))
      yield* Effect.yieldNow()
      yield* Effect.sync(() => first.abort())
      assert.propertyVal(yield* asked, "name", "AbortError")
      assert.strictEqual((yield* other).status, 200)
      assert.strictEqual(requests.length, 1)
    }).pipe(provided)
  )

  it.scopedLive("are given up when all who wait have gone, and asked anew by the next", () =>
    Effect.gen(function* () {
      const { at, disconnected, hanging, script } = yield* openAi
      script({ kind: "hang", after: 1 })
      const [one, two] = [new AbortController(), new AbortController()]
      const stream = { ...small, stream: true }
      const waiting = yield* Effect.fork(
        Effect.all(
          [one, two].map(({ signal }) => Effect.flip(ask(at, stream, { signal }))),
          { concurrency: 2 }
        )
      )
      yield* hanging
      yield* Effect.sync(() => one.abort())
      yield* Effect.sync(() => two.abort())
      assert.strictEqual((yield* waiting).length, 2)
      yield* disconnected
      assert.deepStrictEqual(outcomes([yield* ask(at, stream), yield* ask(at, stream)]), ["miss", "hit"])
    }).pipe(provided)
  )

  it.scopedLive("are kept though the one who asked reads nothing", () =>
    Effect.gen(function* () {
      const { at } = yield* openAi
      const unread = yield* post(at, small)
      assert.strictEqual(unread.status, 200)
      const [next] = yield* Effect.all([ask(at, small)])
      assert.include(["follower", "hit"], next?.outcome)
    }).pipe(provided)
  )
})

describe("a run over a cache of answers", () => {
  const { model, small } = requestsOf("openai")
  const resolved = resolvedOf("openai", model, small)

  it.scopedLive("is replayed as it was, hits and all, though the cache is gone", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf("openai", { key })
      const wire = yield* wireOf("openai", fake.url)
      const program = Effect.flatMap(Recorder, ({ run }) =>
        run(
          "ask",
          {},
          Effect.map(Effect.all([wire.execute(resolved), wire.execute(resolved)]), (all) =>
            all.map(({ content, outcome, saved, tokens }) => ({
              content,
              outcome,
              tokens,
              saved: saved?.tokens ?? -1
            }))
          )
        )
      )
      const recorded = yield* program.pipe(
        Effect.provide(recorder({ mode: "record" })),
        Effect.provide(Layer.provideMerge(cached(), layerMemory))
      )
      assert.deepStrictEqual(
        recorded.value.map(({ outcome }) => outcome),
        ["miss", "hit"]
      )
      assert.strictEqual(fake.requests.length, 1)
      const recording = Option.getOrThrow(recorded.recording)
      const replayed = yield* program.pipe(Effect.provide(recorder({ mode: "strict", recording })))
      assert.deepStrictEqual(replayed.value, recorded.value)
      assert.strictEqual(fake.requests.length, 1)
    }).pipe(Effect.provide(storesInMemory))
  )
})

describe("whatever is asked in whatever order", () => {
  interface Step {
    readonly body: number
    readonly who: number
    readonly sampleIndex: number
    readonly bypass: boolean
    readonly bad: boolean
  }
  const step: FastCheck.Arbitrary<Step> = FastCheck.record({
    body: FastCheck.nat(2),
    who: FastCheck.nat(1),
    sampleIndex: FastCheck.nat(1),
    bypass: FastCheck.boolean(),
    bad: FastCheck.boolean()
  })

  it.effect.prop(
    "an answer is the last good one to this very request, or a new one",
    { steps: FastCheck.array(step, { maxLength: 30 }) },
    ({ steps }) =>
      Effect.gen(function* () {
        let serial = 0
        let bad = false
        // a server that never answers twice the same
        const server = Layer.succeed(Fetch, {
          current: Effect.succeed(() =>
            Promise.resolve(
              new Response(`{"serial":${(serial += 1)}${bad ? ',"error":{}' : ""}}`, {
                headers: { "content-type": "application/json" }
              })
            )
          ),
          offline: false
        })
        const layer = cached().pipe(Layer.provide(server), Layer.provideMerge(layerMemory))
        yield* Effect.gen(function* () {
          const known = new Map<string, number>()
          for (const each of steps) {
            bad = each.bad
            const place = `${each.body} ${each.who} ${each.sampleIndex}`
            const before = serial
            const asked = sample(each.sampleIndex)(
              ask(
                "http://model.test/v1/messages",
                { n: each.body },
                { headers: { "x-api-key": `${each.who}` } }
              )
            )
            const { outcome, text } = yield* each.bypass ? noStore(asked) : asked
            const last = each.bypass ? undefined : known.get(place)
            const { serial: given } = JSON.parse(text) as { readonly serial: number } // see the server
            assert.strictEqual(given, last ?? before + 1)
            assert.strictEqual(outcome, each.bypass ? "bypass" : last === undefined ? "miss" : "hit")
            if (!each.bypass && !each.bad && last === undefined) known.set(place, given)
          }
        }).pipe(Effect.provide(layer))
      }),
    { fastCheck: { numRuns: 50 } }
  )
})
