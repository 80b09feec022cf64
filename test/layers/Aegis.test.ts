/** The compositions that users meet: AegisLive, its deterministic twin, and the promise face. */
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { afterEach } from "vitest"
import { layerFor, layerWith } from "../../layers/AegisLive.js"
import { AegisTest, layerTest } from "../../layers/AegisTest.js"
import * as AegisPromise from "../../layers/promise.js"
import { ResolvedScaffold } from "../../src/domain/ResolvedScaffold.js"
import type { ResolveInput } from "../../src/domain/ResolveInput.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import { resolveScaffold } from "../../src/services/resolveScaffold.js"
import { ScaffoldCache } from "../../src/services/ScaffoldCache.js"
import { tempDir } from "../support/tempDir.js"

const plain = { prompt: "Say hello.", provider: "openai", model: "gpt-4o" } as const

/** What a caller without types may hand over. The assertion is the point: it is what JavaScript does. */
const anything = (value: unknown): typeof ResolveInput.Encoded => value as typeof ResolveInput.Encoded

describe("an input that is none", () => {
  it.effect("is told, whatever it is", () =>
    Effect.gen(function* () {
      for (const value of [null, undefined, 5, "text", [], () => {}]) {
        const error = yield* Effect.flip(resolveScaffold(anything(value)))
        assert.deepInclude(error, { _tag: "InvalidInput", path: "/" })
      }
    }).pipe(Effect.provide(AegisTest))
  )
})

describe("Aegis for real", () => {
  it.scoped("finds in its project's folder what an earlier run has resolved", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      Fs.writeFileSync(Path.join(root, "aegis.config.json"), '{"cacheDir": "here"}')
      Fs.writeFileSync(Path.join(root, "style.md"), "Short words.")
      const each = { ...plain, prompt: '<style_guide src="style.md"/>\n\nSay hello.\n' }
      const run = Effect.provide(
        Effect.all([resolveScaffold(each), Effect.flatMap(ScaffoldCache, (cache) => cache.stats())]),
        layerWith({ cwd: root, env: {}, flags: {} })
      )
      const [miss] = yield* run
      const [hit, stats] = yield* run
      assert.deepStrictEqual([miss.outcome, hit.outcome], ["miss", "hit"])
      assert.include(hit.resolvedContent, "Short words.")
      assert.strictEqual(hit.resolvedContent, miss.resolvedContent)
      assert.deepInclude(stats.lookups, { hit: 1, miss: 1 })
      assert.isTrue(Fs.existsSync(Path.join(root, "here/cache.db")))
    })
  )

  it.scopedLive("is opened by three at once", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const outcomes = yield* Effect.forEach(
        ["a", "b", "c"],
        () => Effect.provide(resolveScaffold(plain), layerFor(AegisConfig.layer(root))),
        { concurrency: "unbounded" }
      )
      assert.isTrue(outcomes.every(({ resolvedContent }) => resolvedContent === outcomes[0]?.resolvedContent))
    })
  )
})

describe("Aegis for tests", () => {
  const program = Effect.gen(function* () {
    const cache = yield* ScaffoldCache
    const told: Array<string> = []
    for (const each of [plain, plain, { ...plain, prompt: "Say goodbye." }, { ...plain, seed: 1 }]) {
      told.push(JSON.stringify(yield* Schema.encode(ResolvedScaffold)(yield* resolveScaffold(each))))
      yield* TestClock.adjust("1 minute")
    }
    told.push(JSON.stringify(yield* cache.stats()))
    return told
  })

  it.effect("tells the same ids, times and keys in every run, byte for byte", () =>
    Effect.gen(function* () {
      const first = yield* Effect.provide(program, AegisTest)
      assert.deepStrictEqual(yield* Effect.provide(program, AegisTest), first)
      assert.include(first[0], '"createdAt":"1970-01-01T00:00:00.000Z"')
      assert.include(first[2], '"createdAt":"1970-01-01T00:02:00.000Z"')
    })
  )

  layer(layerTest({ files: { "style.md": "Short words." }, settings: { namespace: "mine" } }))(
    "with files and settings of one's own",
    (it) => {
      it.effect("includes those files, and no others", () =>
        Effect.gen(function* () {
          const included = yield* resolveScaffold({ ...plain, prompt: '<style_guide src="style.md"/>\n' })
          assert.include(included.resolvedContent, "Short words.")
          const missing = yield* Effect.flip(
            resolveScaffold({ ...plain, prompt: '<style_guide src="other.md"/>\n' })
          )
          assert.strictEqual(missing._tag, "IncludeError")
          const cache = yield* ScaffoldCache
          assert.strictEqual((yield* cache.stats()).namespace, "mine")
          assert.isTrue(
            Option.isSome(yield* cache.lookup(included.originalScaffold.hash, { namespace: "mine" }))
          )
        })
      )
    }
  )
})

