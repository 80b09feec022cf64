/** Where findings stand, what mends them, and what code does to escape them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import type { Finding } from "../../../../src/domain/Compliance.js"
import { judge, reads, rulesIn } from "./rig.js"

const noVar = { id: "no-var", kind: "eslint", rule: "no-var" }
const noAny = { id: "no-any", kind: "eslint", rule: "@typescript-eslint/no-explicit-any" }
const standards = rulesIn("standards", noVar, noAny)

const namesOf = (findings: ReadonlyArray<Finding>) => findings.map(({ rule }) => rule)
const placeOf = ({ column, endColumn, endLine, line }: Finding) => [line, column, endLine, endColumn]

/** The text with all fixes in it. They do not overlap. */
const mend = (text: string, findings: ReadonlyArray<Finding>) =>
  findings
    .flatMap(({ fix }) => fix ?? [])
    .sort((one, other) => other.start - one.start)
    .reduce((mended, { end, start, text }) => mended.slice(0, start) + text + mended.slice(end), text)

describe("a finding", () => {
  it.effect("stands where the code is, from its start to its end", () =>
    Effect.map(judge(standards, "const a = 1\nconst b = [\n  a as any,\n]\n"), (findings) => {
      assert.deepStrictEqual(findings.map(placeOf), [[3, 8, 3, 11]])
      assert.deepStrictEqual(namesOf(findings), ["standards/no-any"])
    })
  )

  it.effect("counts columns in UTF-16 code units", () =>
    Effect.map(judge(standards, 'f("😀", x as any)'), (findings) =>
      assert.deepStrictEqual(findings.map(placeOf), [[1, 14, 1, 17]])
    )
  )

  it.effect("stands in its line whatever ends lines, and a byte order mark counts for fixes only", () =>
    Effect.gen(function* () {
      const text = "\uFEFFvar a = 1\r\nvar b = 2\rvar c = 3\u2028var d = 4\n"
      const findings = yield* judge(standards, text)
      assert.deepStrictEqual(
        findings.map(placeOf),
        [1, 2, 3, 4].map((line) => [line, 1, line, 10])
      )
      assert.strictEqual(mend(text, findings), text.replaceAll("var", "let"))
    })
  )

  it.effect("takes from ESLint what the pack does not say, and from the pack what it says", () =>
    Effect.gen(function* () {
      const own = { ...noVar, id: "own", message: "Not here.", helpUrl: "https://example.com/own" }
      const findings = yield* judge(rulesIn("p", noVar, own), "var a = 1")
      assert.deepStrictEqual(
        findings.map(({ helpUrl, message }) => [message, helpUrl]),
        [
          ["Unexpected var, use let or const instead.", "https://eslint.org/docs/latest/rules/no-var"],
          ["Not here.", "https://example.com/own"]
        ]
      )
    })
  )

  it.effect("has no fix where the rule only suggests one", () =>
    Effect.map(judge(standards, "f(x as any)"), ([finding]) => {
      assert.isDefined(finding)
      assert.isUndefined(finding?.fix)
    })
  )

  it.effect.prop(
    "leaves nothing to find once it is mended",
    [FastCheck.array(FastCheck.constantFrom("var", "let", "\n", "\r\n", ";", "😀", "x"), { maxLength: 12 })],
    ([words]) =>
      Effect.gen(function* () {
        const text = words
          .map((word, index) =>
            /^(var|let)$/.test(word) ? `${word} a${index} = 1;` : word === "x" ? "{}" : word
          )
          .join("")
          .replaceAll("😀", '"😀";')
        const mended = mend(text, yield* judge(standards, text))
        assert.deepStrictEqual(yield* judge(standards, mended), [])
        assert.strictEqual(mended, text.replaceAll("var ", "let "))
      }),
    { fastCheck: { numRuns: 25 } }
  )
})

describe("rules of many packs", () => {
  it.effect("judge side by side, each by its own options, even where they are the same rule", () =>
    Effect.gen(function* () {
      const named = (id: string, argsIgnorePattern: string) =>
        rulesIn(id, {
          id: "unused",
          kind: "eslint",
          rule: "@typescript-eslint/no-unused-vars",
          options: [{ argsIgnorePattern }]
        })
      const rules = [...named("one", "^_"), ...named("two", "^x")]
      const findings = yield* judge(rules, "export const f = (_a: 1, xb: 2, c: 3) => 0")
      assert.deepStrictEqual(
        findings.map(({ column, rule }) => [rule, column]),
        [
          ["two/unused", 19],
          ["one/unused", 26],
          ["one/unused", 33],
          ["two/unused", 33]
        ]
      )
    })
  )

  it.effect("say the same of the same text again", () =>
    Effect.gen(function* () {
      const text = "var a: any = 1\nvar b = 2"
      const [one, other] = [yield* judge(standards, text), yield* judge(standards, text)]
      assert.lengthOf(one, 3)
      assert.strictEqual(JSON.stringify(one), JSON.stringify(other))
    })
  )

  it.effect("judge only what is asked for", () =>
    Effect.map(judge(standards.slice(1), "var a: any = 1"), (findings) =>
      assert.deepStrictEqual(namesOf(findings), ["standards/no-any"])
    )
  )
})

