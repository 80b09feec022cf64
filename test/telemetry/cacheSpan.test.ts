/** What the cache tells of itself: spans, logs, records and errors, and that none of them tells what is in a prompt. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Schema from "effect/Schema"
import { StoreError } from "../../src/domain/StoreErrors.js"
import { TelemetryRecord } from "../../src/domain/TelemetryRecord.js"
import { decodeInput } from "../../src/services/resolveScaffold.js"
import { inputOf, makeRig, prompt, type RigOptions } from "../services/rig.js"
import { storages } from "../services/storages.js"
import { makeTracer, type Seen } from "../support/tracer.js"

/** A clock that is set back by a minute each time it is read. */
const backwards = (): Clock.Clock => {
  let millis = 1e12
  const read = (): number => (millis -= 60_000)
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: read,
    unsafeCurrentTimeNanos: () => BigInt(read()) * 1_000_000n,
    currentTimeMillis: Effect.sync(read),
    currentTimeNanos: Effect.sync(() => BigInt(read()) * 1_000_000n),
    sleep: () => Effect.void
  }
}

const tiersOf = (spans: ReadonlyArray<Seen>) =>
  spans.map(({ attributes }) => [attributes.get("aegis.cache.outcome"), attributes.get("aegis.cache.tier")])

describe.each(storages)("the span of a lookup, %s", (_, storage) => {
  it.scoped("is the only one of a hit, is internal, and claims no tokens of a provider", () =>
    Effect.gen(function* () {
      const { another, cache } = yield* makeRig(storage)
      const input = yield* decodeInput({ prompt: prompt(), provider: "openai", model: "gpt-4o" })
      const miss = yield* cache.resolve(input)
      const cold = yield* another
      const { spans, tracer } = makeTracer()
      yield* Effect.forEach([cold, cold, cache], (each) => each.resolve(input)).pipe(
        Effect.withSpan("caller"),
        Effect.withTracer(tracer)
      )
      const [caller, ...lookups] = spans
      assert.strictEqual(caller?.name, "caller")
      assert.deepStrictEqual(tiersOf(lookups), [
        ["hit", "disk"],
        ["hit", "input"],
        ["hit", "memory"]
      ])
      for (const span of lookups) {
        assert.deepStrictEqual(
          [span.name, span.kind, span.parent],
          ["aegis.cache lookup", "internal", "caller"]
        )
        assert.isTrue(span.ended !== undefined && Exit.isSuccess(span.ended.exit))
        assert.deepStrictEqual(Object.fromEntries(span.attributes), {
          "aegis.cache.outcome": "hit",
          "aegis.cache.hit": true,
          "aegis.cache.tier": span.attributes.get("aegis.cache.tier"),
          "aegis.cache.namespace": "default",
          "aegis.cache.key": miss.originalScaffold.hash,
          "aegis.scaffold.tokens": miss.tokenCount,
          "gen_ai.provider.name": "openai",
          "gen_ai.request.model": "gpt-4o"
        })
      }
    })
  )

  it.scoped("stands around the work of a miss, and is there for a bypass and a failure too", () =>
    Effect.gen(function* () {
      const { cache } = yield* makeRig(storage)
      const { spans, tracer } = makeTracer()
      yield* Effect.withTracer(cache.resolve(inputOf(prompt())), tracer)
      const [lookup, ...inner] = spans
      assert.deepStrictEqual([lookup?.name, lookup?.kind], ["aegis.cache lookup", "internal"])
      assert.deepStrictEqual(tiersOf(spans.slice(0, 1)), [["miss", "none"]])
      assert.isTrue(inner.every(({ parent }) => parent !== undefined))

      spans.length = 0
      yield* Effect.withTracer(cache.resolve(inputOf(prompt()), { bypass: true }), tracer)
      assert.deepStrictEqual(tiersOf(spans.slice(0, 1)), [["bypass", "none"]])

      spans.length = 0
      yield* Effect.flip(Effect.withTracer(cache.resolve(inputOf("<nope>\n")), tracer))
      assert.deepStrictEqual([spans.length, spans[0]?.name], [1, "aegis.cache lookup"])
      assert.isTrue(spans[0]?.ended !== undefined && Exit.isFailure(spans[0].ended.exit))
    })
  )

  it.scoped("is the one that the record of the lookup names, and none where nobody sees it", () =>
    Effect.gen(function* () {
      const { cache, records } = yield* makeRig(storage)
      const { spans, tracer } = makeTracer()
      const resolve = cache.resolve(inputOf(prompt()))
      yield* Effect.forEach([resolve, resolve], (each) => each).pipe(
        Effect.withSpan("caller"),
        Effect.withTracer(tracer)
      )
      yield* resolve
      const lookups = spans.flatMap(({ name }, i) => (name === "aegis.cache lookup" ? [`${i + 1}`] : []))
      assert.deepStrictEqual(
        records.map(({ outcome, spanId, traceId }) => [outcome, traceId, spanId]),
        [
          ["miss", "trace", lookups[0]],
          ["hit", "trace", lookups[1]],
          ["hit", undefined, undefined]
        ]
      )
    })
  )

  it.scoped("is not made while tracing is turned off, nor for a tracer that nobody provided", () =>
    Effect.gen(function* () {
      const { cache } = yield* makeRig(storage)
      const { spans, tracer } = makeTracer()
      yield* cache.resolve(inputOf(prompt()))
      yield* cache.resolve(inputOf(prompt())).pipe(Effect.withTracerEnabled(false), Effect.withTracer(tracer))
      assert.deepStrictEqual(spans, [])
    })
  )

  it.scoped("lasts no negative time when the clock is set back, and neither does its record", () =>
    Effect.gen(function* () {
      const { cache, records } = yield* makeRig(storage)
      const { spans, tracer } = makeTracer()
      const input = yield* decodeInput({ prompt: prompt(), provider: "openai", model: "gpt-4o" })
      for (let i = 0; i < 4; i++) {
        yield* cache.resolve(input).pipe(Effect.withClock(backwards()), Effect.withTracer(tracer))
      }
      assert.deepStrictEqual(
        records.map(({ latency, outcome }) => [outcome, latency]),
        [["miss", 0], ...Array.from({ length: 3 }, () => ["hit", 0])]
      )
      const hits = spans.filter(({ attributes }) => attributes.get("aegis.cache.hit") === true)
      assert.strictEqual(hits.length, 3)
      for (const { ended } of hits) assert.isTrue(ended !== undefined && ended.to >= ended.from)
      assert.isTrue((yield* cache.stats()).entries === 1)
      yield* cache.prune({ maxAgeMs: 0 }).pipe(Effect.withClock(backwards()))
    })
  )

  it.scoped("never holds what is in a prompt, nor do logs, records and errors", () => {
    const canary = "canary-5e1f"
    const broken = new StoreError({ operation: "put", reason: "full", cause: new Error("disk") })
    const settings = { maxPromptBytes: 2000 }
    const options: ReadonlyArray<RigOptions> = [
      { settings },
      { settings, storage: (inner) => ({ ...inner, unsafeGet: () => broken, put: () => broken }) },
      {
        settings,
        storage: (inner) => ({
          ...inner,
          put: (row) => inner.put({ ...row, meta: row.meta.replace('"tokenCount":', '"tokenCount":1') })
        })
      }
    ]
    const secret = prompt({ guide: `Guide ${canary}.`, task: `Task ${canary}.` })
    const context = { commit: canary }
    return Effect.gen(function* () {
      const { spans, tracer } = makeTracer()
      const told: Array<string> = []
      const logger = Logger.make(({ annotations, cause, message }) => {
        told.push(JSON.stringify([message, [...HashMap.entries(annotations)]]), Cause.pretty(cause))
      })
      for (const option of options) {
        const { another, cache, files, records } = yield* makeRig(storage, option)
        files.set("docs", `${canary} \ud800`)
        const asks = Effect.gen(function* () {
          const resolved = yield* cache.resolve(inputOf(secret, { context }))
          assert.include(resolved.resolvedContent, canary)
          told.push(JSON.stringify([resolved.warnings, resolved.miss]))
          const second = yield* another
          yield* second.resolve(inputOf(secret, { context }))
          yield* second.resolve(inputOf(secret, { context }))
          yield* second.resolve(inputOf(prompt({ guide: `Other ${canary}.` }), { context }))
          yield* second.why(inputOf(`${canary} again`))
          yield* Effect.exit(second.lookup(resolved.originalScaffold.hash))
          yield* second.verify
          yield* second.prune({ maxEntries: 0 })
          yield* second.flush
        })
        const failures = [
          `<requirements>\n${canary}\n`,
          `<context>\n${canary}\n</requirements>\n`,
          `---\nmodel: [${canary}\n---\n`,
          `${canary} \udfff`,
          canary.repeat(200),
          '<style_guide src="docs"/>\n'
        ].map((text) => cache.resolve(inputOf(text)))
        const strict = inputOf(secret, { model: "gpt-5.6-sol", temperature: 1, strict: true })
        yield* asks.pipe(
          Effect.zipRight(
            Effect.forEach([...failures, cache.resolve(strict)], (failing) =>
              Effect.map(Effect.flip(Effect.withSpan(failing, "failing")), (error) =>
                told.push(error.message, JSON.stringify(error))
              )
            )
          ),
          Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
          Logger.withMinimumLogLevel(LogLevel.All),
          Effect.withTracer(tracer)
        )
        for (const { at, ...record } of records) {
          told.push(
            JSON.stringify(
              Schema.encodeSync(Schema.Struct(TelemetryRecord.fields).omit("id", "createdAt"))(record)
            ),
            `${at}`
          )
        }
      }
      for (const { attributes, ended, name } of spans) {
        told.push(name, JSON.stringify([...attributes]))
        if (ended !== undefined && Exit.isFailure(ended.exit)) told.push(Cause.pretty(ended.exit.cause))
      }
      assert.isAbove(spans.length, 40)
      assert.isAbove(told.length, 120)
      assert.deepStrictEqual(
        told.filter((text) => text.includes(canary)),
        []
      )
    })
  })
})
