import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Fs from "node:fs"
import * as TokenCounterGpt from "../../layers/TokenCounterGpt.js"
import { longestPiece, longestRun, pieces } from "../../layers/TokenCounterPieces.js"
import { sha256 } from "../../src/prompt/digest.js"
import { tokens } from "../../src/prompt/render/tokens.js"
import { TokenCounter } from "../../src/services/TokenCounter.js"
import { layerMemory, makeMemory, TokenMemo } from "../../src/services/TokenMemo.js"

const textOf = (content: string) => ({ hash: sha256(content), content })
const source = Fs.readFileSync(new URL(import.meta.url), "utf8")

const counted = (encoding: "o200k_base" | "cl100k_base", ...contents: ReadonlyArray<string>) =>
  Effect.flatMap(TokenCounter, (counter) => counter.count(encoding, contents.map(textOf)))

layer(TokenCounterGpt.layer.pipe(Layer.provide(layerMemory)))("the tokenizer", (it) => {
  // counts that tiktoken's own tests and documentation give
  it.effect.each([
    ["o200k_base", "hello world", 2],
    ["cl100k_base", "tiktoken is great!", 6],
    ["cl100k_base", "antidisestablishmentarianism", 6],
    ["o200k_base", "antidisestablishmentarianism", 6],
    ["cl100k_base", "2 + 2 = 4", 7],
    ["cl100k_base", "お誕生日おめでとう", 9],
    ["o200k_base", "お誕生日おめでとう", 8],
    ["o200k_base", "", 0]
  ] as const)("counts in %s as tiktoken does: %s", ([encoding, text, expected]) =>
    Effect.map(counted(encoding, text), (counts) => assert.deepStrictEqual(counts, [tokens(expected)]))
  )

  it.effect("takes the names of special tokens for text", () =>
    Effect.map(counted("o200k_base", "<|endoftext|>"), ([count]) => assert.isAbove(count ?? 0, 1))
  )

  it.effect("counts words that would take minutes in one piece", () =>
    Effect.gen(function* () {
      const [letters, spaces, han] = yield* counted(
        "o200k_base",
        "a".repeat(1_000_000),
        " ".repeat(1_000_000),
        "中".repeat(100_000)
      )
      assert.approximately(letters ?? 0, 125_000, 1000)
      assert.approximately(spaces ?? 0, 7_812, 10)
      assert.approximately(han ?? 0, 100_000, 200)
    })
  )

  it.effect("counts a text of several pieces to within one token per piece", () =>
    Effect.gen(function* () {
      const copies = 1 + Math.ceil(longestPiece / source.length)
      const [one, all] = yield* counted("o200k_base", `${source}\n`, `${source}\n`.repeat(copies))
      assert.approximately(all ?? 0, (one ?? 0) * copies, copies)
    })
  )
})

/** A counter over an encoder of one token per character that writes down what it was asked. */
const spied = Effect.gen(function* () {
  const memo = makeMemory(100)
  const encoded: Array<string> = []
  const remembered: Array<string> = []
  const counter = yield* TokenCounterGpt.makeWith(() =>
    Effect.succeed((text) => {
      encoded.push(text)
      return text.length
    })
  ).pipe(
    Effect.provideService(TokenMemo, {
      get: memo.get,
      put: (estimator, counts) => {
        remembered.push(...counts.map(([, count]) => `${estimator}: ${count}`))
        return memo.put(estimator, counts)
      }
    })
  )
  return { counter, encoded, remembered }
})

describe("the counter", () => {
  it.effect("tokenises each text once, whatever it stands beside", () =>
    Effect.gen(function* () {
      const { counter, encoded, remembered } = yield* spied
      const count = (...contents: ReadonlyArray<string>) => counter.count("o200k_base", contents.map(textOf))
      assert.deepStrictEqual(yield* count("one", "three", "one"), [3, 5, 3].map(tokens))
      assert.deepStrictEqual(yield* count("three", "four", ""), [5, 4, 0].map(tokens))
      assert.deepStrictEqual(encoded, ["one", "three", "four"])
      assert.deepStrictEqual(
        remembered,
        [3, 5, 4].map((n) => `gpt-tokenizer@4 o200k_base cut-1024: ${n}`)
      )
    })
  )

  it.effect("keeps the counts of different estimators apart", () =>
    Effect.gen(function* () {
      const { counter, encoded } = yield* spied
      yield* counter.count("o200k_base", [textOf("one")])
      yield* counter.count("cl100k_base", [textOf("one")])
      const server = yield* counter.countWith("vllm /tokenize m", [textOf("one")], () =>
        Effect.succeed(tokens(9))
      )
      assert.deepStrictEqual([encoded, server], [["one", "one"], [tokens(9)]])
    })
  )

  it.effect("remembers nothing of a list that could not be counted", () =>
    Effect.gen(function* () {
      const { counter, remembered } = yield* spied
      const failed = yield* counter
        .countWith("server", [textOf("one"), textOf("two")], (text) =>
          text === "two" ? Effect.fail("down") : Effect.succeed(tokens(1))
        )
        .pipe(Effect.exit)
      assert.deepStrictEqual([failed, remembered], [Exit.fail("down"), []])
    })
  )

  it.effect("lets others run while it counts a large text", () =>
    Effect.gen(function* () {
      const { counter, encoded } = yield* spied
      let between = 0
      const other = yield* Effect.fork(
        Effect.forever(
          Effect.zipRight(
            Effect.sync(() => (between = encoded.length)),
            Effect.yieldNow()
          )
        )
      )
      const words = "word ".repeat((longestPiece * 4) / 5)
      assert.deepStrictEqual(yield* counter.count("o200k_base", [textOf(words)]), [tokens(words.length)])
      yield* other.interruptAsFork(other.id())
      assert.isAbove(encoded.length, 3)
      assert.isAbove(between, 0)
    })
  )
})

describe("pieces", () => {
  const run = FastCheck.tuple(
    FastCheck.constantFrom("a", " ", "中", "🌍", "\u00a0", "\u2003", "ab ", "\n"),
    FastCheck.oneof(FastCheck.nat(20), FastCheck.nat(5000))
  ).map(([unit, times]) => unit.repeat(times))

  it("joined are the text, split no character, and hold no run longer than twice the limit", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(run, { maxLength: 8 }), (runs) => {
        const text = runs.join("")
        const cut = pieces(text)
        assert.strictEqual(cut.join(""), text)
        for (const piece of cut) {
          assert.isTrue(piece.isWellFormed())
          const longest = Math.max(0, ...(piece.match(/\s+|\S+/g) ?? []).map((word) => word.length))
          assert.isAtMost(longest, 2 * longestRun)
        }
      })
    )
  })

  it("of ordinary text is the text", () => {
    assert.deepStrictEqual(pieces(source), [source])
    assert.deepStrictEqual(pieces(""), [""])
  })

  it("of long ordinary text end where a word ends", () => {
    const text = "some words here\n".repeat(longestPiece / 4)
    const cut = pieces(text)
    assert.isAbove(cut.length, 2)
    for (const piece of cut.slice(1)) assert.match(piece, /^(\s|some|words|here)/)
  })
})
