/** Secrets that stand in no block of a prompt: in the names of blocks, and in the context of the input. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { layerTest } from "../../../layers/AegisTest.js"
import { besideBlocks } from "../../../src/enforce/beside.js"
import { resolveScaffold } from "../../../src/services/resolveScaffold.js"

const canary = ["sk", "live", "4eC39HqLyjWDarjtT1zdp7dcXkPm"].join("_")
const ask = (prompt: string, context?: Parameters<typeof resolveScaffold>[0]["context"]) =>
  resolveScaffold({
    prompt,
    provider: "openai",
    model: "gpt-5.4",
    rulepacks: ["redaction"],
    ...(context === undefined ? {} : { context })
  })

describe("resolving with a rule about secrets", () => {
  it.effect("refuses a context with a secret, wherever in it, for it cannot be taken out", () =>
    Effect.gen(function* () {
      for (const context of [
        { token: canary },
        { a: [{ b: ["c", canary] }] },
        { [canary]: 1 },
        { [canary]: null },
        { [canary]: { a: true } },
        { note: `the line\n${canary}` },
        { api_key: "q7Wx9Zp2Lk4Vn8Rt" }
      ]) {
        const error = yield* Effect.flip(ask("Hello\n", context))
        assert.ok(error._tag === "ComplianceViolation")
        assert.lengthOf(error.findings, 1)
        const [finding] = error.findings
        assert.deepInclude(finding, { severity: "error", rule: "redaction/secrets", line: 1, column: 1 })
        assert.include(error.message, "in the context of the input")
        for (let at = 0; at + 8 <= canary.length; at += 1) {
          assert.notInclude(JSON.stringify(error), canary.slice(at, at + 8))
        }
      }
    }).pipe(Effect.provide(layerTest()))
  )

  it.effect("refuses a block whose name holds a secret, where the block stands", () =>
    Effect.gen(function* () {
      const prompt = `Hello\n\n<context id="${canary}">\nA text.\n</context>\n`
      const error = yield* Effect.flip(ask(prompt))
      assert.ok(error._tag === "ComplianceViolation")
      assert.match(error.message, /^prompt:4:1: .*in the name of a block/)
      assert.notInclude(JSON.stringify(error), canary.slice(8))
    }).pipe(Effect.provide(layerTest()))
  )

  it.effect("lets a context without one be, and one that no rule about secrets was asked of", () =>
    Effect.gen(function* () {
      const plain = { commit: "3f2a9c0d", flags: ["a", "b"], token: null, on: true, count: 3 }
      assert.strictEqual((yield* ask("Hello\n", plain)).outcome, "miss")
      const input = {
        prompt: "Hello\n",
        provider: "openai",
        model: "gpt-5.4",
        context: { token: canary }
      } as const
      for (const rulepacks of [[], ["prompt"]]) {
        assert.strictEqual((yield* resolveScaffold({ ...input, rulepacks })).outcome, "miss")
      }
    }).pipe(Effect.provide(layerTest()))
  )
})

describe("what stands beside blocks", () => {
  it("holds every name and every word of the context, each line of its own block", () => {
    const word = FastCheck.stringMatching(/^[a-z]{1,8}$/)
    const json = FastCheck.letrec((tie) => ({
      value: FastCheck.oneof(
        { depthSize: "small" },
        word,
        FastCheck.integer(),
        FastCheck.array(tie("value"), { maxLength: 3 }),
        FastCheck.dictionary(word, tie("value"), { maxKeys: 3 })
      )
    })).value
    FastCheck.assert(
      FastCheck.property(FastCheck.array(word), FastCheck.dictionary(word, json), (names, context) => {
        const { blockAt, text } = besideBlocks(
          // a dictionary of words, numbers, lists and dictionaries is JSON
          { context: context as never },
          names.map((name) => ({ name, src: undefined }))
        )
        const lines = text.split("\n")
        for (const [block, name] of names.entries()) {
          assert.strictEqual(lines[block * 2], name)
          assert.strictEqual(blockAt(block * 2 + 1), block)
        }
        if (Object.keys(context).length > 0) assert.isUndefined(blockAt(names.length * 2 + 1))
        for (const found of JSON.stringify(context).match(/[a-z]+|-?\d+/g) ?? []) assert.include(text, found)
      })
    )
  })

  it("takes a context as deep and as wide as it is", () => {
    let deep: unknown = "end"
    for (let depth = 0; depth < 20_000; depth += 1) deep = [deep]
    const wide = Array.from({ length: 200_000 }, () => 1)
    // lists of lists and numbers are JSON
    const { text } = besideBlocks({ context: { deep, wide } as never }, [])
    assert.include(text, "end")
    assert.isAbove(text.length, 200_000)
  })
})
