/** The built-in packs about the project, as they ship, on projects that keep them and on ones that do not. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as ProjectEngine from "../../layers/enforce/ProjectEngine.js"
import * as RulepacksFs from "../../layers/enforce/RulepacksFs.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import { Enforcer, layer } from "../../src/services/Enforcer.js"
import { RuleEngines } from "../../src/services/RuleEngines.js"
import * as VerdictMemo from "../../src/services/VerdictMemo.js"
import { tempDir } from "../support/tempDir.js"

/** The rules that a project breaks, with the files. */
const broken = (root: string, pack: string) => {
  const engines = Layer.effect(RuleEngines, Effect.all([ProjectEngine.make]))
  const packs = Layer.provide(RulepacksFs.layer, AegisConfig.layer(root))
  return Effect.gen(function* () {
    const enforcer = yield* Enforcer
    const { project } = yield* enforcer.prepare([pack])
    const files = yield* project(root)
    return files.flatMap(({ findings }) =>
      findings.map(({ path, rule, severity }) => `${severity} ${path} ${rule}`)
    )
  }).pipe(Effect.provide(Layer.provide(layer, Layer.mergeAll(engines, packs, VerdictMemo.layerMemory))))
}

const project = (files: Readonly<Record<string, unknown>>) =>
  Effect.map(tempDir, (root) => {
    for (const [path, json] of Object.entries(files)) {
      Fs.mkdirSync(Path.dirname(Path.join(root, path)), { recursive: true })
      Fs.writeFileSync(Path.join(root, path), JSON.stringify(json))
    }
    return root
  })

describe("the pack project", () => {
  it.scoped("passes this repository", () =>
    Effect.gen(function* () {
      const root = Path.resolve(import.meta.dirname, "../..")
      assert.deepStrictEqual(yield* broken(root, "project"), [])
    })
  )

  it.scoped("finds what a project leaves out", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "tsconfig.json": { compilerOptions: { strict: true, noImplicitAny: false } },
        "package.json": {}
      })
      assert.deepStrictEqual(yield* broken(root, "project"), [
        "warning tsconfig.json project/checked-access",
        "warning tsconfig.json project/no-fallthrough",
        "error tsconfig.json project/strict",
        "warning package.json project/tests"
      ])
    })
  )
})

describe("the pack coverage", () => {
  const summary = (lines: number, branches: number) => {
    const of = (covered: number) => ({ total: 1000, covered, skipped: 0, pct: 90 })
    const total = { lines: of(lines), statements: of(1000), functions: of(900), branches: of(branches) }
    return { "coverage/coverage-summary.json": { total } }
  }

  it.scoped("lets nine tenths pass, and nothing below", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* broken(yield* project(summary(900, 900)), "coverage"), [])
      assert.deepStrictEqual(yield* broken(yield* project(summary(899, 899)), "coverage"), [
        "error coverage/coverage-summary.json coverage/thresholds",
        "error coverage/coverage-summary.json coverage/thresholds"
      ])
    })
  )
})
