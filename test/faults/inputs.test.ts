/** Prompts that nobody writes by hand, and a clock that goes back. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import type { Hash } from "../../src/domain/Hash.js"
import type { JsonObject } from "../../src/domain/Json.js"
import { tempDir } from "../support/tempDir.js"
import { inputsOf } from "./inputs.js"
import { resolve, substance, use } from "./project.js"

const plain = { prompt: "Say hello.", provider: "openai", model: "gpt-4o" } as const

describe("a prompt of 50 MB", () => {
  const line = "A line of an enormous prompt, of which there are very many.\n"
  const huge = { ...plain, prompt: line.repeat((50 * 1024 * 1024) / line.length) }

  const limit = { maxPromptBytes: 64 * 1024 * 1024 }

  it.scopedLive(
    "is resolved, kept and found again where that is allowed",
    () =>
      Effect.gen(function* () {
        const root = yield* tempDir
        const miss = yield* use(root, (cache) => resolve(cache, huge), limit)
        assert.strictEqual(miss.outcome, "miss")
        assert.isAbove(miss.tokenCount, 10_000_000)
        assert.isAbove(miss.resolvedContent.length, 50_000_000)
        const hit = yield* use(root, (cache) => resolve(cache, huge), limit)
        assert.strictEqual(hit.outcome, "hit")
        assert.isTrue(hit.resolvedContent === miss.resolvedContent)
      }),
    60_000
  )

  it.scopedLive("is refused at once by default", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const error = yield* Effect.flip(use(root, (cache) => resolve(cache, huge)))
      assert.strictEqual(error._tag, "PromptTooLarge")
      assert.include(error.message, 'raise "maxPromptBytes"')
    })
  )
})

describe("a context", () => {
  const roundTrip = (context: JsonObject) =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const input = { ...plain, context }
      const miss = yield* use(root, (cache) => resolve(cache, input))
      const { found, hit } = yield* use(root, (cache) =>
        Effect.all({
          hit: resolve(cache, input),
          found: Effect.flatten(cache.lookup(miss.originalScaffold.hash))
        })
      )
      assert.deepStrictEqual([miss.outcome, miss.warnings, hit.outcome], ["miss", [], "hit"])
      return { hash: miss.originalScaffold.hash, context: found.originalScaffold.context }
    })

  it.scoped("may be 100,000 levels deep", () =>
    Effect.gen(function* () {
      const depth = 100_000
      const nested = (end: string) =>
        JSON.parse(`${'{"a":['.repeat(depth / 2)}${end}${"]}".repeat(depth / 2)}`) as JsonObject
      const { context, hash } = yield* roundTrip(nested("1"))
      let level: unknown = context
      for (let i = 0; i < depth / 2; i++) level = (level as { readonly a: ReadonlyArray<unknown> }).a[0] // as written above
      assert.strictEqual(level, 1)
      assert.notStrictEqual((yield* roundTrip(nested("2"))).hash, hash)
    })
  )

  it.scoped("may have keys that objects have already", () =>
    Effect.gen(function* () {
      const texts = [
        "{}",
        '{"__proto__":{"a":1}}',
        '{"__proto__":{"a":2}}',
        '{"__proto__":null}',
        '{"constructor":{"prototype":1}}',
        '{"hasOwnProperty":2,"toString":1}',
        '{"a":{"__proto__":{"polluted":true}}}'
      ]
      const hashes = new Set<Hash>()
      for (const text of texts) {
        const { context, hash } = yield* roundTrip(JSON.parse(text) as JsonObject)
        assert.strictEqual(JSON.stringify(context), text)
        hashes.add(hash)
      }
      assert.strictEqual(hashes.size, texts.length)
      assert.notProperty({}, "polluted")
    })
  )

  it.scoped("may hold any text that is one, in keys and in values", () =>
    Effect.gen(function* () {
      const { context } = yield* roundTrip({ "nul \0": "\0", "\u2028": "😀", "": -0, big: 1e308 })
      assert.deepStrictEqual(context, { "nul \0": "\0", "\u2028": "😀", "": 0, big: 1e308 })
    })
  )
})

describe("an input", () => {
  it.scoped("with a foreign key of any name is refused", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const text = JSON.stringify(plain)
      const foreign = JSON.parse(`${text.slice(0, -1)},"__proto__":{"prompt":"other"}}`) as typeof plain
      const error = yield* Effect.flip(use(root, (cache) => resolve(cache, foreign)))
      assert.deepInclude(error, { _tag: "InvalidInput", path: "/__proto__" })
    })
  )

  it.scoped("keeps a NUL, and is refused half of a character", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const nul = { ...plain, prompt: "before \0 after", model: "gpt-4o" }
      const namespace = "tenant \0"
      const miss = yield* use(root, (cache) => resolve(cache, nul, { namespace }))
      yield* use(root, (cache) =>
        Effect.gen(function* () {
          const hit = yield* resolve(cache, nul, { namespace })
          const found = yield* Effect.flatten(cache.lookup(hit.originalScaffold.hash, { namespace }))
          assert.strictEqual(hit.outcome, "hit")
          for (const each of [hit, found]) assert.deepStrictEqual(substance(each), substance(miss))
          assert.strictEqual(hit.originalScaffold.blocks[0]?.content, nul.prompt)
          assert.strictEqual((yield* resolve(cache, nul, { namespace: "tenant " })).outcome, "miss")

          const halves = [
            { prompt: "half \ud83d" },
            { model: "\ude00" },
            { rulepacks: ["\ud800@1"] },
            { context: { "\udfff": 1 } },
            { context: { deep: [{ text: "\ud800" }] } }
          ]
          for (const half of halves) {
            const error = yield* Effect.flip(resolve(cache, { ...plain, ...half }))
            assert.deepInclude(error, { _tag: "CanonicalError", reason: "lone-surrogate" })
            assert.include(error.message, "toWellFormed()")
          }
        })
      )
    })
  )

  it.scoped("of a tenant whose name is ill-formed is kept apart from those that look alike", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const tenants = ["\ud800", "\udfff", "\ufffd", '"\\ud800"']
      const outcomes = yield* use(root, (cache) =>
        Effect.forEach([...tenants, ...tenants], (namespace) => resolve(cache, plain, { namespace }))
      )
      assert.deepStrictEqual(
        outcomes.map(({ outcome }) => outcome),
        [...tenants.map(() => "miss"), ...tenants.map(() => "hit")]
      )
      const report = yield* use(root, (cache) => cache.verify)
      assert.deepInclude(report, { ok: true, entries: 4 })
    })
  )
})

describe("a clock that goes back", () => {
  it.scoped("changes neither what is hit, nor what came last, nor what is used", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      yield* TestClock.setTime(Date.UTC(2026, 5, 2))
      yield* use(root, (cache) => resolve(cache, inputsOf("a", 0)))
      yield* TestClock.setTime(Date.UTC(2026, 5, 1))
      yield* use(root, (cache) =>
        Effect.gen(function* () {
          const next = yield* resolve(cache, inputsOf("a", 2))
          assert.strictEqual(next.miss?.previous?.createdAt, "2026-06-02T00:00:00.000Z")
          assert.strictEqual((yield* resolve(cache, inputsOf("a", 0))).outcome, "hit")
          const { newest, oldest } = yield* cache.stats()
          assert.deepStrictEqual([oldest, newest], ["2026-06-01T00:00:00.000Z", "2026-06-02T00:00:00.000Z"])
          const report = yield* cache.prune({ maxAgeMs: 0 })
          assert.strictEqual(report.entries, 0)
          const { entries } = yield* cache.prune({ maxEntries: 1 })
          assert.strictEqual(entries, 1)
          assert.strictEqual((yield* resolve(cache, inputsOf("a", 0))).outcome, "hit")
        })
      )
    })
  )
})
