/** A rule with the pack that it came in. */
import type { Hash } from "../domain/Hash.js"
import type { Rule, Rulepack } from "./CodePack.js"
import type { CodeRule, PackFile, RuleFile } from "./Rulepack.js"

export interface Pack {
  /** With the rules as the project has them. */
  readonly file: Omit<PackFile, "rules"> & { readonly rules: ReadonlyArray<RuleFile> }
  /** Of everything in the pack, and of what the project changes in it: its verdicts may be kept under it. */
  readonly hash: Hash
  /** The rules that the project changes or leaves out, in order. */
  readonly changed?: ReadonlyArray<string>
  /** Where it was found, for messages. */
  readonly origin: string
  /** What its rules of kind `code` use. */
  readonly code: ReadonlyMap<string, Rule["validate"]>
  /** Code that may not run in this process; then `code` is empty. */
  readonly apart?: ApartCode | undefined
}

/** The code of a pack that is not built in, ready to run in a thread of its own. */
export interface ApartCode {
  /** The module whose default export is the pack: a key of `modules`. */
  readonly entry: string
  /** CommonJS (or JSON) by the path of the file in the pack's folder. */
  readonly modules: ReadonlyMap<string, string>
}

export interface PackedRule {
  readonly pack: { readonly id: string; readonly version: string; readonly hash: Hash }
  readonly rule: RuleFile
  /** Of a rule of kind `code`. */
  readonly validate?: Rule["validate"] | undefined
  /** Of a rule of kind `code` whose pack is not built in: it is asked for in a thread of its own. */
  readonly apart?: ApartCode | undefined
}

/** How a rule is called in findings, in the configuration and on the command line. */
export const nameOf = ({ pack, rule }: PackedRule): string => `${pack.id}/${rule.id}`

export const rulesOf = ({ apart, code, file, hash }: Pack): ReadonlyArray<PackedRule> =>
  file.rules.map((rule) => ({
    pack: { id: file.id, version: file.version, hash },
    rule,
    ...(rule.kind === "code" ? { validate: code.get(rule.uses), apart } : {})
  }))

const toCodeRule = ({ examples, validate: _, ...rule }: Rule): CodeRule => ({
  ...rule,
  kind: "code",
  uses: rule.id,
  ...(examples === undefined ? {} : { examples })
})

/** The default export of a `pack.ts` as a pack. `hash` is that of its code. */
export const packOfCode = (pack: Rulepack, hash: Hash, origin: string): Pack => {
  const { id, metadata, name, rules, version } = pack
  const [first, ...others] = rules
  return {
    file: {
      schemaVersion: 1,
      id,
      name,
      version,
      ...(metadata === undefined ? {} : { metadata }),
      rules: [toCodeRule(first), ...others.map(toCodeRule)]
    },
    hash,
    origin,
    code: new Map(rules.map((rule) => [rule.id, rule.validate]))
  }
}
