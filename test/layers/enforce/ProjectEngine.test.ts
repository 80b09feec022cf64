import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { isEnough } from "../../../layers/enforce/coverage.js"
import { make } from "../../../layers/enforce/ProjectEngine.js"
import { projectFindings, rules } from "../../support/rules.js"
import { tempDir } from "../../support/tempDir.js"

type Fields = Readonly<Record<string, unknown>>

const project = (files: Readonly<Record<string, unknown>>) =>
  Effect.map(tempDir, (root) => {
    for (const [path, content] of Object.entries(files)) {
      const at = Path.join(root, path)
      Fs.mkdirSync(Path.dirname(at), { recursive: true })
      Fs.writeFileSync(at, typeof content === "string" ? content : JSON.stringify(content, undefined, 2))
    }
    return root
  })

const findings = (root: string, rule: Fields) =>
  Effect.gen(function* () {
    return yield* projectFindings(yield* make, root, yield* rules({ id: "a", ...rule }))
  })

const refused = (rule: Fields) =>
  Effect.gen(function* () {
    const engine = yield* make
    const { field, problem } = yield* Effect.flip(engine.prepare(yield* rules({ id: "a", ...rule })))
    return `${field}: ${problem}`
  })

describe("coverage", () => {
  const summaryFile = "coverage/coverage-summary.json"
  const ninety = { kind: "coverage", lines: 90 }
  const counts = (covered: unknown, total: unknown, pct: unknown = 100) => ({
    total,
    covered,
    skipped: 0,
    pct
  })
  const summaryOf = (lines: Fields) => ({ [summaryFile]: { total: { lines } } })
  const judged = (lines: Fields, rule: Fields = ninety) =>
    Effect.flatMap(project(summaryOf(lines)), (root) => findings(root, rule))

  it.scoped("counts covered and total itself, and rounds nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* judged(counts(90, 100)), [])
      assert.deepStrictEqual(yield* judged(counts(900, 1000), { kind: "coverage", lines: 90, branches: 0 }), [
        `${summaryFile}:2:12 The summary has no counts of branches: "covered" and "total"`
      ])
      assert.deepStrictEqual(yield* judged(counts(89_999, 100_000, 90)), [
        `${summaryFile}:3:14 89.99 % of lines are covered (89999 of 100000), 90 % are asked for`
      ])
    })
  )

  it.scoped("fails where a summary says nothing: none, no JSON, Unknown, nothing measured, no counts", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      assert.deepStrictEqual(yield* findings(root, ninety), [
        `${summaryFile}:1:1 There is no ${summaryFile}: run the tests with coverage`
      ])
      const broken = yield* project({ [summaryFile]: '{"total":' })
      assert.match(String(yield* findings(broken, ninety)), /is no JSON$/)
      assert.match(String(yield* judged(counts(0, 0, "Unknown"))), /is "Unknown": the summary is empty/)
      assert.match(String(yield* judged(counts(0, 0))), /There are no lines in the summary/)
      for (const odd of [
        counts("9", 10),
        counts(-1, 10),
        counts(11, 10),
        counts(1.5, 2),
        counts(null, 1),
        {}
      ]) {
        assert.match(String(yield* judged(odd)), /has no counts of lines/)
      }
      const folder = yield* project({ [`${summaryFile}/x`]: "" })
      assert.match(String(yield* findings(folder, ninety)), /is no file/)
    })
  )

  it.scoped("fails where a summary is older than a file that it lists, or lists one that has gone", () =>
    Effect.gen(function* () {
      const root = yield* project({ "src/a.ts": "", "src/b.ts": "" })
      const lines = counts(10, 10)
      const write = (files: ReadonlyArray<string>) => {
        const each = Object.fromEntries(files.map((file) => [Path.join(root, file), { lines }]))
        Fs.mkdirSync(Path.join(root, "coverage"), { recursive: true })
        Fs.writeFileSync(Path.join(root, summaryFile), JSON.stringify({ total: { lines }, ...each }))
      }
      write(["src/a.ts", "src/b.ts"])
      const at = (path: string, seconds: number) => Fs.utimesSync(Path.join(root, path), seconds, seconds)
      at("src/a.ts", 1000)
      at("src/b.ts", 1000)
      at(summaryFile, 1000)
      assert.deepStrictEqual(yield* findings(root, ninety), [])
      at("src/b.ts", 1001)
      assert.deepStrictEqual(yield* findings(root, ninety), [
        `${summaryFile}:1:1 The summary is older than src/b.ts`
      ])
      write(["src/gone.ts"])
      assert.match(String(yield* findings(root, ninety)), /lists src\/gone\.ts, which is not there/)
      write(["src/a.ts/\0"])
      assert.match(String(yield* findings(root, ninety)), /which is not there/)
      write(["../../elsewhere.ts"])
      assert.match(String(yield* findings(root, ninety)), /lists a file outside of the project/)
    })
  )

  it.scoped("judges the total, whatever single files have", () =>
    Effect.gen(function* () {
      const root = yield* project({ "a.ts": "", [summaryFile]: {} })
      const file = { total: { lines: counts(95, 100) }, [Path.join(root, "a.ts")]: { lines: counts(1, 6) } }
      Fs.writeFileSync(Path.join(root, summaryFile), JSON.stringify(file))
      assert.deepStrictEqual(yield* findings(root, ninety), [])
    })
  )

  it.scoped("refuses a rule that asks for nothing, or names a file outside of the project", () =>
    Effect.gen(function* () {
      assert.match(yield* refused({ kind: "coverage" }), /^lines: /)
      assert.match(yield* refused({ ...ninety, summary: "../x.json" }), /^summary: The path leads out/)
      assert.match(yield* refused({ ...ninety, summary: "/etc/passwd" }), /^summary: The path leads out/)
      const outside = yield* project({ "summary.json": { total: { lines: counts(1, 1) } } })
      const root = yield* tempDir
      Fs.symlinkSync(Path.join(outside, "summary.json"), Path.join(root, "s.json"))
      assert.match(
        String(yield* findings(root, { ...ninety, summary: "s.json" })),
        /leads out of the project/
      )
    })
  )

  it("agrees with fractions of whole numbers for every limit", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.nat(100_000),
        FastCheck.integer({ min: 1, max: 100_000 }),
        FastCheck.nat(1000),
        (covered, total, tenths) => {
          assert.strictEqual(isEnough(covered, total, tenths / 10), covered * 1000 >= tenths * total)
        }
      )
    )
    assert.isTrue(isEnough(899, 1000, 89.9))
  })
})

