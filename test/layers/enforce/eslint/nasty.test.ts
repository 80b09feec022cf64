/** Files that cannot be read, and rules that cannot be used. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { judgeText } from "../../../../layers/enforce/eslint/judgeText.js"
import { makeLint } from "../../../../layers/enforce/eslint/linting.js"
import { openRuleBook, type RuleModule } from "../../../../layers/enforce/eslint/ruleBook.js"
import { judge, prepare, rulesIn } from "./rig.js"

const rules = rulesIn("standards", { id: "no-var", kind: "eslint", rule: "no-var" })

describe("a file that cannot be parsed", () => {
  it.effect.each([
    ["a letter too much", "const a = 1\nlet b =\n  ;;) c", 3, 3],
    ["20,000 brackets", "[".repeat(20_000), 1, 1],
    ["20,000 braces", `const a = 1\n${"{".repeat(20_000)}`, 1, 1],
    ["a sum of 50,000", `var a = ${Array(50_000).fill("a").join("+")}`, 1, 1],
    ["bytes that are no text", "\u0000\u0001\uFFFDPNG\r\n\u001A", 1, 1],
    ["a mark and CRLF", "\uFEFFconst a = 1\r\nconst = 2", 2, 7],
    ["a lone surrogate", "const \uD800 = 1", 1, 7]
  ] as const)("is one finding with a place: %s", ([, text, line, column]) =>
    Effect.gen(function* () {
      const findings = yield* judge(rules, text)
      assert.lengthOf(findings, 1)
      const [finding] = findings
      assert.strictEqual(finding?.rule, "aegis/parse-error")
      assert.strictEqual(finding?.severity, "error")
      assert.deepStrictEqual([finding?.line, finding?.column], [line, column])
      assert.match(finding?.message ?? "", /^The file cannot be parsed: ./)
    })
  )

  it.effect.each([100, 300, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000])(
    "is judged, or found to be nested too deeply, and nothing else: %i levels",
    (depth) =>
      Effect.gen(function* () {
        const deep = [
          `var a = ${"[".repeat(depth)}${"]".repeat(depth)}`,
          `var a = ${Array(depth).fill("b").join("+")}`,
          `var a = () => ${"{ (() => ".repeat(depth)}1${")() }".repeat(depth)}`,
          `var a = b${".then(() => 1)".repeat(depth)}`
        ]
        for (const text of deep) {
          const [finding, ...others] = yield* judge(rules, text)
          assert.isEmpty(others)
          assert.match(finding?.message ?? "", /^Unexpected var|nested too deeply/)
        }
      })
  )

  it.effect("leaves no trace in how the next is judged", () =>
    Effect.gen(function* () {
      const text = "export const f = (a: string): string => { var b = a; return b }"
      const before = yield* judge(rules, text)
      yield* judge(rules, "[".repeat(20_000))
      assert.deepStrictEqual(yield* judge(rules, text), before)
      assert.lengthOf(before, 1)
    })
  )

  it.effect("is none when it is empty, or holds a lone surrogate in a string", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* judge(rules, ""), [])
      assert.deepStrictEqual(yield* judge(rules, 'export const a = "\uD800"'), [])
    })
  )
})

describe("a rule that cannot be used", () => {
  it.effect.each([
    [{ kind: "eslint", rule: "no-vars" }, "rule", /There is no rule "no-vars"/, /Did you mean "no-var"\?/],
    [
      { kind: "eslint", rule: "@typescript-eslint/no-explicit-anys" },
      "rule",
      /no-explicit-anys/,
      /Did you mean "@typescript-eslint\/no-explicit-any"\?/
    ],
    [{ kind: "eslint", rule: "entirely-unheard-of" }, "rule", /no rule/, /Write a rule of ESLint/],
    [
      { kind: "eslint", rule: "no-var", options: [{ a: 1 }] },
      "options",
      /should NOT have more/,
      /eslint\.org/
    ],
    [
      { kind: "eslint", rule: "@typescript-eslint/no-explicit-any", options: [{ fixToUnknown: 1 }] },
      "options",
      /1 should be boolean/,
      /typescript-eslint\.io/
    ],
    [
      { kind: "eslint", rule: "no-restricted-syntax", options: ["Identifier["] },
      "options",
      /at position 11/,
      /selectors/
    ],
    [
      { kind: "selector", selector: "Identifier[", message: "No." },
      "selector",
      /at position 11: Expected/,
      /selectors/
    ],
    [
      { kind: "eslint", rule: "@typescript-eslint/no-floating-promises" },
      "typed",
      /needs the types/,
      /typed: true/
    ],
    [
      { kind: "eslint", rule: "@typescript-eslint/no-floating-promises", typed: true, options: [{ a: 1 }] },
      "options",
      /should NOT have additional properties/,
      /typescript-eslint\.io/
    ]
  ] as const)("is told with what is wrong with it: %j", ([rule, field, problem, fix]) =>
    Effect.gen(function* () {
      const bad = rulesIn("p", { ...rule, id: "bad" })
      const unusable = yield* Effect.flip(prepare([...rules, ...bad]))
      assert.strictEqual(unusable.rule.rule.id, "bad")
      assert.strictEqual(unusable.field, field)
      assert.match(unusable.problem, problem)
      assert.match(unusable.fix, fix)
      assert.notMatch(unusable.problem + unusable.fix, /Occurred while|aegis\/\d|\n/)
    })
  )
})

describe("a rule that throws", () => {
  /** What comes of a rule of code that does wrong, beside one that does right. */
  const judgedBy = Effect.fnUntraced(function* (module: RuleModule, text = "var a = 1") {
    const [packed] = rulesIn("p", { id: "bad", kind: "selector", selector: "Program", message: "No." })
    assert.isDefined(packed)
    const [book, { Linter }] = yield* Effect.promise(() => Promise.all([openRuleBook([]), import("eslint")]))
    const entry = { packed, module, options: [], typed: false, field: "options" } as const
    return yield* judgeText(makeLint(Linter, book), [entry], { path: "src/a.ts", text }, undefined)
  })

  const boom = (): never => {
    throw new Error("boom\nand more")
  }

  const wrongs: ReadonlyArray<readonly [string, RuleModule, RegExp]> = [
    ["while it is made", { create: boom }, /boom/],
    ["at a node", { create: () => ({ Identifier: boom }) }, /^boom$/],
    [
      "by a place that is none",
      {
        create: (context) => ({
          Program: () => context.report({ loc: { line: Number.NaN, column: 0 }, message: "m" })
        })
      },
      /place/
    ]
  ]

  it.effect.each(wrongs)("is a fault that names it and the file, and no verdict: %s", ([, module, problem]) =>
    Effect.gen(function* () {
      const fault = yield* Effect.flip(judgedBy(module))
      assert.strictEqual(fault._tag, "EngineFault")
      assert.strictEqual(fault.rule, "p/bad")
      assert.strictEqual(fault.path, "src/a.ts")
      assert.match(fault.problem, problem)
    })
  )

  it.effect("tells no more than the first 200 characters of what it threw", () =>
    Effect.gen(function* () {
      const long = {
        create: () => ({
          Program: () => {
            throw new Error("x".repeat(5_000))
          }
        })
      }
      const { problem } = yield* Effect.flip(judgedBy(long))
      assert.lengthOf(problem, 201)
    })
  )
})
