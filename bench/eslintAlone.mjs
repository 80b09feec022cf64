// ESLint by itself, as its own documentation sets it up: `node bench/eslintAlone.mjs PACK.yaml OUT.json`, in the folder whose
// src/ is judged. The rules and their options are those of the pack; inline configuration is off, as it is for the gate.
import { ESLint } from "eslint"
import { readFileSync, writeFileSync } from "node:fs"
import tseslint from "typescript-eslint"
import { parse } from "yaml"

const [pack, out] = process.argv.slice(2)
const eslint = new ESLint({
  cwd: process.cwd(),
  allowInlineConfig: false,
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ["**/*.ts"],
      plugins: { "@typescript-eslint": tseslint.plugin },
      // ESLint's faster way, which is the gate's too
      languageOptions: { parser: tseslint.parser, parserOptions: { jsDocParsingMode: "none" } },
      linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "off" },
      rules: Object.fromEntries(
        parse(readFileSync(pack, "utf8")).rules.map(({ options = [], rule }) => [rule, ["error", ...options]])
      )
    }
  ]
})
writeFileSync(out, JSON.stringify(await eslint.lintFiles(["src"])))
