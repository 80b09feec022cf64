/** Packs as data, and the engine as Enforcer asks it. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Eslint from "../../../../layers/enforce/eslint/EslintEngine.js"
import { Hash } from "../../../../src/domain/Hash.js"
import { toFindings } from "../../../../src/enforce/findings.js"
import { type Pack, type PackedRule, rulesOf } from "../../../../src/enforce/PackedRule.js"
import { readPack } from "../../../../src/enforce/readPack.js"

const hash = Hash.make("0".repeat(64))

export const packOf = (yaml: string, origin = "pack.yaml"): Pack => ({
  file: Either.getOrThrowWith(readPack(yaml, origin), (error) => error),
  hash,
  origin,
  code: new Map()
})

/** One pack of rules as they stand in YAML's flow style, without what every pack has. */
export const rulesIn = (
  id: string,
  ...rules: ReadonlyArray<Record<string, unknown>>
): ReadonlyArray<PackedRule> =>
  rulesOf(packOf(JSON.stringify({ schemaVersion: 1, id, version: "1.0.0", rules })))

export const { kinds, prepare, reads } = Eslint.make()

/** What rules find in one text. */
export const judge = Effect.fnUntraced(function* (
  rules: ReadonlyArray<PackedRule>,
  text: string,
  path = "src/example.ts"
) {
  const { text: judgeText } = yield* prepare(rules)
  return toFindings(path, text, yield* judgeText({ path, text }, rules))
})
