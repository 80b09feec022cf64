/** The examples of every pack that ships, judged by the rule that they are examples of. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { isCode } from "../../../../layers/enforce/eslint/linting.js"
import { makeMatcher } from "../../../../src/enforce/globs.js"
import { nameOf, type PackedRule, rulesOf } from "../../../../src/enforce/PackedRule.js"
import { kinds, packOf, prepare } from "./rig.js"

const folder = new URL("../../../../rulepacks/", import.meta.url)
const packs = readdirSync(folder)
  .map((name) => ({ name, file: new URL(`${name}/pack.yaml`, folder) }))
  .filter(({ file }) => existsSync(file))
  .map(({ file, name }) => packOf(readFileSync(file, "utf8"), `${name}/pack.yaml`))
const rules = packs.flatMap(rulesOf).filter(({ rule }) => kinds.includes(rule.kind))
const untyped = rules.filter(({ rule }) => !(rule.kind === "eslint" && rule.typed))

/** How often a rule finds something in a text. */
const count = Effect.fnUntraced(function* (rule: PackedRule, text: string) {
  const path = rule.rule.examples?.file ?? "example.ts"
  const { text: judge } = yield* prepare([rule])
  const hits = yield* judge({ path, text }, [rule])
  assert.deepStrictEqual(
    [...new Set(hits.map((hit) => nameOf(hit.rule)))].filter((name) => name !== nameOf(rule)),
    []
  )
  return hits.length
})

describe("the packs that ESLint judges by", () => {
  it("are at least those three", () => {
    assert.includeMembers(
      rules.map(({ pack }) => pack.id),
      ["standards", "ast", "a11y"]
    )
  })

  it.effect("can be used together", () => prepare(rules))

  it("hold every rule of jsx-a11y", async () => {
    const { configs } = (await import("eslint-plugin-jsx-a11y-x")).default
    const { rules: all } = configs.recommended.plugins["jsx-a11y-x"]
    const names = rules.filter(({ pack }) => pack.id === "a11y").map(({ rule }) => rule.id)
    assert.sameMembers(names, Object.keys(all))
  })

  it.each([...new Set(rules.map(({ pack }) => pack.id))])(
    "%s has a README.md that tells of each rule",
    (id) => {
      const readme = readFileSync(new URL(`${id}/README.md`, folder), "utf8")
      for (const { pack, rule } of rules) {
        if (pack.id === id) assert.include(readme, `## ${rule.id}\n`)
      }
    }
  )

  it.each(rules.map((rule) => [nameOf(rule), rule] as const))(
    "%s has examples that its files match, and says what it is about",
    (_, { rule }) => {
      const { examples } = rule
      assert.isNotEmpty(examples?.good)
      assert.isNotEmpty(examples?.bad)
      const file = examples?.file ?? "example.ts"
      assert.isTrue(isCode(file) && makeMatcher(rule.files, rule.ignores)(file))
      assert.isDefined(rule.message ?? rule.description)
    }
  )

  for (const rule of untyped) {
    it.effect.each(rule.rule.examples?.good ?? [])(`${nameOf(rule)} passes %j`, (text) =>
      Effect.map(count(rule, text), (found) => assert.strictEqual(found, 0))
    )
    it.effect.each(rule.rule.examples?.bad ?? [])(`${nameOf(rule)} finds something in %j`, (text) =>
      Effect.map(count(rule, text), (found) => assert.isAbove(found, 0))
    )
  }
})