describe("Aegis for promises", () => {
  const here = process.cwd()
  afterEach(() => {
    process.chdir(here)
  })

  it.scoped("gives plain data: what is unknown is null", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const aegis = AegisPromise.openAegis({ cwd: root, env: {} })
      const unknown = { ...plain, model: "nobody-knows-it" }
      const miss = yield* Effect.promise(() => aegis.resolveScaffold(unknown))
      assert.deepStrictEqual([miss.outcome, miss.estimatedCost, miss.cost.match], ["miss", null, "unknown"])
      assert.deepStrictEqual(JSON.parse(JSON.stringify(miss)), miss)
      const other = yield* Effect.promise(() => aegis.resolveScaffold(unknown, { namespace: "other" }))
      assert.strictEqual(other.outcome, "miss")
      yield* Effect.promise(aegis.close)

      const again = AegisPromise.openAegis({ cwd: root, env: {} })
      assert.strictEqual((yield* Effect.promise(() => again.resolveScaffold(unknown))).outcome, "hit")
      yield* Effect.promise(again.close)
    })
  )

  it.scoped("throws typed errors as they are", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const aegis = AegisPromise.openAegis({ cwd: root, env: {} })
      const failed = (each: object) =>
        Effect.flip(
          Effect.tryPromise({
            try: () => aegis.resolveScaffold({ ...plain, ...each }),
            catch: (error) => error
          })
        )
      assert.deepInclude(yield* failed({ temperature: 9 }), { _tag: "InvalidInput", path: "/temperature" })
      assert.deepInclude(yield* failed({ prompt: "<nope>\n" }), { _tag: "PromptSyntaxError" })
      assert.instanceOf(yield* failed({ prompt: "" }), Error)
      assert.deepInclude(yield* failed({ provider: "opnai" }), {
        _tag: "InvalidInput",
        problem: 'Expected "openai" or "anthropic" or "vllm" or "sglang" or "llama-cpp" or `x-${string}`'
      })
      yield* Effect.promise(aegis.close)

      Fs.writeFileSync(Path.join(root, "aegis.config.json"), '{"maxEntries": "many"}')
      const broken = AegisPromise.openAegis({ cwd: root, env: {} })
      const error = yield* Effect.flip(
        Effect.tryPromise({ try: () => broken.resolveScaffold(plain), catch: (error) => error })
      )
      assert.deepInclude(error, { _tag: "ConfigInvalid", key: "maxEntries" })
      yield* Effect.promise(broken.close)
    })
  )

  it.scoped(
    "tells who asks after it was closed, and opens anew for who asks while the shared one closes",
    () =>
      Effect.gen(function* () {
        const root = yield* tempDir
        const aegis = AegisPromise.openAegis({ cwd: root, env: {} })
        yield* Effect.promise(() => aegis.resolveScaffold(plain))
        yield* Effect.promise(aegis.close)
        const error = yield* Effect.flip(
          Effect.tryPromise({ try: () => aegis.resolveScaffold(plain), catch: (error) => error })
        )
        assert.instanceOf(error, AegisPromise.AegisClosed)

        process.chdir(root)
        yield* Effect.promise(() => AegisPromise.resolveScaffold(plain))
        const closing = AegisPromise.close()
        const meanwhile = yield* Effect.promise(() => AegisPromise.resolveScaffold(plain))
        assert.strictEqual(meanwhile.outcome, "hit")
        yield* Effect.promise(() => closing)
        yield* Effect.promise(AegisPromise.close)
      })
  )

  it.scoped("needs no opening for the project of the current folder, and can be closed more than once", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      process.chdir(root)
      yield* Effect.promise(AegisPromise.close)
      const outcomes: Array<string> = []
      for (let i = 0; i < 2; i++) {
        outcomes.push((yield* Effect.promise(() => AegisPromise.resolveScaffold(plain))).outcome)
        yield* Effect.promise(AegisPromise.close)
      }
      assert.deepStrictEqual(outcomes, ["miss", "hit"])
      assert.isTrue(Fs.existsSync(Path.join(root, ".aegis/cache.db")))
    })
  )
})
