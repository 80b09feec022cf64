/** The gate as programs meet it: as an Effect, as a promise, in tests; and its report by the schema that is printed for it. */
import { assert, describe, it } from "@effect/vitest"
import { Ajv } from "ajv"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { AegisTest } from "../../../layers/AegisTest.js"
import { EnforcerLive, layerWith } from "../../../layers/enforce/EnforcerLive.js"
import * as AegisPromise from "../../../layers/promise.js"
import * as Output from "../../../src/cli/Output.js"
import { schema } from "../../../src/cli/schema.js"
import { baselineOf, writeBaseline } from "../../../src/enforce/baseline.js"
import { toJson } from "../../../src/enforce/report/json.js"
import { enforceStandards } from "../../../src/services/enforceStandards.js"
import { tempDir } from "../../support/tempDir.js"

const smallest = "rules:\n  - id: no-todo\n    pattern: TODO\n    message: Do it now.\n"

/** What `aegis schema NAME` prints, as a check. */
const printed = (name: string) =>
  Effect.gen(function* () {
    const written: Array<string> = []
    yield* schema(Option.some(name)).pipe(
      Effect.provide(Output.layerMemory(written, true, { color: false, width: 80 }))
    )
    const json: object = JSON.parse(written.join(""))
    return new Ajv({ allErrors: true, strict: false }).compile(json)
  })

describe("the gate in programs", { timeout: 60_000 }, () => {
  it.scoped("judges by a pack of the project that has nothing but a rule", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      Fs.mkdirSync(Path.join(root, "rulepacks/house"), { recursive: true })
      Fs.writeFileSync(Path.join(root, "aegis.config.json"), "{}")
      Fs.writeFileSync(Path.join(root, "rulepacks/house/pack.yaml"), smallest)
      const gate = layerWith({ cwd: root, env: {}, flags: {} })
      const report = yield* Effect.provide(enforceStandards("a\nb TODO\n", ["house"], { path: "a.md" }), gate)
      assert.isFalse(report.valid)
      assert.deepInclude(report.findings[0], { rule: "house/no-todo", path: "a.md", line: 2, column: 3 })
      assert.isFalse(Fs.existsSync(Path.join(root, ".aegis")))

      const aegis = AegisPromise.openAegis({ cwd: root, env: {} })
      assert.deepStrictEqual(
        yield* Effect.promise(() => aegis.enforceStandards("a\nb TODO\n", ["house"], { path: "a.md" })),
        report
      )
      yield* Effect.promise(aegis.close)
      assert.isFalse(Fs.existsSync(Path.join(root, ".aegis")))
    })
  )

  it.scoped("gives promises what is wrong with packs and arguments as typed errors", () =>
    Effect.gen(function* () {
      const aegis = AegisPromise.openAegis({ cwd: yield* tempDir, env: {} })
      const refused = (packs: ReadonlyArray<string>) =>
        Effect.flip(
          Effect.tryPromise({ try: () => aegis.enforceStandards("a", packs), catch: (error) => error })
        )
      assert.deepInclude(yield* refused(["nowhere"]), { _tag: "RulepackNotFound", name: "nowhere" })
      assert.deepInclude(yield* refused([]), {
        _tag: "InvalidInput",
        path: "/rulepacks/0",
        schema: "EnforceInput"
      })
      // what a caller without types may hand over: no packs must not mean no fault
      const nothing: ReadonlyArray<string> = Reflect.get({}, "rulepacks")
      assert.deepInclude(yield* refused(nothing), { _tag: "InvalidInput", path: "/rulepacks" })
      yield* Effect.promise(aegis.close)
    })
  )

  it.effect("is part of what tests provide, and says the same in every run", () =>
    Effect.gen(function* () {
      const judge = enforceStandards("var a = eval('1')\n", ["standards", "ast"])
      const report = yield* Effect.provide(judge, AegisTest)
      assert.isAbove(report.errors, 0)
      assert.deepStrictEqual(yield* Effect.provide(judge, AegisTest), report)
    })
  )

  it.effect("writes reports and baselines that the printed schemas let through, and no others", () =>
    Effect.gen(function* () {
      const report = yield* Effect.provide(
        enforceStandards("export const a: any = 1\nvar b = a as any\n", ["standards", "ast"]),
        EnforcerLive
      )
      assert.isNotEmpty(report.findings)
      const isReport = yield* printed("ComplianceReport")
      assert.isTrue(isReport(JSON.parse(yield* toJson(report))), JSON.stringify(isReport.errors))
      assert.isFalse(isReport({ ...report, valid: "yes" }))
      assert.isFalse(isReport({ ...report, more: 1 }))
      const isFinding = yield* printed("Finding")
      assert.isTrue(report.findings.every((finding) => isFinding(finding)))
      const isBaseline = yield* printed("Baseline")
      assert.isTrue(isBaseline(JSON.parse(writeBaseline(baselineOf(report.findings)))))
      assert.isFalse(isBaseline({ schemaVersion: 2, findings: [] }))
    })
  )

  it.effect("prints a schema of packs that takes every pack that comes with Aegis, and the smallest", () =>
    Effect.gen(function* () {
      const isPack = yield* printed("PackFile")
      const { parse } = yield* Effect.promise(() => import("yaml"))
      const folder = new URL("../../../rulepacks/", import.meta.url)
      const files = Fs.readdirSync(folder)
        .map((name) => new URL(`${name}/pack.yaml`, folder))
        .filter((file) => Fs.existsSync(file))
      assert.isAbove(files.length, 5)
      for (const file of files) {
        const pack: unknown = parse(Fs.readFileSync(file, "utf8"))
        assert.isTrue(isPack(pack), `${file.href} ${JSON.stringify(isPack.errors?.slice(0, 3))}`)
      }
      assert.isTrue(isPack(parse(smallest)), JSON.stringify(isPack.errors?.slice(0, 3)))
      assert.isFalse(isPack({ rules: [{ id: "a", message: "b" }] }))
    })
  )
})
