/** What the linter forbids, tried on lines that break each rule: a rule that matches nothing would never be missed. */
import { assert, describe, it } from "@effect/vitest"
import { ESLint } from "eslint"

const imports = "no-restricted-imports"
const syntax = "no-restricted-syntax"

/** Rules that know no types: a program of all sources would take ten times what they do. */
const tried = new Set([
  imports,
  syntax,
  "@typescript-eslint/no-explicit-any",
  "@typescript-eslint/no-non-null-assertion",
  "@typescript-eslint/explicit-function-return-type",
  "@typescript-eslint/no-unused-vars",
  "prefer-const",
  "no-var"
])
const eslint = new ESLint({
  ruleFilter: ({ ruleId }) => tried.has(ruleId),
  overrideConfig: { languageOptions: { parserOptions: { projectService: false, project: false } } }
})

/** The rules that a text breaks in the place of a file that is there. */
const broken = async (file: string, text: string): Promise<ReadonlyArray<string | null>> => {
  const [result] = await eslint.lintText(`${text}\n`, { filePath: file })
  return result?.messages.map(({ ruleId }) => ruleId) ?? []
}

describe("the linter", () => {
  it.each([
    ["src/domain/Hash.ts", 'export * from "../prompt/digest.js"', imports],
    ["src/prompt/digest.ts", 'export * from "../services/Telemetry.js"', imports],
    ["src/services/Telemetry.ts", 'export * from "../cli/init.js"', imports],
    ["src/cli/init.ts", 'export * from "../../layers/Otel.js"', imports],
    ["src/cli/init.ts", 'export const late = () => import("../../layers/Otel.js")', syntax],
    ["layers/Otel.ts", 'export * from "better-sqlite3"', imports],
    ["layers/Otel.ts", 'export * from "@effect/sql-pg/PgClient"', imports],
    ["layers/Otel.ts", 'export const late = () => import("better-sqlite3")', syntax],
    ["layers/Otel.ts", 'export const late = () => import("pg")', syntax],
    ["layers/Otel.ts", 'export { Effect } from "effect"', imports],
    ["src/cli/init.ts", "export const value: any = 1", "@typescript-eslint/no-explicit-any"],
    ["src/cli/init.ts", "export const f = (x?: string) => x!", "@typescript-eslint/no-non-null-assertion"],
    [
      "src/cli/init.ts",
      "export function f() { return 1 }",
      "@typescript-eslint/explicit-function-return-type"
    ],
    [
      "bench/report.ts",
      "export function f() { return 1 }",
      "@typescript-eslint/explicit-function-return-type"
    ],
    [
      "src/cli/init.ts",
      "export const f = (): void => { const unused = 1 }",
      "@typescript-eslint/no-unused-vars"
    ],
    ["src/cli/init.ts", "export let value = [1].map((x) => { let y = x; return y })", "prefer-const"],
    ["src/cli/init.ts", "export var value = 1", "no-var"]
  ])("refuses, in %s: %s", async (file, text, rule) => {
    assert.include(await broken(file, text), rule)
  })

  it.each([
    ["src/cli/init.ts", 'export * from "../services/Telemetry.js"'],
    ["layers/storage/driver.ts", 'export const late = () => import("better-sqlite3")'],
    ["layers/Otel.ts", 'export const late = () => import("../src/cli/version.js")']
  ])("lets pass, in %s: %s", async (file, text) => {
    const found = await broken(file, text)
    assert.notInclude(found, imports)
    assert.notInclude(found, syntax)
  })
})
