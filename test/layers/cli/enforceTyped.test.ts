/** `aegis enforce --typed`, over a small project and the real engines. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { enforceLive } from "../../../layers/cli/enforceLive.js"
import { tempDir } from "../../support/tempDir.js"
import { commandLine, type Ended } from "./support/commandLine.js"

const installed = fileURLToPath(new URL("../../../node_modules/effect", import.meta.url))

const source = `import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
const save = () => Effect.log("a")
const load = async () => 1
save()
load()
Effect.log("told by the syntax")
const saved = save()
export const use = (found: Option.Option<number>) =>
  Effect.gen(function* () {
    saved
    yield* save()
    yield* Effect.fork(save())
    Effect.runFork(save())
    Option.map(found, (n) => n)
    await_(load)
  })
const await_ = (f: () => Promise<number>): void => void f()
`

/** A project with that file in src/, and `aegis enforce --rulepack ast` in it. */
const project = Effect.map(tempDir, (folder) => {
  const write = (path: string, text: string) => {
    Fs.mkdirSync(Path.dirname(Path.join(folder, path)), { recursive: true })
    Fs.writeFileSync(Path.join(folder, path), text)
  }
  write("package.json", "{}")
  write(
    "tsconfig.json",
    '{ "include": ["src"], "compilerOptions": { "module": "nodenext", "strict": true, "types": [] } }'
  )
  write("src/a.ts", source)
  Fs.mkdirSync(Path.join(folder, "node_modules"))
  Fs.symlinkSync(installed, Path.join(folder, "node_modules/effect"))
  const enforce = (...words: ReadonlyArray<string>): Effect.Effect<Ended> =>
    commandLine({ folder, layers: { enforce: enforceLive } }, ["enforce", "--rulepack", "ast", ...words])
  const found = (...words: ReadonlyArray<string>) =>
    Effect.map(enforce("--json", ...words), ({ text }) => {
      const report: {
        findings: ReadonlyArray<{ rule: string; path: string; line: number; message: string }>
        leftOut: ReadonlyArray<string>
      } = JSON.parse(text)
      const named = (...rules: ReadonlyArray<string>) =>
        report.findings
          .filter(({ rule }) => rules.includes(rule))
          .map(({ line, path, rule }) => `${path}:${line} ${rule}`)
      return { ...report, named }
    })
  return { folder, write, enforce, found }
})

const typed = ["ast/no-floating-promises", "ast/floating-effect-value"]

describe("aegis enforce --typed", { timeout: 120_000 }, () => {
  it.scoped("finds promises and Effects that float, and no fiber or option", () =>
    Effect.gen(function* () {
      const { found } = yield* project
      const { leftOut, named } = yield* found("--typed")
      assert.deepStrictEqual(named(...typed, "ast/floating-effect"), [
        "src/a.ts:5 ast/floating-effect-value",
        "src/a.ts:6 ast/no-floating-promises",
        "src/a.ts:7 ast/floating-effect",
        "src/a.ts:11 ast/floating-effect-value"
      ])
      assert.deepStrictEqual(leftOut, [])
    })
  )

  it.scoped("says without it which rules were not applied, in every report", () =>
    Effect.gen(function* () {
      const { enforce, folder, found } = yield* project
      const { leftOut, named } = yield* found()
      assert.deepStrictEqual(leftOut, typed)
      assert.deepStrictEqual(named(...typed), [])
      const { text } = yield* enforce("--ci", "--format", "human,sarif")
      assert.match(text, /^not applied, as it needs --typed: ast\/no-floating-promises, /m)
      const report = Fs.readFileSync(Path.join(folder, "compliance-report.json"), "utf8")
      assert.deepStrictEqual(JSON.parse(report).leftOut, typed)
      const sarif = JSON.parse(Fs.readFileSync(Path.join(folder, "compliance-report.sarif"), "utf8"))
      const applied: ReadonlyArray<{ readonly id: string }> = sarif.runs[0].tool.driver.rules
      assert.notIncludeMembers(
        applied.map(({ id }) => id),
        typed
      )
      assert.include(
        sarif.runs[0].invocations[0].toolExecutionNotifications[0].message.text,
        typed.join(", ")
      )
    })
  )

  it.scoped("finds fault with each file whose types are not known, and judges it by the other rules", () =>
    Effect.gen(function* () {
      const { enforce, found, write } = yield* project
      write("scripts/b.ts", 'eval("1")\n')
      write("scripts/c.ts", "export const c = 1\n")
      const beside = yield* found("--typed", "scripts")
      assert.deepStrictEqual(beside.named("aegis/types-unknown", "ast/no-eval"), [
        "scripts/b.ts:1 aegis/types-unknown",
        "scripts/b.ts:1 ast/no-eval",
        "scripts/c.ts:1 aegis/types-unknown"
      ])
      assert.match(beside.findings[0]?.message ?? "", /tsconfig\.json does not include it/)
      assert.strictEqual((yield* enforce("--typed", "scripts")).code, 1)
    })
  )

  it.scoped("says that there is no tsconfig.json where there is none", () =>
    Effect.gen(function* () {
      const { enforce, folder } = yield* project
      Fs.rmSync(Path.join(folder, "tsconfig.json"))
      const { code, text } = yield* enforce("--typed")
      assert.strictEqual(code, 1)
      assert.include(text, "there is no tsconfig.json in its folder or in one above it")
      assert.notInclude(text, folder)
    })
  )
})
