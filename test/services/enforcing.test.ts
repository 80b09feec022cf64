/** What is judged once is not judged again, and nothing else is taken for it. */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { RuleChanges } from "../../src/domain/RuleChanges.js"
import { changeRules } from "../../src/enforce/changeRules.js"
import type { Pack } from "../../src/enforce/PackedRule.js"
import { sha256 } from "../../src/prompt/digest.js"
import * as Enforcer from "../../src/services/Enforcer.js"
import { type RuleEngine, RuleEngines, type Source } from "../../src/services/RuleEngines.js"
import * as Rulepacks from "../../src/services/Rulepacks.js"
import * as VerdictMemo from "../../src/services/VerdictMemo.js"
import { house, patterns } from "../enforce/support/patterns.js"

/** The engine of patterns, and how often it was made ready and asked. */
const counted = (engine: RuleEngine = patterns) => {
  const counts = { prepared: 0, judged: 0 }
  const counting: RuleEngine = {
    ...engine,
    prepare: (rules) =>
      Effect.map(engine.prepare(rules), (judge) => {
        counts.prepared += 1
        return {
          ...judge,
          text: (source, due) => {
            counts.judged += 1
            return judge.text(source, due)
          }
        }
      })
  }
  return { counts, engine: counting }
}

const gate = (memo: VerdictMemo.VerdictMemo["Type"], engine: RuleEngine, packs: ReadonlyArray<Pack>) =>
  Layer.provide(Enforcer.layer, [
    Layer.succeed(RuleEngines, [engine]),
    Rulepacks.layerMemory(packs),
    Layer.succeed(VerdictMemo.VerdictMemo, memo)
  ])

/** One run of the gate, as a process of its own does it, over what all runs share. */
const run = (
  memo: VerdictMemo.VerdictMemo["Type"],
  engine: RuleEngine,
  sources: ReadonlyArray<Source>,
  { fresh = false, packs = [house] }: { readonly fresh?: boolean; readonly packs?: ReadonlyArray<Pack> } = {}
) =>
  Effect.gen(function* () {
    const enforcer = yield* Enforcer.Enforcer
    const { judge } = yield* enforcer.prepare(
      packs.map(({ file }) => file.id),
      { fresh }
    )
    return yield* Effect.forEach(sources, judge)
  }).pipe(Effect.provide(gate(memo, engine, packs)))

/** The same over a stream of texts, which is read no further than to the last that is taken. */
const runFiles = (
  memo: VerdictMemo.VerdictMemo["Type"],
  engine: RuleEngine,
  sources: Stream.Stream<Source>,
  taken = Number.MAX_SAFE_INTEGER
) =>
  Effect.gen(function* () {
    const enforcer = yield* Enforcer.Enforcer
    const prepared = yield* enforcer.prepare([house.file.id])
    const verdicts = yield* enforcer
      .enforceFiles(sources, prepared)
      .pipe(Stream.take(taken), Stream.runCollect)
    return Chunk.toReadonlyArray(verdicts)
  }).pipe(Effect.provide(gate(memo, engine, [house])))

const bad = { path: "a.ts", text: "var a = 1\n" }
const good = { path: "b.ts", text: "const b = 1\n" }

const changed = (pack: Pack, changes: RuleChanges) => changeRules(pack, changes, "aegis.config.json")