describe("tsconfig", () => {
  const strict = { kind: "tsconfig", options: { strict: true } }

  it.scoped("reads comments, and says nothing where the option is as it is asked for", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "tsconfig.json":
          '\uFEFF{\n  // strict\n  "compilerOptions": { "strict": true, "target": "es2022", },\n}'
      })
      assert.deepStrictEqual(yield* findings(root, strict), [])
      const more = { kind: "tsconfig", options: { target: "ES2022", noEmit: false, strictNullChecks: true } }
      assert.deepStrictEqual(yield* findings(root, more), [])
      const other = { kind: "tsconfig", options: { target: "ES2020", noImplicitOverride: true } }
      assert.deepStrictEqual(yield* findings(root, other), [
        'tsconfig.json:3:50 "target" is another, "target": "ES2020" is asked for',
        'tsconfig.json:3:22 "noImplicitOverride" is not set, "noImplicitOverride": true is asked for'
      ])
    })
  )

  it.scoped("finds a part of strict that a link of the chain turns off again", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "tsconfig.json": { extends: "./base/middle.json", compilerOptions: { strict: true } },
        "base/middle.json": { extends: "./root.json", compilerOptions: { noImplicitAny: true } },
        "base/root.json": { compilerOptions: { strict: true, strictNullChecks: false } },
        "own.json": { extends: "./base/root.json", compilerOptions: { strictNullChecks: true } },
        "off.json": { compilerOptions: { strict: true, strictNullChecks: false } }
      })
      assert.deepStrictEqual(yield* findings(root, strict), [
        'tsconfig.json:2:14 "strictNullChecks" is false (by base/root.json), "strict": true is asked for'
      ])
      assert.deepStrictEqual(yield* findings(root, { ...strict, config: "own.json" }), [])
      assert.deepStrictEqual(yield* findings(root, { ...strict, config: "off.json" }), [
        'off.json:4:25 "strictNullChecks" is false, "strict": true is asked for'
      ])
    })
  )

  it.scoped("follows lists and packages", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "tsconfig.json": { extends: ["@our/config", "./last.json"] },
        "reverse.json": { extends: ["./last.json", "@our/config/tsconfig.json"] },
        "last.json": { compilerOptions: { strict: false } },
        "node_modules/@our/config/package.json": { name: "@our/config", version: "1.0.0" },
        "node_modules/@our/config/tsconfig.json": { compilerOptions: { strict: true } }
      })
      assert.deepStrictEqual(yield* findings(root, { ...strict, config: "reverse.json" }), [])
      assert.match(
        String(yield* findings(root, strict)),
        /^tsconfig\.json:2:14 "strict" is false \(by .*last\.json\)/
      )
    })
  )

  it.scoped("looks at each project that is referred to, and not at a mere list of them", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "tsconfig.json": { files: [], references: [{ path: "./a" }, { path: "./b/tsconfig.app.json" }] },
        "a/tsconfig.json": { compilerOptions: { strict: true }, references: [{ path: ".." }] },
        "b/tsconfig.app.json": { compilerOptions: { noEmit: true } },
        "out.json": { references: [{ path: "../elsewhere" }], compilerOptions: { strict: true } }
      })
      assert.deepStrictEqual(yield* findings(root, strict), [
        'b/tsconfig.app.json:2:22 "strict" is not set, "strict": true is asked for'
      ])
      assert.match(
        String(yield* findings(root, { ...strict, config: "out.json" })),
        /^out\.json:2:17 It refers to a project outside/
      )
    })
  )

  it.scoped(
    "fails where the options cannot be found: no file, no JSON, a base that is not there, a circle",
    () =>
      Effect.gen(function* () {
        const root = yield* project({
          "broken.json": "{ strict: true }",
          "lost.json": { extends: "./nowhere.json", compilerOptions: { strict: true } },
          "one.json": { extends: "./two.json", compilerOptions: { strict: true } },
          "two.json": { extends: "./one.json" }
        })
        const of = (config: string) => Effect.map(findings(root, { ...strict, config }), String)
        assert.match(yield* of("tsconfig.json"), /^tsconfig\.json:1:1 There is no tsconfig\.json/)
        assert.match(yield* of("broken.json"), /^broken\.json:1:3 broken\.json is no JSON/)
        assert.match(yield* of("lost.json"), /^lost\.json:2:14 TypeScript does not take it: .*nowhere\.json/)
        assert.match(yield* of("one.json"), /^one\.json:2:14 TypeScript does not take it: Circular/)
        assert.notInclude(yield* of("one.json"), root)
        assert.notInclude(yield* of("lost.json"), root)
      })
  )

  it.scoped("refuses options that TypeScript does not know", () =>
    Effect.gen(function* () {
      assert.match(
        yield* refused({ kind: "tsconfig", options: { strikt: true } }),
        /^options\.strikt: Unknown/
      )
      assert.match(yield* refused({ kind: "tsconfig", options: { target: "ES1" } }), /^options\.target: /)
      assert.match(yield* refused({ ...strict, config: "../tsconfig.json" }), /^config: /)
    })
  )
})

