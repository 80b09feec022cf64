/** Commands as Effects, over services in memory. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { layerTest } from "../../layers/AegisTest.js"
import { cacheInvalidate } from "../../src/cli/cacheInvalidate.js"
import { cachePrune } from "../../src/cli/cachePrune.js"
import { cacheResolve } from "../../src/cli/cacheResolve.js"
import { cacheStats } from "../../src/cli/cacheStats.js"
import { cacheVerify } from "../../src/cli/cacheVerify.js"
import { cacheWhy } from "../../src/cli/cacheWhy.js"
import type { Check } from "../../src/cli/Checks.js"
import { Checks } from "../../src/cli/Checks.js"
import { doctor } from "../../src/cli/doctor.js"
import { Files } from "../../src/cli/Files.js"
import { init } from "../../src/cli/init.js"
import { flagsOf } from "../../src/cli/options.js"
import * as Output from "../../src/cli/Output.js"
import * as Progress from "../../src/cli/Progress.js"
import type { PromptOptions } from "../../src/cli/promptInput.js"
import { onlyFile, promptInput } from "../../src/cli/promptInput.js"
import { run } from "../../src/cli/run.js"
import { schema } from "../../src/cli/schema.js"
import { UsageError } from "../../src/cli/UsageError.js"
import { ProviderUnavailable } from "../../src/domain/ProviderErrors.js"
import type { TokenCount } from "../../src/domain/Measures.js"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import { Executor } from "../../src/services/Executor.js"
import { ScaffoldCache } from "../../src/services/ScaffoldCache.js"

const prompt = `---
provider: openai
model: gpt-5.4
temperature: 0.5
seed: 7
rulepacks: [redaction@1.0.0]
context: { branch: main }
layout: source
---
<requirements>
Be brief.
</requirements>
<style_guide id="house" src="style.md"/>
Why?
`

/** A command line's surroundings: files in memory, and what was written to stdout. */
const surroundings = (
  options: {
    readonly json?: boolean
    readonly files?: Map<string, string>
    readonly terminal?: boolean
    readonly width?: number
  } = {}
) => {
  const written: Array<string> = []
  const files = options.files ?? new Map([["a.md", prompt]])
  const layer = Layer.mergeAll(
    Output.layerMemory(written, options.json === true, { color: false, width: options.width ?? 120 }),
    Progress.layerSilent,
    Layer.succeed(Files, {
      cwd: "/project",
      stdinIsTerminal: options.terminal === true,
      read: (path) => {
        const text = files.get(path)
        return text === undefined
          ? Effect.fail(new UsageError({ problem: `There is no file "${path}"`, fix: "Check it." }))
          : Effect.succeed(text)
      },
      exists: (path) => Effect.succeed(files.has(path)),
      create: (path, text) =>
        Effect.sync(() => {
          if (files.has(path)) return false
          files.set(path, text)
          return true
        }),
      write: () => Effect.dieMessage("not asked for here"),
      replace: () => Effect.dieMessage("not asked for here"),
      lines: () => Effect.dieMessage("not asked for here")
    })
  )
  return { written, files, layer, text: () => written.join("") }
}

const aegis = layerTest({ files: { "style.md": "Short names." } })