describe("rules about imports", () => {
  const rules = rulesIn("p", {
    id: "no-fs",
    kind: "import",
    forbid: ["fs", "node:fs*", "*/internal/*"],
    allow: ["*/internal/open.js"]
  })

  it.effect.each([
    'import fs from "fs"',
    'import type { Stats } from "node:fs"',
    'export * from "node:fs/promises"',
    'export { a } from "../internal/a.js"',
    'export const late = () => import("fs")',
    "export const late = () => import(`fs`)",
    'export const fs = require("fs")',
    'export const place = require.resolve("fs")',
    'import fs = require("fs")',
    'export type Stats = import("fs").Stats',
    'import "a/internal/b/c.js"'
  ])("find a module that is forbidden in %j", (text) =>
    Effect.map(judge(rules, text), (findings) => assert.deepStrictEqual(namesOf(findings), ["p/no-fs"]))
  )

  it.effect.each([
    'import fs from "fs-extra"',
    'export const name = "fs"',
    '// import fs from "fs"\nexport {}',
    'import { a } from "./internal/open.js"',
    "export const late = (name: string) => import(name)"
  ])("pass %j", (text) => Effect.map(judge(rules, text), (findings) => assert.deepStrictEqual(findings, [])))
})

describe("a selector", () => {
  const message = "Say {{what}} {} is wrong."

  it.effect("finds what it matches, and says its message as it is", () =>
    Effect.gen(function* () {
      const rules = rulesIn("p", {
        id: "no-log",
        kind: "selector",
        selector: "Identifier[name=/^lo?g$/]",
        message
      })
      const findings = yield* judge(rules, "log(lg, loog)")
      assert.deepStrictEqual(findings.map(placeOf), [
        [1, 1, 1, 4],
        [1, 5, 1, 7]
      ])
      assert.deepStrictEqual(new Set(findings.map((finding) => finding.message)), new Set([message]))
    })
  )
})

describe("words that are no types", () => {
  it.effect.each([
    'export const word = "any"',
    "export const o = { any: 1 }",
    "// any as any\nexport {}",
    "/** @param {any} x */\nexport const f = (x: string) => x",
    "export const any = 1",
    "export const t = `as any`"
  ])("are not found in %j", (text) =>
    Effect.map(judge(standards, text), (findings) => assert.deepStrictEqual(findings, []))
  )
})

describe("comments in the code", () => {
  it.effect.each([
    "/* eslint-disable */\nvar a = 1",
    "/* eslint-disable standards/no-var, aegis/0, no-var */\nvar a = 1",
    "// eslint-disable-next-line\nvar a = 1",
    "var a = 1 // eslint-disable-line",
    "/* eslint no-var: off, aegis/0: off */\nvar a = 1",
    "/* eslint-env node */ /* global a */ /* exported a */\nvar a = 1",
    "// @ts-nocheck\nvar a = 1",
    "/* oxlint-disable */ /* biome-ignore-all lint: no */\nvar a = 1",
    "#!/usr/bin/env node\n/* eslint-disable */\nvar a = 1"
  ])("silence nothing: %j", (text) =>
    Effect.map(judge(standards, text), (findings) =>
      assert.deepStrictEqual(namesOf(findings), ["standards/no-var"])
    )
  )
})

describe("files", () => {
  it.each(["a.ts", "a.tsx", "a.mts", "a.cts", "a.js", "a.jsx", "a.mjs", "a.cjs", "a.d.ts", "A.TS"])(
    "%s is read",
    (path) => assert.isTrue(reads(path))
  )

  it.each(["", "a.css", "a.md", "ts", "a.ts.txt", "a.json"])("%j is not read", (path) =>
    assert.isFalse(reads(path))
  )

  it.effect.each([
    "a.js",
    "a.CTS",
    "node_modules/a.ts",
    "../a.ts",
    "/a/b.mjs",
    ".git/a.cjs",
    "a b/[c]/{d}#ü.d.ts",
    "..ts"
  ])("%s is judged wherever it is", (path) =>
    Effect.map(judge(standards, "var a = 1", path), (findings) =>
      assert.deepStrictEqual(namesOf(findings), ["standards/no-var"])
    )
  )

  it.effect("of TSX are read as TSX, and those of TS as TS", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* judge(standards, "export const a = <T>b", "a.ts"), [])
      assert.deepStrictEqual(yield* judge(standards, "export const a = <b>c</b>", "a.tsx"), [])
      assert.deepStrictEqual(namesOf(yield* judge(standards, "export const a = <T>b", "a.tsx")), [
        "aegis/parse-error"
      ])
    })
  )
})
