import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import type { Hash } from "../../src/domain/Hash.js"
import type { Millis } from "../../src/domain/Measures.js"
import { ResolvedScaffold } from "../../src/domain/ResolvedScaffold.js"
import type { ResolveInput } from "../../src/domain/ResolveInput.js"
import { StoreError } from "../../src/domain/StoreErrors.js"
import { sha256 } from "../../src/prompt/digest.js"
import { decodeInput, resolveScaffold } from "../../src/services/resolveScaffold.js"
import { ScaffoldCache } from "../../src/services/ScaffoldCache.js"
import { type NewScaffold, rotateEvery } from "../../src/services/ScaffoldStorage.js"
import { prompt as anyPrompt, write } from "../prompt/support/prompts.js"
import { inputOf, makeRig, prompt, type Rig, type RigOptions } from "./rig.js"
import { storages } from "./storages.js"

const encode = Schema.encodeSync(ResolvedScaffold)
const json = Schema.parseJson(ResolvedScaffold)

/** A result as plain data, without what tells a hit from a miss. */
const substance = (resolved: ResolvedScaffold) => {
  const { cacheHit: _cacheHit, miss: _miss, outcome: _outcome, ...rest } = encode(resolved)
  return rest
}

/** The same, without where blocks came from: the store does not know. */
const unsourced = (resolved: ResolvedScaffold) => {
  const { originalScaffold, ...rest } = substance(resolved)
  const blocks = originalScaffold.blocks.map(({ metadata, ...block }) => ({
    ...block,
    metadata: metadata?.["name"]
  }))
  return { ...rest, originalScaffold: { ...originalScaffold, blocks } }
}

/** Warnings about the prompt apart: what the cache has to tell of itself. */
const ofCache = ({ warnings }: ResolvedScaffold) =>
  warnings.filter(({ code }) => ["cache-fault", "corrupt-row", "not-cached"].includes(code))
const codesOf = (resolved: ResolvedScaffold): ReadonlyArray<string> =>
  ofCache(resolved).map(({ code }) => code)

const input: FastCheck.Arbitrary<ResolveInput> = FastCheck.record(
  {
    prompt: anyPrompt.map(write),
    at: FastCheck.constantFrom(
      { provider: "openai" as const, model: "gpt-4o" },
      { provider: "openai" as const, model: "gpt-5.6-sol" },
      { provider: "anthropic" as const, model: "claude-sonnet-5" },
      { provider: "anthropic" as const, model: "nobody knows" }
    ),
    temperature: FastCheck.constantFrom(0, 0.5, 2),
    seed: FastCheck.integer(),
    rulepacks: FastCheck.array(FastCheck.constantFrom("a@1", "b")),
    context: FastCheck.dictionary(FastCheck.string(), FastCheck.jsonValue(), { noNullPrototype: true }).map(
      (value) => JSON.parse(JSON.stringify(value)) as Record<string, unknown> // a dictionary's JSON is an object
    ),
    layout: FastCheck.constantFrom("stable-first" as const, "source" as const)
  },
  { requiredKeys: ["prompt", "at", "temperature", "rulepacks", "layout"] }
).map(({ at, prompt, ...rest }) => inputOf(prompt, { ...at, ...rest }))

const storeFault = new StoreError({ operation: "get", reason: "io" })

