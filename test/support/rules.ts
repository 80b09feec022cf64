/** Rules as they stand in a pack.yaml, ready for an engine. */
import * as Effect from "effect/Effect"
import { Hash } from "../../src/domain/Hash.js"
import { type Hit, toFindings } from "../../src/enforce/findings.js"
import { type PackedRule, rulesOf } from "../../src/enforce/PackedRule.js"
import { readPack } from "../../src/enforce/readPack.js"
import type { RuleEngine } from "../../src/services/RuleEngines.js"

/** Rules by what stands in their file, as JSON: `{ id: "a", kind: "pattern", ... }`. */
export const rules = (
  ...files: ReadonlyArray<Readonly<Record<string, unknown>>>
): Effect.Effect<ReadonlyArray<PackedRule>> =>
  Effect.map(
    Effect.orDie(
      readPack(JSON.stringify({ schemaVersion: 1, id: "pack", version: "1.0.0", rules: files }), "pack.yaml")
    ),
    (file) => rulesOf({ file, hash: Hash.make("0".repeat(64)), origin: "pack.yaml", code: new Map() })
  )

/** What rules find in a text, as `line:column-endLine:endColumn`, and their messages. */
export const placesOf = (hits: ReadonlyArray<Hit>) =>
  hits.map(({ column, endColumn, endLine, line }) => `${line}:${column}-${endLine}:${endColumn}`)

/** What rules about the project find in it: `path:line:column message`. */
export const projectFindings = (engine: RuleEngine, root: string, due: ReadonlyArray<PackedRule>) =>
  Effect.gen(function* () {
    const judge = yield* engine.prepare(due)
    const found = yield* judge.project?.(root, due) ?? Effect.succeed([])
    return found.flatMap(({ hit, source }) =>
      toFindings(source.path, source.text, [hit]).map(
        ({ column, line, message, path }) => `${path}:${line}:${column} ${message}`
      )
    )
  })
