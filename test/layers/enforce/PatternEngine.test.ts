import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { make } from "../../../layers/enforce/PatternEngine.js"
import { placesOf, rules } from "../../support/rules.js"

type Fields = Readonly<Record<string, unknown>>

const rule = (pattern: string, more: Fields = {}): Fields => ({
  id: "a",
  kind: "pattern",
  pattern,
  message: "Found",
  ...more
})

const hitsOf = (text: string, pattern: string, more?: Fields, path = "a.md") =>
  Effect.gen(function* () {
    const engine = yield* make
    const due = yield* rules(rule(pattern, more))
    const judge = yield* engine.prepare(due)
    return yield* judge.text({ path, text }, due)
  })

const places = (text: string, pattern: string, more?: Fields, path?: string) =>
  Effect.map(hitsOf(text, pattern, more, path), placesOf)

const refused = (pattern: string, more?: Fields) =>
  Effect.gen(function* () {
    const engine = yield* make
    const { field, problem } = yield* Effect.flip(engine.prepare(yield* rules(rule(pattern, more))))
    return `${field}: ${problem}`
  })

describe("PatternEngine", () => {
  it.effect("finds every match with its place, in UTF-16 code units", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* places("TODO a\n😀 TODO", "TODO"), ["1:1-1:5", "2:4-2:8"])
      assert.deepStrictEqual(yield* places("a\nb\nc", "a\\nb"), ["1:1-2:2"])
      assert.deepStrictEqual(yield* places("Todo", "todo"), [])
      assert.deepStrictEqual(yield* places("Todo", "todo", { ignoreCase: true }), ["1:1-1:5"])
    })
  )

  it.effect("points at the group that counts, and leaves out where it is no part of the match", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* places("key=1 key= key=22", "key=(\\d+)?", { group: 1 }), [
        "1:5-1:6",
        "1:16-1:18"
      ])
    })
  )

  it.effect("reads ends of lines alike, and no byte order mark as a part of the text", () =>
    Effect.gen(function* () {
      for (const end of ["\n", "\r\n", "\r", "\u2028"]) {
        assert.deepStrictEqual(yield* places(`a1${end}b${end}a2${end}`, "^a\\d$"), ["1:1-1:3", "3:1-3:3"])
      }
      assert.deepStrictEqual(yield* places("\uFEFFa1\r\na2", "^a\\d$"), ["1:1-1:3", "2:1-2:3"])
      assert.deepStrictEqual(yield* places("a \r\nb", "[ \\t]+$"), ["1:2-1:3"])
      assert.deepStrictEqual(yield* places("a\r\nb\n", "\\r\\n"), ["1:2-2:1"])
    })
  )

  it.effect("skips binary files, but no source with a NUL in it, and takes lone surrogates", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* places("TODO\0\uFFFD", "TODO", {}, "image.png"), [])
      assert.deepStrictEqual(yield* places("\0 TODO", "TODO", {}, "a.unknown"), ["1:3-1:7"])
      for (const path of ["a.ts", "a.prompt.md", ""]) {
        assert.deepStrictEqual(yield* places("/*\0*/ TODO", "TODO", {}, path), ["1:7-1:11"])
      }
      assert.deepStrictEqual(yield* places("\ud800TODO", "TODO"), ["1:2-1:6"])
    })
  )

  it.effect("takes linear time for a pattern that would take others for ever", () =>
    Effect.gen(function* () {
      const start = performance.now()
      assert.deepStrictEqual(yield* places(`${"a".repeat(5000)}!`, "(a+)+$"), [])
      assert.deepStrictEqual(yield* places("a".repeat(5000), "(a+)+$"), ["1:1-1:5001"])
      assert.isBelow(performance.now() - start, 2000)
    })
  )

  it.effect("stops at a thousand matches in one text", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* hitsOf("a".repeat(20_000), "a.*b|a")).length, 1000)
    })
  )

  it.effect("refuses a pattern that RE2 does not take, with the reason", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* refused("(?=a)b"), "pattern: invalid or unsupported Perl syntax: `(?=`")
      assert.match(yield* refused("(a)\\1"), /^pattern: invalid escape sequence/)
      assert.match(yield* refused("(a"), /^pattern: missing closing \)/)
      assert.match(yield* refused("a{1000}{1000}"), /^pattern: invalid nested repetition/)
      assert.strictEqual(yield* refused("(a)(b)", { group: 3 }), "group: The pattern has 2 groups")
      assert.match(yield* refused("a*"), /^pattern: It matches where nothing stands/)
    })
  )

  it.effect("finds empty lines", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* places("a\n\nb", "^$"), ["2:1-2:1"])
    })
  )

  it.effect("finds what JavaScript finds, wherever it stands", () =>
    Effect.gen(function* () {
      const engine = yield* make
      const due = yield* rules(rule("a[bc]+"))
      const judge = yield* engine.prepare(due)
      const text = FastCheck.array(
        FastCheck.constantFrom("a", "b", "c", "é", "😀", "\n", "\r\n", "\r", " "),
        {
          maxLength: 60
        }
      ).map((parts) => parts.join(""))
      yield* Effect.promise(() =>
        FastCheck.assert(
          FastCheck.asyncProperty(text, async (each) => {
            const hits = await Effect.runPromise(judge.text({ path: "a", text: each }, due))
            const expected = each
              .split(/\r\n|[\n\r]/)
              .flatMap((line, index) =>
                [...line.matchAll(/a[bc]+/g)].map(
                  (match) =>
                    `${index + 1}:${match.index + 1}-${index + 1}:${match.index + 1 + match[0].length}`
                )
              )
            assert.deepStrictEqual(placesOf(hits), expected)
          })
        )
      )
    })
  )
})
