/** The engine as programs meet it: behind Enforcer, with packs by their names. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readFileSync } from "node:fs"
import * as Eslint from "../../../../layers/enforce/eslint/EslintEngine.js"
import { Enforcer, layer } from "../../../../src/services/Enforcer.js"
import { RuleEngines } from "../../../../src/services/RuleEngines.js"
import { layerMemory } from "../../../../src/services/Rulepacks.js"
import * as VerdictMemo from "../../../../src/services/VerdictMemo.js"
import { packOf } from "./rig.js"

const shipped = (name: string) => {
  const origin = `rulepacks/${name}/pack.yaml`
  return packOf(readFileSync(new URL(`../../../../${origin}`, import.meta.url), "utf8"), origin)
}
const broken = packOf(
  JSON.stringify({
    schemaVersion: 1,
    id: "broken",
    version: "1.0.0",
    rules: [{ id: "bad", kind: "selector", selector: "A[", message: "No." }]
  }),
  "rules/pack.yaml"
)

const live = Layer.provide(layer, [
  Layer.succeed(RuleEngines, [Eslint.make()]),
  layerMemory([shipped("standards"), shipped("ast"), shipped("a11y"), broken]),
  VerdictMemo.layerMemory
])

describe("Enforcer with ESLint", () => {
  it.effect("reports what the packs find, in order, with where to read more", () =>
    Effect.gen(function* () {
      const { enforceStandards } = yield* Enforcer
      const text = "// @ts-nocheck\nvar a: any = 1\nf(a)\ntry { f() } catch {}\n"
      const report = yield* enforceStandards(text, ["ast", "standards"], { path: "src/a.ts" })
      assert.isFalse(report.valid)
      assert.deepStrictEqual(
        report.findings.map(({ line, rule }) => [rule, line]),
        [
          ["ast/no-ts-comment", 1],
          ["standards/no-var", 2],
          ["standards/no-explicit-any", 2],
          ["ast/swallowed-error", 4]
        ]
      )
      for (const { helpUrl, rule } of report.findings) {
        if (rule !== "ast/swallowed-error") assert.match(helpUrl ?? "", /^https:/)
      }
    }).pipe(Effect.provide(live))
  )

  it.effect("applies rules to the files that they are about", () =>
    Effect.gen(function* () {
      const { enforceStandards } = yield* Enforcer
      const text = "export const view = <img src='a.png' />"
      const found = yield* enforceStandards(text, ["a11y"], { path: "a.jsx" })
      const notFound = yield* enforceStandards("export function f() { return 1 }", ["standards"], {
        path: "a.js"
      })
      assert.deepStrictEqual(
        found.findings.map(({ rule }) => rule),
        ["a11y/alt-text"]
      )
      assert.isTrue(notFound.valid)
    }).pipe(Effect.provide(live))
  )

  it.effect("refuses a pack with a selector that is none, and says which rule of which file it is", () =>
    Effect.gen(function* () {
      const { prepare } = yield* Enforcer
      const error = yield* Effect.flip(prepare(["standards", "broken"]))
      assert.match(
        error.message,
        /^rules\/pack\.yaml:1:1: "selector" of rule broken\/bad: .* at position 2: /
      )
    }).pipe(Effect.provide(live))
  )
})
