/** A pack as a project has it: with what its settings change in the rules. */
import * as Either from "effect/Either"
import { RulepackInvalid } from "../domain/ComplianceErrors.js"
import { nearest } from "../domain/nearest.js"
import type { RuleChanges } from "../domain/RuleChanges.js"
import { sha256 } from "../prompt/digest.js"
import { decodeRule } from "./decodeRule.js"
import type { Pack } from "./PackedRule.js"
import type { RuleFile } from "./Rulepack.js"

/** What makes a rule that rule. */
const fixed = ["id", "kind", "uses", "rule", "typed", "examples"]

/** `file` is where the changes stand, for messages. */
export const changeRules = (
  pack: Pack,
  changes: RuleChanges,
  file: string
): Either.Either<Pack, RulepackInvalid> => {
  const refuse = (problem: string, fix: string): Either.Either<never, RulepackInvalid> =>
    Either.left(new RulepackInvalid({ file, line: 1, column: 1, problem, fix }))
  const ids = pack.file.rules.map(({ id }) => id)
  const prefix = `${pack.file.id}/`
  const own = Object.entries(changes)
    .flatMap(([name, change]) =>
      name.startsWith(prefix) ? [{ name, id: name.slice(prefix.length), change }] : []
    )
    .sort((one, other) => (one.id < other.id ? -1 : 1))
  if (own.length === 0) return Either.right(pack)
  const byId = new Map<string, RuleFile | undefined>(pack.file.rules.map((rule) => [rule.id, rule]))
  for (const { change, id, name } of own) {
    const rule = byId.get(id)
    if (rule === undefined) {
      const guess = nearest(id, ids)
      return refuse(
        `"rules" names "${name}", and the pack has no such rule`,
        guess === undefined ? "Take it out." : `Did you mean "${prefix}${guess}"?`
      )
    }
    if (change === "off") {
      byId.set(id, undefined)
      continue
    }
    const immutable = Object.keys(change).find((field) => fixed.includes(field))
    if (immutable !== undefined) {
      return refuse(`"${immutable}" of ${name} cannot be changed`, "Write a rule of your own in a pack.")
    }
    const ignores = Array.isArray(change["ignores"])
      ? [...(rule.ignores ?? []), ...change["ignores"]]
      : undefined
    const changed = decodeRule(
      { ...rule, ...change, ...(ignores === undefined ? {} : { ignores }) },
      rule.kind
    )
    if (Either.isLeft(changed)) {
      const { fix, problem } = changed.left
      return refuse(`"rules" of "${name}": ${problem}`, fix)
    }
    byId.set(id, changed.right)
  }
  return Either.right({
    ...pack,
    file: { ...pack.file, rules: [...byId.values()].filter((rule) => rule !== undefined) },
    hash: sha256(`aegis rulepack changed 1\n${pack.hash}\n${JSON.stringify(own)}`),
    changed: own.map(({ id }) => id)
  })
}
