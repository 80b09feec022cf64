/** Judges a text by one rule of the engine, and shows each hit with the text at its place. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TokensEngine from "../../../../layers/enforce/theme/TokensEngine.js"
import { Hash } from "../../../../src/domain/Hash.js"
import type { PackedRule } from "../../../../src/enforce/PackedRule.js"
import { RuleFile } from "../../../../src/enforce/Rulepack.js"
import { layerMemory, type Token } from "../../../../src/services/TokenSources.js"

export interface Judged {
  /** The text at the place of the hit. */
  readonly at: string
  readonly message: string
  readonly line: number
  readonly column: number
}

const tokens: ReadonlyArray<Token> = [
  { name: "color.brand.500", type: "color", value: "#3366ff" },
  { name: "space.2", type: "dimension", value: "8px" }
]

export const everything = ["color", "spacing", "radius", "shadow", "typography"] as const

const packed = (rule: object): PackedRule => ({
  pack: { id: "test", version: "1.0.0", hash: Hash.make("0".repeat(64)) },
  rule: Schema.decodeUnknownSync(RuleFile)({ id: "rule", ...rule })
})

/** Where a line and a column are; lines end as findings count them. */
const makeOffsets = (text: string): ((line: number, column: number) => number) => {
  const ends = [...text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)].map((each) => each.index + each[0].length)
  return (line, column) => ([0, ...ends][line - 1] ?? 0) + column - 1
}

export const judgedBy = (
  rule: object,
  path: string,
  text: string,
  known: Readonly<Record<string, ReadonlyArray<Token>>> = { "tokens.json": tokens }
) =>
  Effect.gen(function* () {
    const own = packed(rule)
    const engine = yield* TokensEngine.make
    const judge = yield* engine.prepare([own])
    const offsetOf = makeOffsets(text)
    const hits = yield* judge.text({ path, text }, [own])
    return hits.map(({ column, endColumn, endLine, line, message = "" }): Judged => {
      const at = text.slice(offsetOf(line, column), offsetOf(endLine, endColumn))
      return { at, message, line, column }
    })
  }).pipe(Effect.provide(layerMemory(known)))

export const rawsIn = (path: string, text: string, values: ReadonlyArray<string> = everything) =>
  Effect.map(judgedBy({ kind: "tokens", values, sources: ["tokens.json"] }, path, text), (hits) =>
    hits.map(({ at }) => at)
  )
