/** The gate as it is built: ESLint and TypeScript come from the command's own chunks. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { aegis, project } from "./support/command.js"

const files = {
  "tsconfig.json":
    '{ "include": ["src"], "compilerOptions": { "module": "nodenext", "strict": true, "types": [] } }',
  "src/a.tsx": `import { b } from "./b.js"
var a: any = b as unknown as number
Promise.resolve(a)
try { a() } catch {}
export const image = <img src="a.png" style={{ color: "#fff" }} onClick={() => {}} />
`,
  "src/b.ts": "export const b = 'b'\n"
}

describe("the bundled gate", { timeout: 120_000 }, () => {
  it.scoped("finds by rules of every engine, and by the types of JavaScript's own library", () =>
    Effect.gen(function* () {
      const folder = yield* project(files)
      const packs = ["standards", "ast", "a11y", "theme", "project"].flatMap((pack) => ["--rulepack", pack])
      const words = ["enforce", "src", ...packs, "--typed", "--json"]
      const { code, stderr, stdout } = yield* aegis(folder, words)
      assert.strictEqual(code, 1, stderr)
      const report: { readonly findings: ReadonlyArray<{ readonly rule: string }> } = JSON.parse(stdout)
      const found = new Set(report.findings.map(({ rule }) => rule))
      for (const rule of [
        "standards/no-var",
        "standards/no-explicit-any",
        "ast/no-double-assertion",
        "ast/no-floating-promises",
        "ast/swallowed-error",
        "a11y/alt-text",
        "theme/color",
        "project/checked-access"
      ]) {
        assert.isTrue(found.has(rule), `${rule} is not among ${[...found].join(", ")}`)
      }
      assert.strictEqual((yield* aegis(folder, words)).stdout, stdout)
    })
  )

  it.scoped("names the rule that is nearest to one that there is not", () =>
    Effect.gen(function* () {
      const pack = (rule: string): string =>
        JSON.stringify({
          schemaVersion: 1,
          id: "p",
          version: "1.0.0",
          rules: [{ id: "r", kind: "eslint", rule }]
        })
      for (const [rule, near] of [
        ["no-vars", "no-var"],
        ["@typescript-eslint/no-explicit-anys", "@typescript-eslint/no-explicit-any"],
        ["aegis/swallowed-errors", "aegis/swallowed-error"]
      ] as const) {
        const folder = yield* project({ ...files, "rulepacks/p/pack.yaml": pack(rule) })
        const { code, stderr } = yield* aegis(folder, ["enforce", "src", "--rulepack", "p"])
        assert.strictEqual(code, 3, stderr)
        assert.include(stderr, `There is no rule "${rule}". Did you mean "${near}"?`)
      }
    })
  )
})
