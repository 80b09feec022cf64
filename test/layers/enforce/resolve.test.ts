/** Packs where prompts are resolved, through what programs call. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import { exitCodeOf } from "../../../src/cli/exitCode.js"
import { layerTest } from "../../../layers/AegisTest.js"
import { sha256 } from "../../../src/prompt/digest.js"
import { resolveScaffold } from "../../../src/services/resolveScaffold.js"

const canary = ["sk", "live", "4eC39HqLyjWDarjtT1zdp7dcXkPm"].join("_")
const guide = "Be brief."
const source = (task: string) =>
  `<requirements>\n${guide}\n</requirements>\n<context id="task">\n${task}\n</context>\n`
const ask = (prompt: string, rulepacks: ReadonlyArray<string> = []) =>
  resolveScaffold({ prompt, provider: "openai", model: "gpt-5.4", rulepacks })
const clean = source("Hello.")
const broken = `<requirements>\n<rule>\nYou MUST be brief.\nYou MUST NOT be brief.\n</requirements>\nHello\n`

describe("resolving with rulepacks", () => {
  it.effect("changes no key where none are named, and resolves a name to the version that is installed", () =>
    Effect.gen(function* () {
      const without = yield* ask(clean)
      const named = yield* ask(clean, ["prompt", "redaction"])
      const versioned = yield* ask(clean, ["prompt@1.0.0", "redaction@1.0.0"])
      const other = yield* ask(clean, ["prompt"])
      assert.deepStrictEqual(named.originalScaffold.rulepacks, ["prompt@1.0.0", "redaction@1.0.0"])
      assert.strictEqual(versioned.originalScaffold.hash, named.originalScaffold.hash)
      assert.deepStrictEqual([named.outcome, versioned.outcome], ["miss", "hit"])
      const keys = [without, named, other].map(({ originalScaffold }) => originalScaffold.hash)
      assert.strictEqual(new Set(keys).size, 3)
      assert.strictEqual(without.resolvedContent, named.resolvedContent)
    }).pipe(Effect.provide(layerTest()))
  )

  it.effect("tells of a pack that is not there, with those that are", () =>
    Effect.gen(function* () {
      for (const [name, others] of [
        ["house", ["prompt", "redaction", "standards"]],
        ["prompt@9.0.0", ["prompt@1.0.0"]]
      ] as const) {
        const error = yield* Effect.flip(ask(clean, [name]))
        assert.strictEqual(error._tag, "RulepackNotFound")
        for (const known of others) assert.include(error.message, known)
        assert.strictEqual(exitCodeOf(error), 3)
      }
    }).pipe(Effect.provide(layerTest()))
  )

  it.effect("takes secrets out of blocks before they are sent, and tells what they were made from", () =>
    Effect.gen(function* () {
      for (const task of [`The key is ${canary}.`, `secretlint-disable\nThe key is ${canary}.`]) {
        for (const outcome of ["miss", "hit"]) {
          const resolved = yield* ask(source(task), ["redaction"])
          assert.strictEqual(resolved.outcome, outcome)
          const [requirements, context] = resolved.originalScaffold.blocks
          assert.ok(context !== undefined)
          assert.strictEqual(context.content, task.replace(canary, "[REDACTED:stripe]"))
          assert.deepStrictEqual(context.metadata, { name: "task", redactedFrom: sha256(task) })
          assert.strictEqual(context.hash, sha256(context.content))
          assert.strictEqual(requirements?.metadata, undefined)
          assert.include(resolved.resolvedContent, "[REDACTED:stripe]")
          assert.include(JSON.stringify(resolved.warnings), "redaction/secrets")
          assert.notInclude(JSON.stringify(resolved), canary.slice(8))
        }
      }
    }).pipe(Effect.provide(layerTest()))
  )

  it.effect("takes secrets out of files that a prompt includes", () =>
    Effect.gen(function* () {
      const prompt = `<file_map src="a.txt" content="full"/>\nHello\n`
      const resolved = yield* ask(prompt, ["redaction"])
      assert.notInclude(JSON.stringify(resolved), canary)
      assert.include(resolved.resolvedContent, "[REDACTED:stripe]")
    }).pipe(Effect.provide(layerTest({ files: { "a.txt": `a\nkey ${canary}\n` } })))
  )

  it.effect("refuses a prompt that breaks a rule, with every finding where it stands", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ask(broken, ["prompt", "redaction"]))
      assert.ok(error._tag === "ComplianceViolation")
      assert.deepStrictEqual(
        error.findings
          .filter(({ severity }) => severity === "error")
          .map(({ line, path, rule }) => [rule, path, line]),
        [
          ["prompt/unclosed-section", "prompt", 2],
          ["prompt/contradiction", "prompt", 4]
        ]
      )
      assert.strictEqual(exitCodeOf(error), 1)
      const again = yield* Effect.flip(ask(broken, ["prompt", "redaction"]))
      assert.deepStrictEqual(again, error)
    }).pipe(Effect.provide(layerTest()))
  )

  it.effect("names no secret in errors, warnings and logs", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ cause, message }) => {
      lines.push(JSON.stringify(message) + Cause.pretty(cause))
    })
    return Effect.gen(function* () {
      const prompt = broken.replace("Hello", `key ${canary}`)
      const exit = yield* Effect.exit(ask(prompt, ["redaction", "prompt"]))
      assert.isTrue(Exit.isFailure(exit))
      const told = JSON.stringify(exit) + (Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "")
      yield* Effect.logError("failed", exit)
      for (let at = 0; at + 8 <= canary.length; at += 1) {
        assert.notInclude(told + lines.join(), canary.slice(at, at + 8))
      }
    }).pipe(Effect.provide(layerTest()), Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
  })

  it.effect("tells what is only a warning beside the result, hit or miss", () =>
    Effect.gen(function* () {
      const prompt = "<requirements>\nBe brief.\nIt is 2026-10-21T10:00:00Z.\n</requirements>\nHello\n"
      for (const outcome of ["miss", "hit"]) {
        const resolved = yield* ask(prompt, ["prompt"])
        assert.strictEqual(resolved.outcome, outcome)
        const found = resolved.warnings.find(({ code }) => code === "prompt/cache-buster")
        assert.match(found?.message ?? "", /^prompt:3:7: .*date with a time/)
      }
    }).pipe(Effect.provide(layerTest()))
  )
})