describe("json-path", () => {
  const file = "package.json"
  const rule = (pointer: string, more: Fields): Fields => ({ kind: "json-path", file, pointer, ...more })
  const text =
    '{\n  "name": "shop",\n  "private": true,\n  "scripts": { "test": "vitest" },\n  "files": ["a", "b"]\n}\n'

  it.scoped("finds values that are missing, that are there, and that are other ones, at their places", () =>
    Effect.gen(function* () {
      const root = yield* project({ [file]: text })
      const of = (pointer: string, more: Fields) => findings(root, rule(pointer, more))
      assert.deepStrictEqual(yield* of("/scripts/test", { exists: true }), [])
      assert.deepStrictEqual(yield* of("/scripts/lint", { exists: true }), [
        'package.json:4:14 "/scripts/lint" is missing'
      ])
      assert.deepStrictEqual(yield* of("/private", { exists: false }), [
        'package.json:3:14 "/private" is there'
      ])
      assert.deepStrictEqual(yield* of("/license", { exists: false }), [])
      assert.deepStrictEqual(yield* of("/files", { equals: ["a", "b"] }), [])
      assert.deepStrictEqual(yield* of("/files/1", { equals: "c" }), [
        'package.json:5:18 "/files/1" is not "c"'
      ])
      assert.deepStrictEqual(yield* of("/license", { equals: "MIT" }), [
        'package.json:1:1 "/license" is missing'
      ])
      assert.deepStrictEqual(yield* of("/scripts/test", { matches: "^vitest" }), [])
      assert.deepStrictEqual(yield* of("/scripts/test", { matches: "jest", message: "Use jest." }), [
        'package.json:4:24 Use jest: "/scripts/test" does not match jest'
      ])
      assert.match(String(yield* of("/private", { matches: "true" })), /is no text/)
    })
  )

  it.scoped("fails where the file is missing or no JSON, unless it is not to be there", () =>
    Effect.gen(function* () {
      const root = yield* project({ "b.json": "{ no }" })
      assert.deepStrictEqual(yield* findings(root, rule("/a", { exists: true })), [
        "package.json:1:1 There is no package.json"
      ])
      assert.deepStrictEqual(yield* findings(root, rule("/a", { exists: false })), [])
      assert.match(
        String(yield* findings(root, { ...rule("/a", { exists: false }), file: "b.json" })),
        /^b\.json:1:3 b\.json is no JSON/
      )
    })
  )

  it.effect("refuses rules that ask for nothing, contradict themselves or hold no pattern", () =>
    Effect.gen(function* () {
      assert.match(yield* refused(rule("/a", {})), /^exists: The rule asks for nothing/)
      assert.match(yield* refused(rule("/a", { exists: false, equals: 1 })), /^exists: /)
      assert.match(yield* refused(rule("/a", { matches: "(" })), /^matches: missing/)
      assert.match(yield* refused(rule("/a~2", { exists: true })), /^pointer: /)
      assert.match(yield* refused({ ...rule("/a", { exists: true }), file: "a/../../b.json" }), /^file: /)
    })
  )
})
