/** What is no difference, and what looks like none and is one. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SyntaxTreesOxc from "../../../layers/replay/SyntaxTreesOxc.js"
import { loadTypeScript } from "../../../layers/replay/parsers.js"
import { parseWith } from "../../../layers/replay/SyntaxTreesOxc.js"
import { forestOf } from "../../../src/replay/diff/tree/forestOf.js"
import { identify } from "../../../src/replay/diff/tree/identify.js"
import { SyntaxTrees } from "../../../src/services/SyntaxTrees.js"
import { kinds } from "../support/sources.js"

const same: ReadonlyArray<readonly [what: string, one: string, other: string, path?: string]> = [
  ["quotes, semicolons and commas", `const a = "b"; f(a,)`, `const a = 'b'\nf(a);`],
  ["escapes", String.raw`f("é\n\x41")`, String.raw`f("\u00e9\u{a}A")`],
  ["parentheses", "const a = ((b) + (c * (d)))", "const a = b + c * d"],
  ["parentheses of types", "type A = ((B) | (C))", "type A = B | C"],
  ["numbers by value", "f(1_000, 0xff, 1e3, .5, 0o17, 0xFFn)", "f(1000, 255, 1000, 0.5, 15, 255n)"],
  ["a comma behind the only type argument", "f<A,>(x)", "f<A>(x)"],
  ["empty arguments of new", "new X", "new X()"],
  ["comments and layout", "/* a */ f( /* b */ x ) // c", "f(\n  x\n)"],
  ["the order of flags", "f(/~/gi)", "f(/~/ig)"],
  ["empty statements", "f();;", "f()"],
  ["quotes of keys", `f({ "a": 1, "b-c": 2 })`, `f({ a: 1, 'b-c': 2 })`],
  ["shorthand", "const { a, b = 1 } = { a }", "const { a: a, b: b = 1 } = { a: a }"],
  ["associative operators", "f(a && (b && c), d ?? (e ?? g))", "f((a && b) && c, (d ?? e) ?? g)"],
  ["line breaks in templates", "f(`a\r\nb`)", "f(`a\nb`)"],
  ["escapes in templates without a tag", "f(`a\\x41`)", "f(`aA`)"],
  ["a byte order mark", "\uFEFFf()", "f()"],
  ["module and namespace", "module A { f() }", "namespace A { f() }"],
  ["a leading bar", "type A =\n  | B\n  | C", "type A = B | C"],
  ["layout of JSX", "f(<a>\n    text\n    more\n  <b/>\n</a>)", "f(<a>text more<b/></a>)", "a.tsx"],
  ["closing tags", "f(<a></a>)", "f(<a/>)", "a.tsx"],
  ["entities", "f(<a b='x&amp;y'>it&apos;s &#65;&nbsp;</a>)", 'f(<a b="x&y">it\'s A\u00a0</a>)', "a.tsx"],
  ["strings in braces of attributes", 'f(<a b={"c"}/>)', 'f(<a b="c"/>)', "a.tsx"],
  ["blanks in braces", 'f(<a>x{" "}\n<b/></a>)', "f(<a>x <b/></a>)", "a.tsx"],
  ["comments in JSX", "f(<a>{/* x */}<b/></a>)", "f(<a><b/></a>)", "a.tsx"]
]

const different: ReadonlyArray<
  readonly [what: string, one: string, other: string, steps: Readonly<Record<string, number>>, path?: string]
> = [
  ["a condition that becomes an update", "for (;; x) {}", "for (; x;) {}", { move: 1 }],
  ["a hole", "f([, a])", "f([a])", { delete: 1 }],
  ["a directive in parentheses", '"use strict"', '("use strict")', { update: 1 }],
  ["a chain that ends", "(a?.b).c", "a?.b.c", { move: 3 }],
  ["what an array is of", "type A = (B | C)[]", "type A = B | C[]", { move: 3 }],
  ["const and let", "const a = 1", "let a = 1", { update: 1 }],
  ["using", "const a = f()", "using a = f()", { update: 1 }],
  ["async", "function f() {}", "async function f() {}", { update: 1 }],
  ["import type", 'import { A } from "a"', 'import type { A } from "a"', { update: 1 }],
  ["export type", 'export { A } from "a"', 'export type { A } from "a"', { update: 1 }],
  ["const enum", "enum A {}", "const enum A {}", { update: 1 }],
  ["an import for its names, of which there are none", 'import "a"', 'import {} from "a"', { update: 1 }],
  ["the key that sets a prototype", "f({ __proto__ })", "f({ __proto__: __proto__ })", { update: 1 }],
  ["raw text that a tag sees", "tag`a\\x41`", "tag`aA`", { update: 1 }],
  ["flags that differ", "f(/a/g)", "f(/a/i)", { update: 1 }],
  ["optional", "interface A { b?: 1 }", "interface A { b: 1 }", { update: 1 }],
  ["null, its name, and nothing", "f(null)", 'f("null")', { update: 1 }],
  ["a number and its text", "f(1)", 'f("1")', { update: 1 }],
  ["infinity and its name", "f(1e999)", 'f("Infinity")', { update: 1 }],
  ["where attributes are spread", "f(<a b={1} {...c}/>)", "f(<a {...c} b={1}/>)", { move: 1 }, "a.tsx"],
  ["blanks within a line", "f(<a>x  y</a>)", "f(<a>x y</a>)", { update: 1 }, "a.tsx"],
  ["shorthand whose value has another name", "f({ a })", "f({ a: b })", { update: 1 }]
]

layer(SyntaxTreesOxc.layer)("two sources", (it) => {
  it.effect("are the same trees to either parser", () =>
    Effect.gen(function* () {
      const { parse } = yield* SyntaxTrees
      const second = yield* Effect.promise(loadTypeScript)
      const all = [
        ...same,
        ...different.map(([what, one, other, , path]) => [what, one, other, path] as const)
      ]
      for (const [what, one, other, path = "a.ts"] of all) {
        for (const text of [one, other]) {
          const trees = forestOf(yield* parse({ text, path }), yield* parseWith(second, { text, path }))
          const { full } = identify(trees)
          assert.strictEqual(full[0], full[trees.split], `${what}: ${text}`)
        }
      }
    })
  )

  for (const [what, one, other, path] of same) {
    it.effect(`are the same whatever their ${what}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* kinds(one, other, path), {})
      })
    )
  }
  for (const [what, one, other, steps, path] of different) {
    it.effect(`differ by ${what}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* kinds(one, other, path), steps)
        assert.notDeepEqual(yield* kinds(other, one, path), {})
      })
    )
  }
})
