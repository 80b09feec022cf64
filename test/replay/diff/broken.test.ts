/** Sources that are no programs, or hardly. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SyntaxTreesOxc from "../../../layers/replay/SyntaxTreesOxc.js"
import { loadTypeScript } from "../../../layers/replay/parsers.js"
import { parseWith } from "../../../layers/replay/SyntaxTreesOxc.js"
import { SyntaxTrees } from "../../../src/services/SyntaxTrees.js"
import { forest, provenScript, script } from "../support/sources.js"

const fault = (text: string, path?: string) =>
  Effect.gen(function* () {
    const { parse } = yield* SyntaxTrees
    return yield* Effect.flip(parse({ text, path, side: "modified" }))
  })

layer(SyntaxTreesOxc.layer)("a source", (it) => {
  it.effect("that is no program is refused, with where and on which side", () =>
    Effect.gen(function* () {
      const { column, line, message, path, side } = yield* fault("f()\nconst a = ;\n", "b.ts")
      assert.deepStrictEqual([side, path, line, column], ["modified", "b.ts", 2, 11])
      assert.match(message, /^b\.ts:2:11 \(the modified\): /)
      assert.notInclude(message, "const a")
    })
  )

  for (const [what, text] of [
    ["brackets", "[".repeat(10_000) + "]".repeat(10_000)],
    ["braces", "{".repeat(10_000) + "}".repeat(10_000)],
    ["brackets that a string seems to hide", `/'/;${"[".repeat(10_000)}${"]".repeat(10_000)}`],
    ["brackets that seem to close", "[/*]*/".repeat(10_000)],
    ["operators", `f(${"a + ".repeat(100_000)}a)`],
    ["exclamation marks", `f(${"!".repeat(100_000)}a)`],
    ["branches", `${"if (a) b(); else ".repeat(100_000)}c()`],
    ["type arguments behind commas", `type A = ${"B<C, ".repeat(100_000)}C${">".repeat(100_000)}`],
    ["elements with texts", `f(${"<a>; ".repeat(100_000)}${"</a>".repeat(100_000)})`],
    ["functions", `f(${"a => ".repeat(100_000)}a)`],
    ["types", `type A = ${"B<".repeat(100_000)}C${">".repeat(100_000)}`],
    ["elements", `f(${"<a>".repeat(100_000)}${"</a>".repeat(100_000)})`]
  ] as const) {
    it.effect(`whose ${what} are nested too deeply is refused, and ends no process`, () =>
      Effect.gen(function* () {
        const error = yield* fault(text, "a.tsx")
        assert.strictEqual(error._tag, "SourceInvalid")
      })
    )
  }

  it.effect("that is no program is refused by either parser, at the same place", () =>
    Effect.gen(function* () {
      const second = yield* Effect.promise(loadTypeScript)
      const text = "f()\nconst a = ;\n"
      const { column, line } = yield* Effect.flip(parseWith(second, { text, path: "a.ts" }))
      assert.deepStrictEqual([line, column], [2, 11])
    })
  )

  it.effect("is compared however deep it is, as long as it can be parsed", () =>
    Effect.gen(function* () {
      const nested = (inner: string) => `f(${"a + ".repeat(2000)}${inner})`
      assert.strictEqual((yield* script(nested("a"), nested("b"))).length, 1)
      const brackets = (inner: string) => `${"[".repeat(450)}${inner}${"]".repeat(450)}`
      assert.strictEqual((yield* script(brackets("a"), brackets("b"))).length, 1)
    })
  )

  it.effect("is read by the ending of its path, and else as what it can be", () =>
    Effect.gen(function* () {
      const { parse } = yield* SyntaxTrees
      assert.strictEqual((yield* fault("f(<T>x)", "a.tsx"))._tag, "SourceInvalid")
      yield* parse({ text: "f(<T>x)", path: "a.ts" })
      yield* parse({ text: "f(<T>x)" })
      yield* parse({ text: "f(<T>x</T>)" })
      yield* parse({ text: "f(<T>x</T>)", path: "a.js" })
      yield* parse({ text: "@a class B { @c() d: E }", path: "a.mts" })
      yield* parse({ text: "export declare const a: number", path: "a.d.ts" })
      yield* parse({ text: "return f(await)", path: "a.cjs" })
      yield* parse({ text: "var package = 1; return", path: "a.js" })
      yield* parse({ text: "await f()", path: "a.js" })
      assert.strictEqual((yield* fault("return 1", "a.mjs"))._tag, "SourceInvalid")
      yield* parse({ text: "#!/usr/bin/env node\nf()", path: "a.cts" })
    })
  )

  it.effect("of JavaScript has no type arguments", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* script("f(a < b > (c))", "f((a < b) > c)", "a.js"), [])
      assert.notDeepEqual(yield* script("f(a < b > (c))", "f((a < b) > c)", "a.ts"), [])
    })
  )

  it.effect("of many statements in another order is compared in time", () =>
    Effect.gen(function* () {
      const lines = Array.from({ length: 2000 }, (_, index) => `f${index}(${index})`)
      const trees = yield* forest(lines.join("\n"), lines.toReversed().join("\n"))
      assert.strictEqual(provenScript(trees).length, 1999)
    })
  )

  it.effect("without statements is compared with one that has some", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* script("", "// only this"), [])
      assert.strictEqual((yield* script("", "f()")).length, 3)
      assert.strictEqual((yield* script("f()", "")).length, 3)
    })
  )
})
