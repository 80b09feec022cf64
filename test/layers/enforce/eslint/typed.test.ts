/** Rules that need the types of a project, which lies in a folder. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Eslint from "../../../../layers/enforce/eslint/EslintEngine.js"
import { rulesIn } from "./rig.js"
import { tempDir } from "../../../support/tempDir.js"

const rules = rulesIn(
  "p",
  { id: "floating", kind: "eslint", rule: "@typescript-eslint/no-floating-promises", typed: true },
  { id: "no-var", kind: "eslint", rule: "no-var" }
)
const text = 'import { load } from "./load.js"\nvar a = 1\nload()\n'

const makeProject = Effect.map(tempDir, (folder) => {
  mkdirSync(join(folder, "src"))
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ include: ["src"], compilerOptions: { types: [] } })
  )
  writeFileSync(join(folder, "src/load.ts"), "export const load = async () => 1\n")
  writeFileSync(join(folder, "src/a.ts"), text)
  return folder
})

describe("rules that need types", () => {
  it.scoped("are applied where types were asked for, beside the others", () =>
    Effect.gen(function* () {
      const typesOf = yield* makeProject
      const judge = yield* Eslint.make({ typesOf }).prepare(rules)
      const hits = yield* judge.text({ path: "src/a.ts", text }, rules)
      assert.deepStrictEqual(
        hits.map(({ line, rule }) => [rule.rule.id, line]),
        [
          ["no-var", 2],
          ["floating", 3]
        ]
      )
    })
  )

  it.effect("are left out otherwise", () =>
    Effect.gen(function* () {
      const judge = yield* Eslint.make().prepare(rules)
      const hits = yield* judge.text({ path: "src/a.ts", text }, rules)
      assert.deepStrictEqual(
        hits.map(({ rule }) => rule.rule.id),
        ["no-var"]
      )
    })
  )

  it.scoped("do not pass a file that is in no project; the others judge it", () =>
    Effect.gen(function* () {
      const typesOf = yield* makeProject
      const judge = yield* Eslint.make({ typesOf }).prepare(rules)
      const hits = yield* judge.text({ path: "other/a.ts", text }, rules)
      assert.deepStrictEqual(
        hits.map(({ line, rule }) => [rule.rule.id, rule.rule.severity, line]),
        [
          ["types-unknown", "error", 1],
          ["no-var", "error", 2]
        ]
      )
      assert.match(hits[0]?.message ?? "", /: tsconfig\.json does not include it/)
      const alone = yield* judge.text({ path: "other/a.ts", text }, rules.slice(0, 1))
      assert.deepStrictEqual(
        alone.map(({ rule }) => rule.rule.id),
        ["types-unknown"]
      )
    })
  )

  it.scoped("say so where there is no project at all, without where it lies", () =>
    Effect.gen(function* () {
      const typesOf = yield* makeProject
      rmSync(join(typesOf, "tsconfig.json"))
      const judge = yield* Eslint.make({ typesOf }).prepare(rules)
      const [hit] = yield* judge.text({ path: "src/a.ts", text }, rules)
      assert.match(hit?.message ?? "", /there is no tsconfig\.json/)
      assert.notInclude(hit?.message, typesOf)
    })
  )

  it.scoped("do not hide what cannot be parsed", () =>
    Effect.gen(function* () {
      const typesOf = yield* makeProject
      const judge = yield* Eslint.make({ typesOf }).prepare(rules)
      const [hit] = yield* judge.text({ path: "src/a.ts", text: "const = 1" }, rules)
      assert.strictEqual(hit?.rule.rule.id, "parse-error")
    })
  )
})
