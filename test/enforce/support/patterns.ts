/** A small engine of patterns, and a pack for it. */
import * as Effect from "effect/Effect"
import { EngineFault } from "../../../src/domain/ComplianceErrors.js"
import { Hash } from "../../../src/domain/Hash.js"
import type { Hit } from "../../../src/enforce/findings.js"
import { nameOf, type Pack, type PackedRule } from "../../../src/enforce/PackedRule.js"
import type { RuleEngine } from "../../../src/services/RuleEngines.js"

const hitsOf = (packed: PackedRule, text: string): ReadonlyArray<Hit> => {
  const { rule } = packed
  if (rule.kind !== "pattern") return []
  return [...text.matchAll(new RegExp(rule.pattern, "gu"))].map((match) => {
    const before = text.slice(0, match.index).split(/\r\n|[\n\r]/)
    const line = before.length
    const column = (before.at(-1) ?? "").length + 1
    const end = match.index + match[0].length
    return {
      rule: packed,
      line,
      column,
      endLine: line,
      endColumn: column + match[0].length,
      ...(rule.id === "no-var" ? { fix: { start: match.index, end, text: "let" } } : {})
    }
  })
}

export const patterns: RuleEngine = {
  kinds: ["pattern"],
  reads: () => true,
  prepare: () =>
    Effect.succeed({
      text: ({ path, text }, rules) =>
        Effect.forEach(rules, (rule) =>
          rule.rule.id === "crash" && text.includes("crash")
            ? new EngineFault({ rule: nameOf(rule), path, problem: "it threw" })
            : Effect.succeed(hitsOf(rule, text))
        ).pipe(Effect.map((hits) => hits.flat()))
    })
}

const rule = { kind: "pattern", severity: "error", ignoreCase: false, group: 0, files: ["**/*.ts"] } as const

export const house: Pack = {
  file: {
    schemaVersion: 1,
    id: "house",
    version: "1.0.0",
    rules: [
      {
        ...rule,
        id: "no-var",
        pattern: "\\bvar\\b",
        message: "Write let or const.",
        examples: { good: ["let a"], bad: ["var a"] }
      },
      { ...rule, id: "no-todo", pattern: "\\btodo\\b", severity: "warning", message: "Do it." },
      { ...rule, id: "crash", pattern: "^$never", message: "Never." },
      { ...rule, id: "wrong", pattern: "^$never", message: "Never.", examples: { good: [], bad: ["a"] } }
    ]
  },
  hash: Hash.make("0".repeat(64)),
  origin: "memory",
  code: new Map()
}
