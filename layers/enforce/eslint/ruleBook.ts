/** The rules of ESLint, typescript-eslint and jsx-a11y and our own, by the names that packs call them. */
import type { Linter, Rule } from "eslint"
import * as Either from "effect/Either"
import { nearest } from "../../../src/domain/nearest.js"

/** ESLint takes the rules of all plugins as these. */
export type RuleModule = Pick<Rule.RuleModule, "meta" | "create">

export interface RuleBook {
  readonly parser: Linter.Parser
  /** The rule of a name; otherwise the name that is nearest, where one is near. */
  readonly find: (name: string) => Either.Either<RuleModule, string | undefined>
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const isRule = (value: unknown): value is RuleModule =>
  isRecord(value) && typeof value["create"] === "function"

/** What plugins say of their rules in their types differs; each rule is looked at instead. */
const rulesIn = (plugin: unknown, prefix: string): ReadonlyArray<readonly [string, RuleModule]> => {
  const rules = isRecord(plugin) && isRecord(plugin["rules"]) ? plugin["rules"] : {}
  return Object.entries(rules).flatMap(([name, rule]) => (isRule(rule) ? [[`${prefix}/${name}`, rule]] : []))
}

/** Loads the engines. jsx-a11y is slow to load: only where a rule of it is named. */
export const openRuleBook = async (names: ReadonlyArray<string>): Promise<RuleBook> => {
  const [{ builtinRules }, tseslint, own, a11y] = await Promise.all([
    import("eslint/use-at-your-own-risk"),
    import("typescript-eslint"),
    import("./rules/index.js"),
    names.some((name) => name.startsWith("jsx-a11y")) ? import("eslint-plugin-jsx-a11y-x") : undefined
  ])
  const rules = new Map([
    ...builtinRules,
    ...rulesIn(tseslint.plugin, "@typescript-eslint"),
    ...rulesIn(a11y?.default, "jsx-a11y"),
    ...rulesIn(own, "aegis")
  ])
  return {
    parser: tseslint.parser,
    find: (name) => {
      const rule = rules.get(name.replace(/^jsx-a11y-x\//, "jsx-a11y/"))
      return rule === undefined ? Either.left(nearest(name, [...rules.keys()])) : Either.right(rule)
    }
  }
}
