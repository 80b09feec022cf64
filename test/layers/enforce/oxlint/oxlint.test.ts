/** oxlint beside ESLint: the same findings over real code, whatever stands in it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Eslint from "../../../../layers/enforce/eslint/EslintEngine.js"
import { findOxlint } from "../../../../layers/enforce/oxlint/Oxlint.js"
import { toFindings } from "../../../../src/enforce/findings.js"
import type { PackedRule } from "../../../../src/enforce/PackedRule.js"
import type { Source } from "../../../../src/services/RuleEngines.js"
import { tempDir } from "../../../support/tempDir.js"
import { rulesIn } from "../eslint/rig.js"

const own = rulesIn(
  "p",
  { id: "any", kind: "eslint", rule: "@typescript-eslint/no-explicit-any", files: ["**/*"] },
  { id: "const", kind: "eslint", rule: "prefer-const" },
  { id: "var", kind: "eslint", rule: "no-var", message: "No var." }
)

const findings = Effect.fnUntraced(function* (
  oxlint: string | undefined,
  sources: ReadonlyArray<Source>,
  rules: ReadonlyArray<PackedRule>
) {
  const judge = yield* Effect.orDieWith(Eslint.make({ oxlint }).prepare(rules), ({ problem }) => problem)
  if (judge.ahead !== undefined) yield* judge.ahead(sources.map((source) => ({ source, rules })))
  return yield* Effect.forEach(sources, (source) =>
    Effect.map(judge.text(source, rules), (hits) => toFindings(source.path, source.text, hits))
  )
})

/** What both engines find is the same; gives it. */
const agree = Effect.fnUntraced(function* (sources: ReadonlyArray<Source>, rules = own) {
  const found = yield* findings(yield* findOxlint(), sources, rules)
  const expected = yield* findings(undefined, sources, rules)
  for (const [index, one] of expected.entries())
    assert.deepStrictEqual(found[index], one, sources[index]?.text)
  return expected.flat()
})

const sourcesIn = (folder: string): ReadonlyArray<Source> => {
  const root = fileURLToPath(new URL(`../../../../${folder}/`, import.meta.url))
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))
}

const texts = (...all: ReadonlyArray<string>): ReadonlyArray<Source> =>
  all.map((text, index) => ({ path: `src/${index}.ts`, text }))

/** A program in the place of oxlint's. */
const programOf = (code: string) =>
  Effect.map(tempDir, (folder) => {
    const program = join(folder, "oxlint.mjs")
    writeFileSync(program, code)
    return program
  })

/** A program that prints these findings; by default, one that has judged all texts that it was given. */
const answer = (diagnostics: ReadonlyArray<object> = [], files?: number, rules = 3): string =>
  `import { readdirSync } from "node:fs"
  const files = ${files ?? 'readdirSync("texts").length'}
  console.log(JSON.stringify({
    diagnostics: ${JSON.stringify(diagnostics)}, number_of_files: files, number_of_rules: ${rules}
  }))`

const anyAt = (offset: number, filename = "texts/0.ts") => ({
  code: "typescript(no-explicit-any)",
  filename,
  labels: [{ span: { offset, length: 3 } }]
})

