/** Packs and engines as tests of rules need them. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fs from "node:fs"
import * as SecretEngine from "../../../layers/enforce/redaction/SecretEngine.js"
import type { Pack, PackedRule } from "../../../src/enforce/PackedRule.js"
import { rulesOf } from "../../../src/enforce/PackedRule.js"
import { readPack } from "../../../src/enforce/readPack.js"
import { sha256 } from "../../../src/prompt/digest.js"

export const packOf = (yaml: string): Pack => ({
  file: Either.getOrThrow(readPack(yaml, "pack.yaml")),
  hash: sha256(yaml),
  origin: "pack.yaml",
  code: new Map()
})

export const redactionPack = (): Pack =>
  packOf(Fs.readFileSync(new URL("../../../rulepacks/redaction/pack.yaml", import.meta.url), "utf8"))

export const secretPack = (rest: string): Pack =>
  packOf(
    `schemaVersion: 1\nid: own\nversion: 1.0.0\nrules:\n  - id: secrets\n    kind: secret\n    ${rest}\n`
  )

/** What rules of kind `secret` find in a text. */
export const secretsIn = (text: string, pack: Pack = redactionPack()) =>
  Effect.gen(function* () {
    const rules: ReadonlyArray<PackedRule> = rulesOf(pack)
    const judge = yield* SecretEngine.make().prepare(rules)
    return yield* judge.text({ path: "a.txt", text }, rules)
  })
