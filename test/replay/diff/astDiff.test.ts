/** What a reader is told of a difference. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SyntaxTreesOxc from "../../../layers/replay/SyntaxTreesOxc.js"
import { ASTDiff } from "../../../src/domain/AstDiff.js"
import { diffSources, provenScript } from "../../../src/replay/diff/diffSources.js"
import { match, wholeMatch } from "../../../src/replay/diff/match/match.js"
import { identify } from "../../../src/replay/diff/tree/identify.js"
import { link, newMatching } from "../../../src/replay/diff/match/Matching.js"
import { verifyScript } from "../../../src/replay/diff/script/applyScript.js"
import { SyntaxTrees } from "../../../src/services/SyntaxTrees.js"
import { forest, kinds } from "../support/sources.js"

const diff = (original: string, modified: string, path = "a.ts") =>
  Effect.gen(function* () {
    const { parse } = yield* SyntaxTrees
    const found = diffSources(
      yield* parse({ text: original, path, side: "original" }),
      yield* parse({ text: modified, path, side: "modified" })
    )
    // what is told can be written as JSON and read again
    assert.deepStrictEqual(Schema.decodeUnknownSync(ASTDiff)(JSON.parse(JSON.stringify(found))), found)
    return found
  })

const steps = (kind: Readonly<Record<string, number>>): number =>
  Object.values(kind).reduce((sum, count) => sum + count, 0)

layer(SyntaxTreesOxc.layer)("a difference of two programs", (it) => {
  it.effect("names what was added and removed by its text and where it stands", () =>
    Effect.gen(function* () {
      const found = yield* diff(
        "class Queue {\n  take() { return 1 }\n}\n",
        "class Queue {\n  take() { return 1 }\n  offer(a: number) {}\n}\nexport {}\n"
      )
      assert.deepStrictEqual(found.removed, [])
      assert.deepStrictEqual(
        found.added.map(({ column, line, path, text, type, within }) => ({
          column,
          line,
          path,
          text,
          type,
          within
        })),
        [
          {
            type: "MethodDefinition",
            path: ["body[0]", "body", "body[1]"],
            within: "Queue.offer",
            line: 3,
            column: 3,
            text: "offer(a: number) {}"
          },
          {
            type: "ExportNamedDeclaration",
            path: ["body[1]"],
            within: "",
            line: 5,
            column: 1,
            text: "export {}"
          }
        ]
      )
      assert.deepStrictEqual(
        found.modified.map(({ changes, original }) => [
          original.type,
          changes.map(({ path, type }) => [type, ...path])
        ]),
        [
          ["Program", [["child", "body[1]"]]],
          ["ClassBody", [["child", "body[1]"]]]
        ]
      )
    })
  )

  it.effect("tells a property, a text and a child apart", () =>
    Effect.gen(function* () {
      const found = yield* diff("let a = [f(1)]", "const a = [f(2), 3]")
      assert.deepStrictEqual(
        found.modified.flatMap(({ changes, original }) =>
          changes.map(({ modified, original: before, path, type }) => [
            original.type,
            type,
            path.join("."),
            before,
            typeof modified === "object" ? "node" : modified
          ])
        ),
        [
          ["VariableDeclaration", "property", "kind", "let", "const"],
          ["ArrayExpression", "child", "elements[1]", undefined, "node"],
          ["Literal", "text", "value", 1, 2]
        ]
      )
    })
  )

  it.effect("tells where a child was and where it is", () =>
    Effect.gen(function* () {
      const found = yield* diff(
        "class A { b() { return 1 }\n c() { return 2 } }",
        "class A { c() { return 2 }\n b() { return 1 } }"
      )
      assert.deepStrictEqual(
        found.script.map(({ op }) => op),
        ["move"]
      )
      const [change] = found.modified[0]?.changes ?? []
      assert.deepStrictEqual(
        [change?.type, typeof change?.original, typeof change?.modified],
        ["child", "object", "object"]
      )
    })
  )

  it.effect("is one rename where a name changed wherever it is used", () =>
    Effect.gen(function* () {
      const found = yield* diff(
        "function f(count: number) { const g = () => count + 1; return { count, b: [count, g] } }",
        "function f(total: number) { const g = () => total + 1; return { count: total, b: [total, g] } }"
      )
      assert.deepStrictEqual(
        found.renames.map(({ modified, nodes, original, within }) => [
          original,
          modified,
          nodes.length,
          within
        ]),
        [["count", "total", 4, "f"]]
      )
      assert.strictEqual(found.script.filter(({ op }) => op === "update").length, 4)
    })
  )

  it.effect("is no rename where one use keeps the old name", () =>
    Effect.gen(function* () {
      const found = yield* diff("const a = 1; f(a); g(a)", "const b = 1; f(b); g(a)")
      assert.deepStrictEqual(found.renames, [])
    })
  )

  it.effect("renames one of two variables of the same name, and leaves the shadowed one alone", () =>
    Effect.gen(function* () {
      const found = yield* diff(
        "const a = 1; f(a); function g(a: number) { return a }",
        "const b = 1; f(b); function g(a: number) { return a }"
      )
      assert.deepStrictEqual(
        found.renames.map(({ modified, nodes, original }) => [original, modified, nodes.length]),
        [["a", "b", 2]]
      )
    })
  )

  it.effect("is no rename where the new name meant something else already", () =>
    Effect.gen(function* () {
      const captured = yield* diff("const a = 1; const b = 2; f(a, b)", "const b = 1; f(b, b)")
      assert.deepStrictEqual(captured.renames, [])
      const released = yield* diff("const b = 1; f(b, b)", "const a = 1; const b = 2; f(a, b)")
      assert.deepStrictEqual(released.renames, [])
    })
  )

  it.effect("renames types, imports, components and hoisted variables", () =>
    Effect.gen(function* () {
      const found = yield* diff(
        'import { A } from "a"; type B<T> = A<T>; const c: B<1> = <A b={c} />; { var d = 1 }; f(d)',
        'import { A as Z } from "a"; type Y<T> = Z<T>; const c: Y<1> = <Z b={c} />; { var e = 1 }; f(e)',
        "a.tsx"
      )
      assert.deepStrictEqual(
        found.renames.map(({ modified, nodes, original }) => [original, modified, nodes.length]),
        [
          ["A", "Z", 3],
          ["B", "Y", 2],
          ["d", "e", 2]
        ]
      )
    })
  )

  it.effect("leaves out names that are no variables: members, keys, labels, what other modules export", () =>
    Effect.gen(function* () {
      const found = yield* diff(
        'const a = 1; b.a = { a }; a: for (;;) break a; export { a as c } from "d"; f(<a a={a} />); export { a as e }',
        'const z = 1; b.a = { a: z }; a: for (;;) break a; export { a as c } from "d"; f(<a a={z} />); export { z as e }',
        "a.tsx"
      )
      assert.deepStrictEqual(
        found.renames.map(({ modified, nodes, original }) => [original, modified, nodes.length]),
        [["a", "z", 4]]
      )
    })
  )

  it.effect("renames in patterns, parameters, catch clauses, loops and type parameters", () =>
    Effect.gen(function* () {
      const source = ([a, b, c, d, e, g, h]: ReadonlyArray<string>) =>
        `const { k: ${a}, ...${b} } = x; class K<${c}> { constructor(private ${d}: ${c}) { use(${d}, ${a}, ${b}) } }
        try { f() } catch (${e}) { f(${e}) } for (const ${g} of x) f(${g}); type L<T> = T extends (infer ${h})[] ? ${h} : 0`
      const before = ["a", "b", "C", "d", "e", "g", "H"]
      const after = before.map((name) => `${name}2`)
      const found = yield* diff(source(before), source(after))
      assert.deepStrictEqual(
        found.renames.map(({ modified, original }) => [original, modified]),
        before.map((name, index) => [name, after[index]])
      )
    })
  )

  it.effect("compares what runs a script", () =>
    Effect.gen(function* () {
      const found = yield* diff("#!/usr/bin/env node\nf()", "#!/usr/bin/env -S node --x\nf()")
      assert.deepStrictEqual(
        [...found.pragmas.removed, ...found.pragmas.added].map(({ text }) => text),
        ["#!/usr/bin/env node", "#!/usr/bin/env -S node --x"]
      )
    })
  )

  it.effect("finds what was renamed and moved in one step", () =>
    Effect.gen(function* () {
      const found = yield* diff(
        "function f(a: number) { return a * 2 + g(a, 17) }\nfunction h() { return other(1, 2, 3) }",
        "function h() { return other(1, 2, 3) }\nfunction f(b: number) { return b * 2 + g(b, 17) }"
      )
      assert.deepStrictEqual(
        found.renames.map(({ modified, original }) => [original, modified]),
        [["a", "b"]]
      )
      assert.deepStrictEqual(
        found.script.map(({ op }) => op),
        ["update", "update", "update", "move"]
      )
    })
  )

  it.effect("lists pragmas apart, and other comments not at all", () =>
    Effect.gen(function* () {
      const found = yield* diff(
        "// why\n// eslint-disable-next-line no-var\nvar a = /* @__PURE__ */ f()",
        "/// <reference types='node' />\n// another why\n// @ts-expect-error: later\nvar a = f()"
      )
      assert.deepStrictEqual(found.script, [])
      assert.isFalse(found.identical)
      const names = (all: ReadonlyArray<{ readonly name: string; readonly line: number }>) =>
        all.map(({ line, name }) => [name, line])
      assert.deepStrictEqual(names(found.pragmas.removed), [
        ["eslint-disable-next-line", 2],
        ["@__PURE__", 3]
      ])
      assert.deepStrictEqual(names(found.pragmas.added), [
        ["reference", 1],
        ["@ts-expect-error", 3]
      ])
    })
  )

  it.effect("says that a pragma went to another statement, and not that it was laid out anew", () =>
    Effect.gen(function* () {
      const moved = yield* diff("// @ts-ignore\nf(1)\ng(2)", "f(1)\n// @ts-ignore\ng(2)")
      assert.deepStrictEqual([moved.pragmas.added.length, moved.pragmas.removed.length], [1, 1])
      const laidOut = yield* diff("// @ts-ignore\nf(1)\ng(2)", "\n\n  // @ts-ignore\n  f( 1 );\n g(2)")
      assert.isTrue(laidOut.identical)
    })
  )

  it.effect("wraps and unwraps with few steps", () =>
    Effect.gen(function* () {
      assert.isAtMost(steps(yield* kinds("a(1, 2); b(3, 4)", "try { a(1, 2); b(3, 4) } catch {}")), 6)
      assert.isAtMost(steps(yield* kinds("f(a.b(c))", "f(pipe(a.b(c), d))")), 4)
      assert.isAtMost(steps(yield* kinds("f((a) => g(a, 1))", "f((a) => { return g(a, 1) })")), 5)
      assert.isAtMost(steps(yield* kinds("f(x as A)", "f(x satisfies A)")), 5)
      assert.isAtMost(steps(yield* kinds("f(<a><b/><c/></a>)", "f(<><a><b/><c/></a></>)", "a.tsx")), 2)
    })
  )

  it.effect("knows a function that was changed and went into something else", () =>
    Effect.gen(function* () {
      const body = "const b = a * 2; log(b, a); return"
      const trees = yield* forest(
        `function f(a: number) { ${body} b + 1 }`,
        `namespace N { export function f(a: number) { ${body} b + 2 } }`
      )
      const found = provenScript(trees, match(trees, identify(trees))).script
      const without = provenScript(
        trees,
        match(trees, identify(trees), { ...wholeMatch, bottomUp: false })
      ).script
      assert.deepStrictEqual(found.map(({ op }) => op).sort(), [
        ...new Array<string>(4).fill("insert"),
        "move",
        "update"
      ])
      assert.isAbove(without.length, found.length)
    })
  )

  it.effect("takes one of equal statements for the one that was added", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* kinds("a(1);a(1);a(1);a(1)", "a(1);a(1);b(2);a(1);a(1)"), { insert: 4 })
      assert.deepStrictEqual(yield* kinds("if (x) { a(1) } else { b(2) }", "if (x) { b(2) } else { a(1) }"), {
        move: 2
      })
    })
  )

  it.effect("replaces everything where what was matched makes no script", () =>
    Effect.gen(function* () {
      const trees = yield* forest("f(1); g(2)", "g(2); f(1)")
      const wrong = newMatching(trees)
      link(wrong, 0, trees.split)
      // two types that can never be one another
      link(wrong, 1, trees.count - 1)
      const { script } = provenScript(trees, wrong)
      assert.deepStrictEqual(verifyScript(trees, script), { ok: true })
      assert.strictEqual(script.length, trees.count - 2)
    })
  )

  it.effect("refuses scripts that a stranger got wrong", () =>
    Effect.gen(function* () {
      const trees = yield* forest("f(1)", "f(1)")
      const wrong = (step: Parameters<typeof verifyScript>[1][number]) => verifyScript(trees, [step]).ok
      assert.isFalse(wrong({ op: "delete", node: 0, type: "Program" }))
      assert.isFalse(wrong({ op: "delete", node: 1, type: "ExpressionStatement" }))
      assert.isFalse(wrong({ op: "delete", node: 99, type: "Literal" }))
      assert.isFalse(
        wrong({ op: "move", node: 1, type: "ExpressionStatement", parent: 2, slot: "body", after: null })
      )
      assert.isFalse(wrong({ op: "move", node: 3, type: "Identifier", parent: 2, slot: "callee", after: 1 }))
      assert.isFalse(
        wrong({ op: "update", node: 3, type: "Identifier", original: {}, modified: { name: "g" } })
      )
      assert.isFalse(
        wrong({
          op: "insert",
          node: 5,
          type: "Literal",
          properties: { value: 2 },
          parent: 2,
          slot: "arguments",
          after: null
        })
      )
    })
  )
})