describe("oxlint beside ESLint", { timeout: 240_000 }, () => {
  it.effect("finds the same in all of Effect's own source", () =>
    Effect.gen(function* () {
      const sources = sourcesIn("node_modules/effect/src")
      assert.isAbove(sources.length, 300)
      assert.isAbove((yield* agree(sources)).length, 3_000)
    })
  )

  const pieces = FastCheck.constantFrom(
    ..."let a = 1;|let b;|b = 2;|var c = 1;|a = 3;|let [d, e] = f;|d = 1;|let {g, h: i} = j;|({ g } = j);".split(
      "|"
    ),
    ..."for (let k of l) {}|for (let m = 0, n = 1; m < n; m++) {}|for (var o in p) {}|for (let q = 0;;) {}".split(
      "|"
    ),
    ..."const r: any = 1;|type S<T = any> = Array<any>;|let t: Array<Record<string, any>>;|// any var let".split(
      "|"
    ),
    ..."function u(v: any, ...w: any[]): any { return v }|type X = keyof any;|let y = <any>z;|x as any;".split(
      "|"
    ),
    ..."{ let aa; aa = 1; }|let ab; { ab = 1 }|if (a) { let ac = 1; ac++ }|(() => { a = 4 })();|switch (a) { case 1: let ad = 2 }".split(
      "|"
    ),
    ..."declare var ae: any;|declare global { var af: any }|namespace N { let ag = 1; var ah = 2 }|class C { ai: any = 1 }".split(
      "|"
    ),
    ..."const s = 'ä😀';|/* 😀 */|\r\n|\u2028|\n|\t|export { a }|import a from 'a';|const = 1;|enum E { any }|let any = 1;".split(
      "|"
    ),
    ..."// eslint-disable-next-line|/* eslint-disable */|/* oxlint-disable no-var */|/* eslint no-var: off */|// oxlint-disable-line".split(
      "|"
    ),
    ..."const ao = '// eslint-disable';|const ap = `/* oxlint-disable */ ${/* eslint-disable */ a}`;|/[/*]eslint-disable/.test(a);".split(
      "|"
    ),
    ..."try {} catch (aj: any) {}|let ak = 1, al = 2; ak = al;|export let am = 1;|let an: number; if (a) an = 1; else an = 2;".split(
      "|"
    )
  )

  it.effect("finds the same in whatever is put together of such lines", () =>
    Effect.gen(function* () {
      const made = FastCheck.sample(
        FastCheck.array(pieces, { minLength: 1, maxLength: 8 }).map((lines) => lines.join(" ")),
        { numRuns: 900, seed: 7 }
      )
      const found = yield* agree(texts(...made))
      assert.isAbove(found.length, 300)
    })
  )

  it.scoped("is believed where it finds nothing", () =>
    Effect.gen(function* () {
      const program = yield* programOf(answer())
      const [found] = yield* findings(program, texts("var a: any = 1"), own)
      assert.deepStrictEqual(found, [])
    })
  )

  const orderedOff = (line: string): ReadonlyArray<Source> =>
    texts(`${line}\nvar a: any = 1 // eslint-disable-line oxlint-disable-line\n`, `${line}\nvar a: any = 1\n`)

  it.scoped.each([
    "/* eslint-disable */",
    "/* eslint-disable no-var */",
    "/*eslint-disable*/",
    "// eslint-disable-next-line",
    "// eslint-disable-next-line no-var, @typescript-eslint/no-explicit-any",
    "/* oxlint-disable */",
    "/* oxlint-disable no-var */",
    "// oxlint-disable-next-line",
    "/* ESLint-Disable */",
    "/* eslint no-var: off */",
    "/* eslint-env es6 */ /* a */ /* eslint-disable */",
    "#!/usr/bin/env node\n/* eslint-disable */",
    "const b = `${/* eslint-disable */ 1}` // oxlint-disable-next-line",
    "/* \u{1F600} ä */ /* oxlint-disable */"
  ])("takes no comment for an order: %s", (line) =>
    Effect.gen(function* () {
      const sources = orderedOff(line)
      assert.lengthOf(yield* agree(sources), 4)
      // it is oxlint that judges: what finds nothing is believed
      const found = yield* findings(yield* programOf(answer()), sources, own)
      assert.deepStrictEqual(found, [[], []])
    })
  )

  it.scoped.each([
    "<!--",
    "1\n-->",
    "[".repeat(300) + "]".repeat(300),
    "const b = '/* eslint-disable */'",
    "const b = `/* oxlint-disable */`",
    "const eslint = 1",
    "/[/* eslint-disable */]/.test('a')"
  ])("leaves to ESLint what it could take for an order, or die of: %s", (line) =>
    Effect.gen(function* () {
      const sources = orderedOff(line)
      const found = yield* findings(yield* programOf(answer()), sources, own)
      for (const one of found) assert.isNotEmpty(one, line)
      yield* agree(sources)
    })
  )

  it.scoped.each([
    ["cannot be read", "const = 1"],
    ["a parser could die of", `const b = ${Array(3_000).fill("1").join("+")}`]
  ])("leaves to ESLint what could hold an order and %s", ([, line]) =>
    Effect.gen(function* () {
      const sources = orderedOff(`/* eslint-disable */\n${line}`)
      const found = yield* findings(yield* programOf(answer()), sources, own)
      for (const one of found) assert.isNotEmpty(one)
      yield* agree(sources)
    })
  )

  it.effect("leaves to ESLint other rules, rules with options, declarations and what is no TypeScript", () =>
    Effect.gen(function* () {
      const text = "var a: any = 1\nlet b = a\nb === b"
      const mixed = rulesIn(
        "p",
        {
          id: "any",
          kind: "eslint",
          rule: "@typescript-eslint/no-explicit-any",
          options: [{ fixToUnknown: true }]
        },
        { id: "const", kind: "eslint", rule: "prefer-const", options: [{ destructuring: "all" }] },
        { id: "var", kind: "eslint", rule: "no-var" },
        { id: "self", kind: "eslint", rule: "no-self-compare" }
      )
      const found = yield* agree(texts(text), mixed)
      assert.deepStrictEqual(
        found.map(({ rule }) => rule),
        ["p/var", "p/any", "p/const", "p/self"]
      )
      yield* agree(
        ["a.d.ts", "a.js", "a.jsx", "a.cjs", "a.tsx", "a.mts", "a.cts"].map((path) => ({ path, text }))
      )
      yield* agree([{ path: "a.tsx", text: "export const a = <any>b</any> as any" }])
    })
  )

  it.scoped.each([
    ["crashes", "process.kill(process.pid, 'SIGSEGV')", /crashed/],
    ["ends with another code", "process.exit(2)", /ended with 2/],
    ["prints no JSON", "console.log('No files found')", /not what it should be/],
    ["prints other JSON", "console.log('{\"diagnostics\":[]}')", /not what it should be/],
    ["judges fewer texts", answer([], 0), /each of the texts/],
    ["judges by fewer rules", answer([], 1, 2), /each of the rules/],
    ["names a text that is none", answer([anyAt(8, "texts/7.ts")]), /a place that is none/],
    ["names a place where nothing stands", answer([anyAt(0)]), /nothing of the kind stands/]
  ] as const)("is a fault and no verdict when it %s", ([, program, problem]) =>
    Effect.gen(function* () {
      const fault = yield* Effect.flip(findings(yield* programOf(program), texts("let a: any"), own))
      assert.strictEqual(fault._tag, "EngineFault")
      assert.match(fault.message, problem)
    })
  )

  it.scoped("is asked for by its version where there is none or another", () =>
    Effect.gen(function* () {
      const folder = yield* tempDir
      const from = pathToFileURL(join(folder, "aegis.js"))
      const missing = yield* Effect.flip(findOxlint(from))
      assert.strictEqual(missing, "oxlint is not installed")
      mkdirSync(join(folder, "node_modules/oxlint"), { recursive: true })
      writeFileSync(join(folder, "node_modules/oxlint/package.json"), '{"version":"0.1.2"}')
      assert.match(yield* Effect.flip(findOxlint(from)), /^oxlint 0\.1\.2 is installed/)
    })
  )

  it.effect("names the file that it dies of", () =>
    Effect.gen(function* () {
      const sum = `export const a = ${Array(200_000).fill("a").join("+")}`
      const sources = texts("var a", "var b", sum, "var c", "var d")
      const fault = yield* Effect.flip(findings(yield* findOxlint(), sources, own))
      assert.strictEqual(fault.path, "src/2.ts")
    })
  )
})