describe("aegis, over services in memory", () => {
  it.effect("prints a result whose context is deeper than JSON.stringify can go", () => {
    const depth = 50_000
    const { layer, text } = surroundings({ json: true })
    const context = `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`
    return Effect.gen(function* () {
      yield* cacheResolve({ ...onlyFile("a.md"), context: Option.some(context) })
      assert.include(text(), `"context":${context}`)
      assert.include(text(), '"outcome":"miss"')
    }).pipe(Effect.provide(layer), Effect.provide(aegis))
  })

  it.effect("takes everything that flags leave open from the front matter", () =>
    Effect.gen(function* () {
      const { input, options } = yield* promptInput(onlyFile("a.md"))
      assert.deepStrictEqual(input, {
        prompt,
        provider: "openai",
        model: "gpt-5.4",
        temperature: 0.5,
        seed: 7,
        rulepacks: ["redaction@1.0.0"],
        context: { branch: "main" },
        layout: "source",
        strict: false
      })
      assert.deepStrictEqual(options, { namespace: "default", bypass: false, file: "a.md" })
    }).pipe(Effect.provide(surroundings().layer), Effect.provide(aegis))
  )

  it.effect("takes flags over the front matter, and the front matter over every other setting", () =>
    Effect.gen(function* () {
      const { root, settings } = yield* AegisConfig
      const given: PromptOptions = {
        ...onlyFile("a.md"),
        seed: Option.some(8),
        rulepacks: ["other"],
        context: Option.some('{"branch":"next"}'),
        strict: true,
        bypass: true
      }
      const config = {
        root,
        settings: { ...settings, model: "flagged", layout: "stable-first" as const },
        origins: new Map([
          ["model", "--model"],
          ["layout", "AEGIS_LAYOUT"]
        ] as const)
      }
      const { input, options } = yield* Effect.provideService(promptInput(given), AegisConfig, config)
      assert.deepStrictEqual(
        [input.model, input.layout, input.seed, input.rulepacks, input.context, input.strict, options.bypass],
        ["flagged", "source", 8, ["other"], { branch: "next" }, true, true]
      )
    }).pipe(Effect.provide(surroundings().layer), Effect.provide(aegis))
  )

  it.effect(
    "refuses a context that is no JSON object, an option for a file, and a terminal for a prompt",
    () =>
      Effect.gen(function* () {
        const refusal = (options: Partial<PromptOptions>, terminal = false) =>
          Effect.map(
            Effect.flip(
              Effect.provide(
                promptInput({ ...onlyFile("a.md"), ...options }),
                surroundings({
                  terminal,
                  files: new Map([
                    ["a.md", prompt],
                    ["-", prompt]
                  ])
                }).layer
              )
            ),
            ({ message }) => message
          )
        for (const context of ["[]", "null", "3", "{"]) {
          assert.match(yield* refusal({ context: Option.some(context) }), /^--context is not a JSON object\./)
        }
        assert.match(yield* refusal({ file: Option.some("--modle") }), /"--modle" is no option/)
        assert.match(yield* refusal({ file: Option.none() }, true), /^No prompt is given\./)
      }).pipe(Effect.provide(aegis))
  )

  it.effect("prints a miss with its blocks, then a hit, then says why an edit would miss", () => {
    const human = surroundings()
    return Effect.gen(function* () {
      yield* cacheResolve(onlyFile("a.md"))
      assert.match(human.text(), /^miss {3}openai gpt-5\.4/)
      for (const part of ["requirements", "house", "cost   cold $", "tokens "])
        assert.include(human.text(), part)
      human.written.length = 0
      yield* cacheWhy(onlyFile("a.md"))
      assert.match(human.text(), /^hit {4}nothing changed/)
      human.written.length = 0
      yield* cacheResolve(onlyFile("a.md"))
      assert.match(human.text(), /^hit /)
      human.written.length = 0
      human.files.set("a.md", prompt.replace("brief", "exact").replace("seed: 7", "seed: 8"))
      yield* cacheWhy(onlyFile("a.md"))
      assert.match(human.text(), /^why {4}/)
      assert.include(human.text(), "seed: 7 -> 8")
      assert.match(human.text(), /Reading them again costs \$[\d.]+ more/)
    }).pipe(Effect.provide(human.layer), Effect.provide(aegis))
  })

  it.effect("says unknown where a price is unknown, in every view", () => {
    const human = surroundings({
      files: new Map([["a.md", "---\nprovider: vllm\nmodel: mine\n---\nHello\n"]])
    })
    return Effect.gen(function* () {
      yield* cacheResolve(onlyFile("a.md"))
      assert.include(human.text(), "cost   unknown (")
      human.files.set("a.md", "---\nprovider: vllm\nmodel: mine\n---\nGoodbye\n")
      yield* cacheResolve(onlyFile("a.md"))
      assert.include(human.text(), "What reading them again costs is unknown.")
    }).pipe(Effect.provide(human.layer), Effect.provide(aegis))
  })

  it.effect("counts, verifies, prunes and forgets", () => {
    const human = surroundings()
    return Effect.gen(function* () {
      const limits = {
        dryRun: false,
        maxAge: Option.none<string>(),
        maxBytes: Option.none<string>(),
        maxEntries: Option.none<number>()
      }
      const key = { key: Option.none<string>(), all: false }
      yield* cacheStats()
      assert.include(human.text(), "no lookups yet")
      yield* cacheResolve(onlyFile("a.md"))
      yield* cacheStats()
      assert.match(human.text(), /entries +1 in 3 blocks/)
      yield* cacheVerify()
      assert.include(human.text(), "ok  1 entry, 3 blocks")
      yield* cachePrune({ ...limits, maxAge: Option.some("1.5h"), maxBytes: Option.some("1 MB") })
      assert.include(human.text(), "removed 0 entries")
      yield* cachePrune({ ...limits, maxEntries: Option.some(0), dryRun: true })
      assert.include(human.text(), "would remove 1 entry and 3 blocks")
      for (const wrong of [
        { maxAge: Option.some("5 years") },
        { maxBytes: Option.some("lots") },
        { maxEntries: Option.some(-1) }
      ]) {
        assert.instanceOf(yield* Effect.flip(cachePrune({ ...limits, ...wrong })), UsageError)
      }
      for (const wrong of [
        key,
        { all: true, key: Option.some("a".repeat(64)) },
        { all: false, key: Option.some("abc") }
      ]) {
        assert.instanceOf(yield* Effect.flip(cacheInvalidate(wrong)), UsageError)
      }
      yield* cacheInvalidate({ ...key, key: Option.some("a".repeat(64)) })
      assert.include(human.text(), "forgot 0 scaffolds of namespace default")
      yield* cacheInvalidate({ ...key, all: true })
      assert.include(human.text(), "forgot 1 scaffold of namespace default")
    }).pipe(Effect.provide(human.layer), Effect.provide(aegis))
  })

  it.effect("fails verification with what was found, by rows and by file", () => {
    const human = surroundings()
    return Effect.gen(function* () {
      const cache = yield* ScaffoldCache
      const report = { ok: false, entries: 1, blocks: 2, database: "ok" as const }
      const row = { kind: "block" as const, key: "k", problem: "its digest is another" }
      const verify = (
        found: typeof ScaffoldCache.Service.verify extends Effect.Effect<infer A, unknown> ? A : never
      ) =>
        Effect.flip(
          Effect.provideService(cacheVerify(), ScaffoldCache, { ...cache, verify: Effect.succeed(found) })
        )
      assert.match((yield* verify({ ...report, corrupt: [row] })).message, /^1 row of the cache was not what/)
      assert.match(
        (yield* verify({ ...report, corrupt: [row, row] })).message,
        /^2 rows of the cache were not/
      )
      assert.include(human.text(), "block k: its digest is another")
      const file = yield* verify({ ...report, corrupt: [], database: "damaged" })
      assert.match(file.message, /^The database file is damaged\./)
      const stats = yield* cache.stats()
      yield* Effect.provideService(cacheStats(), ScaffoldCache, {
        ...cache,
        stats: () =>
          Effect.succeed({
            ...stats,
            quarantined: 3,
            oldest: "2026-01-01T00:00:00Z",
            newest: "2026-01-02T00:00:00Z"
          })
      })
      assert.include(human.text(), "3 (`aegis cache verify` tells more)")
    }).pipe(Effect.provide(human.layer), Effect.provide(aegis))
  })

  it.effect("ends the line of an answer that broke off, and hands its error on", () => {
    const human = surroundings()
    const broken = new ProviderUnavailable({ provider: "openai", model: "m", reason: "connection" })
    const texts = (...parts: ReadonlyArray<string>) =>
      Effect.provideService(run({ ...onlyFile("a.md"), maxTokens: Option.none() }), Executor, {
        execute: () => Effect.fail(broken),
        stream: () =>
          Stream.concat(
            Stream.fromIterable(parts.map((text) => ({ _tag: "Text" as const, text }))),
            Stream.fail(broken)
          )
      })
    return Effect.gen(function* () {
      for (const [parts, printed] of [
        [["Hel", "lo", ""], "Hello\n"],
        [["Hello\n"], "Hello\n"],
        [[], ""]
      ] as const) {
        human.written.length = 0
        assert.strictEqual(yield* Effect.flip(texts(...parts)), broken)
        assert.strictEqual(human.text(), printed)
      }
    }).pipe(Effect.provide(human.layer), Effect.provide(aegis))
  })

  it.effect("prints every schema, alone, listed and all at once", () =>
    Effect.gen(function* () {
      const list = surroundings()
      yield* Effect.provide(schema(Option.none()), list.layer)
      const names = list.text().trim().split("\n")
      for (const model of ["PromptBlock", "ResolveInput", "TelemetryRecord", "AegisConfig", "WhyReport"]) {
        assert.include(names, model)
      }
      const all = surroundings({ json: true })
      yield* Effect.provide(schema(Option.none()), all.layer)
      assert.deepStrictEqual(Object.keys(JSON.parse(all.text())), names)
      for (const name of names) {
        const one = surroundings()
        yield* Effect.provide(schema(Option.some(name.toUpperCase())), one.layer)
        assert.deepStrictEqual(JSON.parse(one.text()), JSON.parse(all.text())[name])
      }
      const error = yield* Effect.flip(Effect.provide(schema(Option.some("Nothing alike")), list.layer))
      assert.match(error.message, /There are: PromptBlock, /)
    })
  )

  it.effect("lays a project down once, with the schema of the installed package where there is one", () =>
    Effect.gen(function* () {
      const given = { provider: Option.none<string>(), model: Option.some("m") }
      const installed = "/project/node_modules/aegis-prompt-cache/dist/aegis.config.schema.json"
      const fresh = surroundings({ files: new Map([[installed, "{}"]]) })
      yield* Effect.provide(init(given), fresh.layer)
      assert.deepStrictEqual(JSON.parse(fresh.files.get("/project/aegis.config.json") ?? ""), {
        $schema: "./node_modules/aegis-prompt-cache/dist/aegis.config.schema.json",
        model: "m"
      })
      assert.isFalse(fresh.files.has("/project/.aegis/aegis.config.schema.json"))
      const before = new Map(fresh.files)
      yield* Effect.provide(init({ ...given, model: Option.none() }), fresh.layer)
      assert.deepStrictEqual(fresh.files, before)
      assert.include(fresh.text(), "kept     aegis.config.json")
    })
  )

  it.effect("fails a check-up by its faults alone", () =>
    Effect.gen(function* () {
      const checkUp = (...checks: ReadonlyArray<Check>) => {
        const human = surroundings({ width: 60 })
        return Effect.map(
          Effect.either(Effect.provideService(doctor(), Checks, { all: Effect.succeed(checks) })),
          (result) => ({ result, text: human.text() })
        ).pipe(Effect.provide(human.layer))
      }
      const note = { name: "openai", status: "note" as const, detail: "unconfigured" }
      const healthy = yield* checkUp({ name: "node", status: "ok", detail: "20.12.0" }, note)
      assert.isTrue(Either.isRight(healthy.result))
      assert.include(healthy.text, "note   openai  unconfigured")
      const ill = yield* checkUp(note, { name: "cache", status: "fault", detail: "damaged at http://u:p@h" })
      assert.strictEqual(
        Either.match(ill.result, { onLeft: ({ message }) => message, onRight: () => "" }),
        "1 fault: cache. Each says above what to do."
      )
      assert.include(ill.text, "fault  cache   damaged at http://<redacted>@h")
    }).pipe(Effect.provide(aegis))
  )

  it("hands settings over only when they were given", () => {
    assert.deepStrictEqual(flagsOf({ model: Option.none(), fallback: [] }), {})
    assert.deepStrictEqual(
      flagsOf({ model: Option.some("m"), temperature: Option.some(0), fallback: ["openai:x"] }),
      { model: "m", temperature: 0, fallback: ["openai:x"] }
    )
  })

  it.effect("names no list that would know a price where there is none", () => {
    const human = surroundings()
    return Effect.gen(function* () {
      const cache = yield* ScaffoldCache
      const { input, options } = yield* promptInput(onlyFile("a.md"))
      yield* cacheResolve({ ...onlyFile("a.md") }).pipe(
        Effect.provideService(ScaffoldCache, {
          ...cache,
          resolve: () => cache.resolve({ ...input, model: "nobody-knows-it" }, options)
        })
      )
      assert.include(human.text(), "cost   unknown (no price list knows this model)")
    }).pipe(Effect.provide(human.layer), Effect.provide(aegis))
  })

  it.effect("shows where the cache breaks, and shortens names that are too long", () => {
    const human = surroundings()
    return Effect.gen(function* () {
      const cache = yield* ScaffoldCache
      const { input, options } = yield* promptInput(onlyFile("a.md"))
      const resolved = yield* cache.resolve(input, options)
      const [first] = resolved.originalScaffold.blocks
      const none = 0 as TokenCount
      yield* Effect.provideService(cacheResolve(onlyFile("a.md")), ScaffoldCache, {
        ...cache,
        resolve: () =>
          Effect.succeed({
            ...resolved,
            outcome: "replay" as const,
            originalScaffold: {
              ...resolved.originalScaffold,
              blocks: first === undefined ? [] : [{ ...first, metadata: { src: `src/${"x".repeat(60)}.ts` } }]
            },
            cost: { ...resolved.cost, match: "unknown" as const },
            tokens: { ...resolved.tokens, errorBand: 0, perBlock: [] },
            cachePlan: {
              ...resolved.cachePlan,
              mode: "breakpoints" as const,
              minimumTokens: null,
              breakpoints: [{ block: 0, tokens: none, ttl: "5m" }]
            },
            miss: {
              summary: "It changed.",
              rereadCost: Option.none(),
              comparison: {
                block: { change: "changed" as const, index: 0, type: "requirements" as const },
                fields: [],
                blocksKept: 0,
                tokensKept: none,
                tokensReread: none
              }
            }
          })
      })
      for (const part of [
        "replay",
        "…",
        "kept 5m up to here (0)",
        "breaks here: changed",
        "does not know this model",
        "It changed."
      ]) {
        assert.include(human.text(), part)
      }
    }).pipe(Effect.provide(human.layer), Effect.provide(aegis))
  })
})