describe.each(storages)("a scaffold cache %s", (_, storageLayer) => {
  const on = <A, E>(program: (rig: Rig) => Effect.Effect<A, E, Scope.Scope>, options?: RigOptions) =>
    Effect.scoped(Effect.flatMap(makeRig(storageLayer, options), program))
  const rigged = (options?: RigOptions) => makeRig(storageLayer, options)

  it.effect("misses once, hits from then on, and computes nothing for a hit", () =>
    on(({ cache, renders }) =>
      Effect.gen(function* () {
        const first = yield* cache.resolve(inputOf(prompt()))
        assert.deepStrictEqual([first.outcome, first.cacheHit], ["miss", false])
        for (let i = 0; i < 3; i++) {
          const again = yield* cache.resolve(inputOf(prompt()))
          assert.deepStrictEqual([again.outcome, again.cacheHit], ["hit", true])
          assert.notProperty(again, "miss")
        }
        assert.strictEqual(renders(), 1)
      })
    )
  )

  it.scoped("answers a hit from memory, from the store or by key just as it answered the miss", () =>
    Effect.gen(function* () {
      const { another, cache } = yield* rigged()
      for (const each of FastCheck.sample(input, { numRuns: 30, seed: 3 })) {
        const fresh = yield* cache.resolve(each, { bypass: true })
        const miss = yield* cache.resolve(each)
        const hit = yield* cache.resolve(each)
        const fromStore = yield* Effect.flatMap(another, (other) => other.resolve(each))
        const found = yield* cache.lookup(miss.originalScaffold.hash)
        assert.deepStrictEqual(
          [fresh.outcome, miss.outcome, hit.outcome, fromStore.outcome],
          ["bypass", "miss", "hit", "hit"]
        )
        const expected = substance(miss)
        for (const other of [fresh, hit, fromStore]) assert.deepStrictEqual(substance(other), expected)
        assert.deepStrictEqual(Option.map(found, unsourced), Option.some(unsourced(miss)))
        for (const other of [fresh, miss, hit, fromStore, Option.getOrElse(found, () => miss)]) {
          const text = JSON.stringify(encode(other))
          assert.strictEqual(JSON.stringify(encode(yield* Schema.decode(json)(text))), text)
        }
      }
    })
  )

  it.effect("tells prompts apart by everything that changes the request", () =>
    on(({ cache }) =>
      Effect.gen(function* () {
        const changes: ReadonlyArray<Partial<ResolveInput>> = [
          {},
          { prompt: prompt({ task: "Explain the cache!" }) },
          { model: "gpt-4o-mini" },
          { provider: "anthropic" },
          { temperature: 1 },
          { seed: 1 },
          { rulepacks: ["a@1"] },
          { context: {} },
          { layout: "source" }
        ]
        for (const change of changes) {
          assert.strictEqual((yield* cache.resolve(inputOf(prompt(), change))).outcome, "miss")
        }
        for (const change of changes) {
          assert.strictEqual((yield* cache.resolve(inputOf(prompt(), change))).outcome, "hit")
        }
      })
    )
  )

  it.effect("never answers one tenant from another's scaffolds", () =>
    on(({ cache, renders }) =>
      Effect.gen(function* () {
        const frozen = yield* decodeInput({ prompt: prompt(), provider: "openai", model: "gpt-5.6-sol" })
        const mine = yield* cache.resolve(frozen, { namespace: "mine" })
        yield* cache.resolve(frozen, { namespace: "mine" })
        yield* cache.resolve(frozen, { namespace: "mine" })
        assert.isTrue(Option.isNone(yield* cache.lookup(mine.originalScaffold.hash, { namespace: "theirs" })))
        const theirs = yield* cache.resolve(frozen, { namespace: "theirs" })
        assert.strictEqual(theirs.outcome, "miss")
        assert.notProperty(theirs.miss, "previous")
        assert.notStrictEqual(theirs.resolvedContent, mine.resolvedContent)
        assert.strictEqual(
          (yield* cache.resolve(frozen, { namespace: "mine" })).resolvedContent,
          mine.resolvedContent
        )
        assert.strictEqual(renders(), 2)
        assert.strictEqual(yield* cache.invalidate("all", { namespace: "theirs" }), 1)
        assert.strictEqual((yield* cache.resolve(frozen, { namespace: "mine" })).outcome, "hit")
      })
    )
  )

  it.effect("knows a frozen input by its identity, until its tenant, adapter or cache changes", () =>
    on(({ cache, providers, records }) =>
      Effect.gen(function* () {
        const frozen = yield* decodeInput({ prompt: prompt(), provider: "openai", model: "gpt-4o" })
        const tier = Effect.map(cache.resolve(frozen), ({ outcome }) => [
          outcome,
          records.at(-1)?.metadata?.["tier"]
        ])
        assert.deepStrictEqual(yield* tier, ["miss", "none"])
        assert.deepStrictEqual(yield* tier, ["hit", "memory"])
        assert.deepStrictEqual(yield* tier, ["hit", "input"])
        assert.strictEqual(yield* cache.resolve(frozen), yield* cache.resolve(frozen))

        const adapter = yield* providers.get("openai")
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* providers.register({ ...adapter, version: adapter.version + 1 })
            assert.deepStrictEqual(yield* tier, ["miss", "none"])
          })
        )
        assert.strictEqual((yield* tier)[0], "hit")
        yield* cache.invalidate("all")
        assert.deepStrictEqual(yield* tier, ["miss", "none"])
      })
    )
  )

  it.effect("sees what became of an input that is not frozen", () =>
    on(({ cache }) =>
      Effect.gen(function* () {
        const rulepacks = ["a@1"]
        const context: Record<string, unknown> = { deep: { commit: "1" } }
        const changing = { ...inputOf(prompt(), { rulepacks, context }) }
        const hashes = new Set<Hash>()
        const resolve = Effect.map(cache.resolve(changing), ({ originalScaffold, outcome }) => {
          hashes.add(originalScaffold.hash)
          return outcome
        })
        const steps: ReadonlyArray<() => unknown> = [
          () => undefined,
          () => (changing.prompt = prompt({ task: "Another." })),
          () => (changing.temperature = 1),
          () => rulepacks.push("b@1"),
          () => (context["deep"] = { commit: "2" }),
          () => Object.freeze(changing) && rulepacks.push("c@1"),
          () => Object.freeze(rulepacks) && (context["more"] = true)
        ]
        for (const [i, step] of steps.entries()) {
          step()
          assert.strictEqual(yield* resolve, "miss", `step ${i}`)
          assert.strictEqual(yield* resolve, "hit", `step ${i}`)
          assert.strictEqual(yield* resolve, "hit", `step ${i}`)
        }
        assert.strictEqual(hashes.size, steps.length)
      })
    )
  )

  it.effect("gives every caller what no other caller can change", () =>
    on(({ another, cache }) =>
      Effect.gen(function* () {
        const rulepacks = ["a@1"]
        const each = inputOf(prompt(), {
          provider: "anthropic",
          model: "claude-sonnet-5",
          rulepacks,
          seed: 1
        })
        const before = substance(yield* cache.resolve(each))
        const spoil = (value: unknown, path: string, seen = new Set<unknown>()): void => {
          if (typeof value !== "object" || value === null || seen.has(value)) return
          seen.add(value)
          if (!Option.isOption(value) && path !== "/originalScaffold/context") {
            assert.isTrue(Object.isFrozen(value), `${path} can be changed`)
          }
          for (const [key, inner] of Object.entries(value)) spoil(inner, `${path}/${key}`, seen)
        }
        const miss = yield* cache.resolve({ ...each, prompt: prompt({ guide: "Other." }) })
        assert.isDefined(miss.miss)
        spoil(miss, "")
        spoil(yield* cache.resolve(each), "")
        spoil(yield* Effect.scoped(Effect.flatMap(another, (other) => other.resolve(each))), "")
        rulepacks.push("b@1")
        assert.deepStrictEqual(substance(yield* cache.resolve({ ...each, rulepacks: ["a@1"] })), before)
      })
    )
  )

  it.effect("refuses with strict what it keeps with a warning otherwise", () =>
    on(({ cache, renders }) =>
      Effect.gen(function* () {
        const loose = inputOf(prompt(), { model: "gpt-5.6-sol", temperature: 1 })
        const { warnings } = yield* cache.resolve(loose)
        assert.include(
          warnings.map(({ code }) => code),
          "parameter-dropped"
        )
        const refused = yield* Effect.flip(cache.resolve({ ...loose, strict: true }))
        assert.strictEqual(refused._tag, "UnsupportedParameter")
        assert.strictEqual(
          (yield* Effect.flip(cache.why({ ...loose, strict: true })))._tag,
          "UnsupportedParameter"
        )
        assert.strictEqual((yield* cache.resolve(loose)).outcome, "hit")

        const fitting = inputOf(prompt(), { strict: true })
        assert.strictEqual((yield* cache.resolve(fitting)).outcome, "miss")
        const before = renders()
        assert.strictEqual((yield* cache.resolve({ ...fitting, strict: false })).outcome, "hit")
        assert.strictEqual((yield* cache.resolve(fitting)).outcome, "hit")
        assert.strictEqual(renders(), before)
      })
    )
  )

  it.effect("leaves the cache as it was on a bypass", () =>
    on(({ cache, records }) =>
      Effect.gen(function* () {
        const bypass = cache.resolve(inputOf(prompt()), { bypass: true })
        const empty = yield* cache.stats()
        const first = yield* bypass
        assert.deepStrictEqual([first.outcome, first.cacheHit, first.miss], ["bypass", false, undefined])
        assert.deepStrictEqual(yield* cache.stats(), empty)
        assert.isTrue(Option.isNone(yield* cache.lookup(first.originalScaffold.hash)))

        yield* cache.resolve(inputOf(prompt()))
        const { fileBytes: _, ...one } = yield* cache.stats()
        assert.strictEqual((yield* bypass).outcome, "bypass")
        assert.deepInclude(yield* cache.stats(), one)
        assert.deepStrictEqual(
          records.map(({ outcome }) => outcome),
          ["bypass", "miss", "bypass"]
        )
      })
    )
  )

  it.effect("reads what a prompt includes each time, and names the block that has changed", () =>
    on(({ cache, files, renders }) =>
      Effect.gen(function* () {
        const each = inputOf('<style_guide id="house" src="docs/style.md"/>\n\nDo it.\n')
        files.set("docs/style.md", "Short words.")
        assert.strictEqual((yield* cache.resolve(each)).outcome, "miss")
        assert.strictEqual((yield* cache.resolve(each)).outcome, "hit")
        assert.strictEqual((yield* cache.resolve(Object.freeze({ ...each }))).outcome, "hit")

        files.set("docs/style.md", "Long words.")
        const changed = yield* cache.resolve(each)
        assert.strictEqual(changed.outcome, "miss")
        assert.include(changed.resolvedContent, "Long words.")
        assert.deepStrictEqual(changed.miss?.comparison?.block, {
          change: "changed",
          index: 0,
          type: "style_guide",
          name: "house",
          line: 1,
          oldHash: sha256("Short words."),
          newHash: sha256("Long words.")
        })
        assert.match(changed.miss?.summary ?? "", /^Block 1, style_guide "house" \(line 1\) was changed/)

        files.set("docs/style.md", "Short words.")
        assert.strictEqual((yield* cache.resolve(each)).outcome, "hit")
        assert.strictEqual(renders(), 2)
      })
    )
  )

  it.effect("says why an input would miss just as its miss does, and stores nothing", () =>
    on(({ cache }) =>
      Effect.gen(function* () {
        const each = inputOf(prompt(), { provider: "anthropic", model: "claude-sonnet-5" })
        const inputs = [each, { ...each, prompt: prompt({ guide: "Other." }) }, { ...each, temperature: 1 }]
        for (const one of inputs) {
          const { entries } = yield* cache.stats()
          const why = yield* cache.why(one)
          assert.strictEqual((yield* cache.stats()).entries, entries)
          const { miss } = yield* cache.resolve(one)
          assert.deepStrictEqual(why, Option.some(miss))
          assert.isTrue(Option.isNone(yield* cache.why(one)))
        }
      })
    )
  )

  it.effect("explains a miss by the earlier prompt that shares the longest beginning with it", () =>
    on(({ cache }) =>
      Effect.gen(function* () {
        const anthropic = { provider: "anthropic", model: "claude-sonnet-5" } as const
        const near = yield* cache.resolve(inputOf(prompt({ task: "One." }), anthropic))
        yield* cache.resolve(inputOf(prompt({ guide: "Far.", task: "Two." }), anthropic))
        yield* cache.resolve(inputOf(prompt({ task: "Two." }), { ...anthropic, model: "claude-opus-4-8" }))
        const { miss } = yield* cache.resolve(inputOf(prompt({ task: "Two." }), anthropic))
        assert.strictEqual(miss?.previous?.hash, near.originalScaffold.hash)
        assert.deepInclude(miss?.comparison?.block, { change: "changed", index: 2, name: "task", line: 7 })
        assert.isAbove(miss?.comparison?.tokensKept ?? 0, 50)
        assert.deepStrictEqual(miss?.rereadCost, Option.some(0))
        assert.match(miss?.summary ?? "", / The provider would not have kept them\.$/)
      })
    )
  )

  it.effect("prices what the provider would have kept, and only that", () =>
    on(({ cache }) =>
      Effect.gen(function* () {
        const anthropic = { provider: "anthropic", model: "claude-sonnet-5" } as const
        const guide = "Name things after what they hold. ".repeat(400)
        yield* cache.resolve(inputOf(prompt({ guide }), anthropic))
        const { miss, tokens } = yield* cache.resolve(
          inputOf(prompt({ guide: `${guide}Always.` }), anthropic)
        )
        // the context behind it is read anew at every call, whatever happens to the guide
        const perToken = (2 - 0.2) / 1e6
        const expected = (tokens.perBlock[1] ?? 0) * perToken
        assert.isTrue(
          Option.exists(miss?.rereadCost ?? Option.none(), (usd) => Math.abs(usd - expected) < 1e-9)
        )
      })
    )
  )

  it.effect("prices a scaffold anew when the lists of prices have changed", () => {
    let version = "old"
    return on(
      ({ another, cache, storage }) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* cache.resolve(inputOf(prompt()))).outcome, "miss")
          version = "new"
          const updated = yield* another
          const repriced = yield* updated.resolve(inputOf(prompt()))
          assert.strictEqual(repriced.outcome, "miss")
          assert.match(repriced.miss?.summary ?? "", /out of date/)
          assert.strictEqual((yield* storage.stats("default")).entries, 1)
          assert.strictEqual((yield* (yield* another).resolve(inputOf(prompt()))).outcome, "hit")
        }),
      { prices: (list) => ({ ...list, version }) }
    )
  })

  it.effect("has nothing to compare the first prompt with, and names a parameter that changed", () =>
    on(({ cache }) =>
      Effect.gen(function* () {
        const { miss } = yield* cache.resolve(inputOf(prompt()))
        assert.deepStrictEqual(miss, {
          summary: "Nothing to compare with: the first prompt of this project for this provider and model.",
          rereadCost: Option.none()
        })
        const seeded = yield* cache.resolve(inputOf(prompt(), { seed: 7 }))
        assert.strictEqual(seeded.miss?.summary, "The blocks are the same; seed null -> 7 changed.")
      })
    )
  )

  it.effect("answers with a warning while the store cannot be read, and does not ask it to compare", () => {
    let broken = true
    return on(
      ({ cache }) =>
        Effect.gen(function* () {
          const first = yield* cache.resolve(inputOf(prompt()))
          assert.strictEqual(first.outcome, "miss")
          assert.deepStrictEqual(ofCache(first), [{ code: "cache-fault", message: storeFault.message }])
          assert.strictEqual(
            (yield* Effect.flip(cache.lookup(first.originalScaffold.hash)))._tag,
            "StoreError"
          )
          broken = false
          const next = yield* cache.resolve(inputOf(prompt()))
          assert.deepStrictEqual([next.outcome, codesOf(next)], ["hit", []])
        }),
      {
        storage: (storage) => ({
          ...storage,
          unsafeGet: (...key) => (broken ? storeFault : storage.unsafeGet(...key)),
          get: (...key) => (broken ? storeFault : storage.get(...key)),
          recent: (...what) => (broken ? storeFault : storage.recent(...what))
        })
      }
    )
  })

  it.effect("answers with a warning while the store cannot be written, and keeps what comes after", () => {
    let broken = true
    return on(
      ({ cache, renders }) =>
        Effect.gen(function* () {
          for (const times of [1, 2]) {
            const each = yield* cache.resolve(inputOf(prompt()))
            assert.strictEqual(each.outcome, "miss")
            assert.deepStrictEqual(ofCache(each), [{ code: "not-cached", message: storeFault.message }])
            assert.strictEqual(renders(), times)
          }
          broken = false
          assert.deepStrictEqual(codesOf(yield* cache.resolve(inputOf(prompt()))), [])
          assert.strictEqual((yield* cache.resolve(inputOf(prompt()))).outcome, "hit")
        }),
      { storage: (storage) => ({ ...storage, put: (row) => (broken ? storeFault : storage.put(row)) }) }
    )
  })

  describe("with a row that is not what was written", () => {
    const alterations: ReadonlyArray<readonly [string, (row: NewScaffold) => NewScaffold]> = [
      ["content", (row) => ({ ...row, meta: row.meta.replace('"tokenCount":', '"tokenCount":1') })],
      ["digest", (row) => ({ ...row, digest: sha256("another") })],
      ["version", (row) => ({ ...row, version: 0 })],
      ["earlier version", (row) => ({ ...row, version: 1 })],
      ["token count", (row) => ({ ...row, tokens: row.tokens + 1 })],
      ["price", (row) => ({ ...row, cost: null })],
      ["price list", (row) => ({ ...row, prices: "another" })]
    ]
    it.scoped.each(alterations)("takes one of another %s out of service and resolves afresh", ([, alter]) =>
      Effect.gen(function* () {
        let altering = true
        const { another, cache } = yield* rigged({
          storage: (storage) => ({ ...storage, put: (row) => storage.put(altering ? alter(row) : row) })
        })
        const { originalScaffold, resolvedContent, tokenCount } = yield* cache.resolve(inputOf(prompt()))
        altering = false
        assert.isTrue(Option.isNone(yield* cache.lookup(originalScaffold.hash)))

        const second = yield* another
        assert.isTrue(Option.isSome(yield* second.why(inputOf(prompt()))))
        const afresh = yield* second.resolve(inputOf(prompt()))
        assert.deepStrictEqual(
          [afresh.outcome, codesOf(afresh), afresh.resolvedContent, afresh.tokenCount],
          ["miss", ["corrupt-row"], resolvedContent, tokenCount]
        )
        assert.strictEqual((yield* second.stats()).quarantined, 1)
        const hit = yield* Effect.flatMap(another, (third) => third.resolve(inputOf(prompt())))
        assert.deepStrictEqual([hit.outcome, codesOf(hit)], ["hit", []])
        assert.isTrue((yield* second.verify).ok)
      })
    )

    it.scoped("serves another tenant's row to nobody, even if it comes to lie under his name", () =>
      Effect.gen(function* () {
        const { another, cache, storage } = yield* rigged({
          storage: (storage) => ({
            ...storage,
            put: (row) =>
              storage.put({ ...row, namespace: row.namespace === "theirs" ? "mine" : row.namespace })
          })
        })
        const each = inputOf(prompt(), { model: "gpt-5.6-sol" })
        const theirs = yield* cache.resolve(each, { namespace: "theirs" })
        const { hash } = theirs.originalScaffold
        assert.isDefined(storage.unsafeGet("mine", hash))
        const cold = yield* another
        assert.isTrue(Option.isNone(yield* cold.lookup(hash, { namespace: "mine" })))
        const mine = yield* cold.resolve(each, { namespace: "mine" })
        assert.deepStrictEqual([mine.outcome, codesOf(mine).at(-1)], ["miss", "corrupt-row"])
        assert.notStrictEqual(mine.resolvedContent, theirs.resolvedContent)
      })
    )

    it.scoped("finds a row whose block or header is gone wrong when everything is verified", () =>
      Effect.gen(function* () {
        const { cache, another } = yield* rigged({
          storage: (storage) => ({
            ...storage,
            put: (row) =>
              storage.put({
                ...row,
                header: row.model === "gpt-4o-mini" ? row.header.replace("mini", "maxi") : row.header,
                blocks: row.blocks.map((block) => ({
                  ...block,
                  content: block.content.replace("bad", "sad")
                }))
              })
          })
        })
        yield* cache.resolve(inputOf(prompt()))
        const header = yield* cache.resolve(inputOf(prompt(), { model: "gpt-4o-mini" }))
        const block = yield* cache.resolve(inputOf(prompt({ task: "bad" })))
        for (const { originalScaffold } of [header, block]) {
          assert.isTrue(Option.isNone(yield* cache.lookup(originalScaffold.hash)))
        }
        const report = yield* cache.verify
        assert.isFalse(report.ok)
        assert.sameDeepMembers(
          report.corrupt.map(({ key, kind }) => [kind, key]),
          [
            ["block", sha256("bad")],
            ["entry", block.originalScaffold.hash],
            ["entry", header.originalScaffold.hash]
          ]
        )
        const after = yield* another
        assert.strictEqual((yield* after.resolve(inputOf(prompt({ task: "bad" })))).outcome, "miss")
        assert.strictEqual((yield* after.resolve(inputOf(prompt()))).outcome, "hit")
      })
    )

    it.scoped("names the version of a row from a newer Aegis, and never hits it", () =>
      Effect.gen(function* () {
        const newer = (row: NewScaffold): NewScaffold => ({
          ...row,
          version: 3,
          digest: sha256(
            `${row.hash}\n3\n${JSON.stringify(row.namespace)}\n${row.tokens} ${row.cost} ${JSON.stringify(row.prices)}\n${row.meta}`
          )
        })
        const { another, cache } = yield* rigged({
          storage: (storage) => ({ ...storage, put: (row) => storage.put(newer(row)) })
        })
        const first = yield* cache.resolve(inputOf(prompt()))
        const error = yield* Effect.flip(cache.lookup(first.originalScaffold.hash))
        assert.strictEqual(error._tag, "SchemaTooNew")
        assert.include(error.message, "has version 3; this Aegis reads up to 2")
        const next = yield* Effect.flatMap(another, (other) => other.resolve(inputOf(prompt())))
        assert.deepStrictEqual([next.outcome, codesOf(next)], ["miss", []])
        assert.deepStrictEqual(substance(next), substance(first))
        assert.isTrue((yield* cache.verify).ok)
      })
    )

    it.scoped("reads a row of version 1, finds it sound, and puts one of its own version in its place", () =>
      Effect.gen(function* () {
        const older = (row: NewScaffold): NewScaffold => ({
          ...row,
          version: 1,
          ...{ prices: "", tokens: 0, cost: null }, // the columns of later
          digest: sha256(`${row.hash}\n1\n${JSON.stringify(row.namespace)}\n${row.meta}`)
        })
        let ageing = true
        const { another, cache } = yield* rigged({
          storage: (storage) => ({ ...storage, put: (row) => storage.put(ageing ? older(row) : row) })
        })
        const first = yield* cache.resolve(inputOf(prompt()))
        const { hash } = first.originalScaffold
        assert.isTrue((yield* cache.verify).ok)
        const found = Option.getOrThrow(yield* cache.lookup(hash))
        assert.deepStrictEqual(substance(found), substance(first))
        ageing = false
        const outcomes = yield* Effect.forEach([1, 2], () =>
          Effect.flatMap(another, (other) => other.resolve(inputOf(prompt())))
        )
        assert.deepStrictEqual(
          outcomes.map(({ outcome }) => outcome),
          ["miss", "hit"]
        )
        assert.strictEqual((yield* cache.stats()).quarantined, 0)
      })
    )
  })

  it.effect("keeps its ledger: a record for each operation, with its tier, price and time", () =>
    on(({ cache, records }) =>
      Effect.gen(function* () {
        const miss = yield* cache.resolve(inputOf(prompt()))
        yield* cache.resolve(inputOf(prompt()))
        yield* Effect.flip(cache.resolve(inputOf("<nope>\n")))
        const { hash, id, model, provider } = miss.originalScaffold
        const record = {
          scaffoldId: id,
          operation: "resolve",
          tokenCount: miss.tokenCount,
          cost: miss.estimatedCost,
          latency: 0 as Millis, // a clock that stands still
          latencies: { lookup: Option.some(0 as Millis), provider: Option.none(), firstToken: Option.none() },
          namespace: "default",
          provider,
          model,
          at: 0
        } as const
        const metadata = { hash }
        assert.deepStrictEqual(records, [
          { ...record, outcome: "miss", cacheHit: false, metadata: { ...metadata, tier: "none" } },
          { ...record, outcome: "hit", cacheHit: true, metadata: { ...metadata, tier: "memory" } }
        ])
      })
    )
  )

  it.effect("counts lookups and tells the rate of hits", () =>
    on(({ cache }) =>
      Effect.gen(function* () {
        assert.deepStrictEqual((yield* cache.stats()).hitRate, Option.none())
        for (let i = 0; i < 4; i++) yield* cache.resolve(inputOf(prompt()))
        const { hitRate, lookups, memory } = yield* cache.stats()
        assert.deepStrictEqual(hitRate, Option.some(0.75))
        assert.deepInclude(lookups, { hit: 3, miss: 1 })
        assert.strictEqual(memory.entries, 1)
        assert.isAbove(memory.bytes, 500)
        assert.strictEqual((yield* cache.stats({ namespace: "other" })).entries, 0)
      })
    )
  )

  it.effect("keeps no more in memory than it may, and hits in the store what fell out", () =>
    on(
      ({ cache, records }) =>
        Effect.gen(function* () {
          const inputs = Array.from({ length: 10 }, (_, i) => inputOf(prompt({ task: `${i}` })))
          yield* Effect.forEach(inputs, (each) => cache.resolve(each))
          const { memory } = yield* cache.stats()
          assert.isAtMost(memory.bytes, memory.maxBytes)
          assert.isBelow(memory.entries, 10)
          assert.isAbove(memory.entries, 0)
          const first = yield* cache.resolve(inputOf(prompt({ task: "0" })))
          assert.deepStrictEqual([first.outcome, records.at(-1)?.metadata?.["tier"]], ["hit", "disk"])
        }),
      { settings: { memoryBytes: 20_000 } }
    )
  )

  it.effect("prunes by hand, and plans it without doing it", () =>
    on(({ cache }) =>
      Effect.gen(function* () {
        const inputs = Array.from({ length: 5 }, (_, i) => inputOf(prompt({ task: `${i}` })))
        yield* Effect.forEach(inputs, (each) => cache.resolve(each))
        const plan = yield* cache.prune({ maxEntries: 2 }, { dryRun: true })
        assert.deepStrictEqual([plan.dryRun, plan.entries, (yield* cache.stats()).entries], [true, 3, 5])
        assert.deepStrictEqual(yield* cache.prune({ maxEntries: 2 }), { ...plan, dryRun: false })
        const outcomes = yield* Effect.forEach([4, 3, 0], (i) =>
          cache.resolve(inputOf(prompt({ task: `${i}` })))
        )
        assert.deepStrictEqual(
          outcomes.map(({ outcome }) => outcome),
          ["hit", "hit", "miss"]
        )
      })
    )
  )

  it.scoped("rotates by itself what has not been used, once enough has been added", () =>
    Effect.gen(function* () {
      const { cache } = yield* rigged({ settings: { maxEntries: 10 } })
      const first = inputOf("0")
      for (let i = 0; i < rotateEvery; i++) {
        yield* cache.resolve(inputOf(`${i}`))
        yield* cache.resolve(first)
        yield* TestClock.adjust("1 second")
      }
      yield* Effect.repeat(Effect.zipRight(Effect.yieldNow(), cache.stats()), {
        until: ({ entries }) => entries <= 10,
        times: 1000
      })
      const { entries } = yield* cache.stats()
      // a tenth below the limit, so that the next few do not pass it again
      assert.strictEqual(entries, 9)
      yield* cache.invalidate(sha256("nothing"))
      assert.strictEqual((yield* cache.resolve(first)).outcome, "hit")
    })
  )

  it.effect("fails with the prompt's own error, and keeps nothing of it", () =>
    on(
      ({ cache, files, renders }) =>
        Effect.gen(function* () {
          files.set("big", "x".repeat(10_001)).set("half", "\ud800")
          const tags = yield* Effect.forEach(
            [
              inputOf("<requirements>\nopen"),
              inputOf("x".repeat(10_001)),
              inputOf("é".repeat(5_001)),
              inputOf('<file_map src="big" content="full"/>'),
              inputOf("half \ud800"),
              inputOf('<style_guide src="half"/>'),
              inputOf("x", { context: { at: [Number.NaN] } }),
              inputOf("x", { model: "\udfff" }),
              inputOf("x", { provider: "mine" as "openai" }) // a provider that nobody has registered
            ],
            (each) =>
              Effect.map(Effect.flip(cache.resolve(each)), (error) => `${error._tag}: ${error.message}`)
          )
          assert.deepStrictEqual(
            tags.map((text) => text.split(":")[0]),
            [
              "PromptSyntaxError",
              "PromptTooLarge",
              "PromptTooLarge",
              "PromptTooLarge",
              "CanonicalError",
              "CanonicalError",
              "CanonicalError",
              "CanonicalError",
              "ProviderNotFound"
            ]
          )
          assert.include(tags[4], '"/prompt"')
          assert.include(tags[5], '"/prompt/half"')
          assert.include(tags[6], '"/context/at/0"')
          assert.strictEqual(renders(), 0)
          assert.strictEqual((yield* cache.stats()).entries, 0)
          assert.strictEqual((yield* cache.resolve(inputOf("x".repeat(10_000)))).outcome, "miss")
        }),
      { settings: { maxPromptBytes: 10_000 } }
    )
  )

  it.effect("takes from the prompt's front matter what the input leaves out", () =>
    on(({ cache, files }) =>
      Effect.gen(function* () {
        files.set("empty", "")
        const front = "---\nprovider: anthropic\nmodel: claude-sonnet-5\ntemperature: 1\n---\n"
        const resolve = (each: object) =>
          resolveScaffold(each as { prompt: string; provider: "openai"; model: string }) // the rest stands in the prompt
        const { originalScaffold } = yield* resolve({ prompt: `${front}Hello.`, temperature: 0.5 })
        assert.deepInclude(originalScaffold, {
          provider: "anthropic",
          model: "claude-sonnet-5",
          temperature: 0.5
        })
        const wrong = yield* Effect.flip(
          resolve({ prompt: `---\ntemperature: [\n---\nHello.`, provider: "openai", model: "gpt-4o" })
        )
        assert.deepInclude(wrong, { _tag: "PromptSyntaxError", reason: "front-matter" })
        const empty = yield* Effect.flip(cache.resolve(inputOf('<style_guide src="empty"/>\n')))
        assert.deepInclude(empty, { _tag: "PromptSyntaxError", reason: "empty-prompt" })
      }).pipe(Effect.provideService(ScaffoldCache, cache))
    )
  )

  it.effect("is asked with an input as it comes, and says which field of it is wrong", () =>
    on(({ cache }) =>
      Effect.gen(function* () {
        const plain = { prompt: "Hello.", provider: "openai", model: "gpt-4o" } as const
        const { originalScaffold } = yield* resolveScaffold(plain)
        assert.deepInclude(originalScaffold, { temperature: 0, layout: "stable-first" })
        assert.strictEqual((yield* resolveScaffold(plain)).outcome, "hit")
        const wrong: ReadonlyArray<readonly [object, string]> = [
          [{ ...plain, temperature: 3 }, "/temperature"],
          [{ ...plain, provider: "secret" }, "/provider"],
          [{ provider: "openai", model: "gpt-4o" }, "/prompt"],
          [{ ...plain, prompt: { secret: 1 } }, "/prompt"],
          [{ ...plain, modle: "secret" }, "/modle"],
          [{ ...plain, rulepacks: [1] }, "/rulepacks/0"]
        ]
        for (const [each, path] of wrong) {
          const error = yield* Effect.flip(resolveScaffold(each as typeof plain)) // what a caller in JavaScript may pass
          assert.deepInclude(error, { _tag: "InvalidInput", path })
          assert.notInclude(error.message, "secret")
        }
      }).pipe(Effect.provideService(ScaffoldCache, cache))
    )
  )
})