describe("verdicts that are kept", () => {
  it.effect("are given again, and no engine is made ready for them", () =>
    Effect.gen(function* () {
      const memo = VerdictMemo.makeMemory()
      const { counts, engine } = counted()
      const first = yield* run(memo, engine, [bad, good])
      assert.deepStrictEqual(counts, { prepared: 1, judged: 2 })
      assert.deepStrictEqual(yield* run(memo, engine, [bad, good]), first)
      assert.deepStrictEqual(counts, { prepared: 1, judged: 2 })
      yield* run(memo, engine, [bad, { ...good, text: "const b = 2\n" }])
      assert.deepStrictEqual(counts, { prepared: 2, judged: 3 })
    })
  )

  it.effect(
    "come with those of texts that nobody knows in the order of the texts, and only these are judged",
    () =>
      Effect.gen(function* () {
        const sources = Array.from({ length: 12 }, (_, index) => ({
          path: `${index}.ts`,
          text: "var a = 1\n"
        }))
        const some = FastCheck.subarray(sources)
        for (const [before, chunks] of FastCheck.sample(
          FastCheck.tuple(some, FastCheck.integer({ min: 1, max: 12 })),
          40
        )) {
          const memo = VerdictMemo.makeMemory()
          const { counts, engine } = counted()
          yield* run(memo, engine, before)
          counts.judged = 0
          const given = Stream.rechunk(Stream.fromIterable(sources), chunks)
          const verdicts = yield* runFiles(memo, engine, given)
          assert.deepStrictEqual(
            verdicts.map(({ findings, source }) => [source, findings.map(({ path }) => path)]),
            sources.map((source) => [source, [source.path]])
          )
          assert.strictEqual(counts.judged, sources.length - before.length)
        }
      })
  )

  it.effect("are given before the fault of a text behind them", () =>
    Effect.gen(function* () {
      const memo = VerdictMemo.makeMemory()
      yield* run(memo, patterns, [bad])
      const given = Stream.make(bad, { path: "b.ts", text: "crash" })
      assert.lengthOf(yield* runFiles(memo, patterns, given, 1), 1)
      assert.strictEqual((yield* Effect.flip(runFiles(memo, patterns, given)))._tag, "EngineFault")
    })
  )

  it.effect("are of a path, a text, a prompt, the pack and what the project changes in it", () =>
    Effect.gen(function* () {
      const memo = VerdictMemo.makeMemory()
      const { counts, engine } = counted()
      const prompt = { blocks: [], provider: "openai", model: "gpt-5" }
      const others: ReadonlyArray<readonly [Source, Pack]> = [
        [bad, house],
        [{ ...bad, path: "c.ts" }, house],
        [{ ...bad, text: `${bad.text} ` }, house],
        [{ ...bad, prompt }, house],
        [{ ...bad, prompt: { ...prompt, model: "gpt-5-mini" } }, house],
        [bad, { ...house, hash: sha256("another one") }],
        [bad, yield* changed(house, { "house/no-var": { severity: "info" } })]
      ]
      for (const [index, [source, pack]] of others.entries()) {
        yield* run(memo, engine, [source, source], { packs: [pack] })
        assert.strictEqual(counts.judged, index + 1)
      }
    })
  )

  it.effect("do not count, and none is kept, where everything is judged afresh", () =>
    Effect.gen(function* () {
      const memo = VerdictMemo.makeMemory()
      const { counts, engine } = counted()
      yield* run(memo, engine, [bad], { fresh: true })
      yield* run(memo, engine, [bad])
      yield* run(memo, engine, [bad], { fresh: true })
      assert.deepStrictEqual(counts, { prepared: 3, judged: 3 })
    })
  )

  it.effect("are none of an engine that cannot tell what its rules depend on", () =>
    Effect.gen(function* () {
      const memo = VerdictMemo.makeMemory()
      const { counts, engine } = counted({ ...patterns, stateOf: () => Effect.succeed(undefined) })
      yield* run(memo, engine, [bad])
      yield* run(memo, engine, [bad])
      assert.deepStrictEqual(counts, { prepared: 2, judged: 2 })
      let state = "tokens"
      const other = counted({ ...patterns, stateOf: () => Effect.sync(() => state) })
      yield* run(memo, other.engine, [bad])
      yield* run(memo, other.engine, [bad])
      assert.strictEqual(other.counts.judged, 1)
      state = "other tokens"
      yield* run(memo, other.engine, [bad])
      assert.strictEqual(other.counts.judged, 2)
    })
  )

  it.effect("are none of a text with lone surrogates: two of them have one digest", () =>
    Effect.gen(function* () {
      const memo = VerdictMemo.makeMemory()
      const { counts, engine } = counted()
      yield* run(memo, engine, [
        { path: "a.ts", text: "\ud800" },
        { path: "a.ts", text: "\ud801" }
      ])
      assert.strictEqual(counts.judged, 2)
    })
  )

  it.effect("hide no fault: what could not be judged is asked for again", () =>
    Effect.gen(function* () {
      const memo = VerdictMemo.makeMemory()
      const crash = { path: "a.ts", text: "crash" }
      for (const _ of [1, 2]) {
        const error = yield* Effect.flip(run(memo, patterns, [crash]))
        assert.strictEqual(error._tag, "EngineFault")
      }
    })
  )
})

describe("what a project changes in a pack", () => {
  it.effect("is told with the pack, and makes another one of it", () =>
    Effect.gen(function* () {
      const pack = yield* changed(house, {
        "house/no-var": { severity: "info", ignores: ["old/**"] },
        "house/crash": "off",
        "other/rule": "off"
      })
      assert.deepStrictEqual(pack.changed, ["crash", "no-var"])
      assert.notStrictEqual(pack.hash, house.hash)
      const rule = pack.file.rules.find(({ id }) => id === "no-var")
      assert.strictEqual(rule?.severity, "info")
      assert.deepStrictEqual(rule?.ignores, ["old/**"])
      assert.isFalse(pack.file.rules.some(({ id }) => id === "crash"))
      assert.strictEqual(yield* changed(house, { "other/rule": "off" }), house)
    })
  )

  it.effect("adds to the files that a rule leaves out", () =>
    Effect.gen(function* () {
      const once = yield* changed(house, { "house/no-var": { ignores: ["a/**"] } })
      const twice = yield* changed(once, { "house/no-var": { ignores: ["b/**"] } })
      assert.deepStrictEqual(twice.file.rules.find(({ id }) => id === "no-var")?.ignores, ["a/**", "b/**"])
    })
  )

  it.effect.each<readonly [string, RuleChanges[string], RegExp]>([
    [
      "house/no-vra",
      "off",
      /"house\/no-vra", and the pack has no such rule\. Did you mean "house\/no-var"\?/
    ],
    ["house/no-var", { kind: "selector" }, /"kind" of house\/no-var cannot be changed/],
    [
      "house/no-var",
      { severity: "fatal" },
      /"rules" of "house\/no-var": "severity" is not what it should be/
    ],
    ["house/no-var", { limit: 3 }, /"rules" of "house\/no-var": "limit" is not known/],
    ["house/no-var", { ignores: "a/**" }, /"ignores" is not what it should be/]
  ])("is refused where it does not fit: %s %j", ([name, change, message]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(changed(house, { [name]: change }))
      assert.match(error.message, message)
      assert.match(error.message, /^aegis\.config\.json/)
    })
  )
})
