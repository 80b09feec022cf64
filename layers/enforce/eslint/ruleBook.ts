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
const rulesOf = (plugin: unknown): Readonly<Record<string, unknown>> =>
  isRecord(plugin) && isRecord(plugin["rules"]) ? plugin["rules"] : {}

/** Loads the engines. jsx-a11y is slow to load: only where a rule of it is named. */
export const openRuleBook = async (names: ReadonlyArray<string>): Promise<RuleBook> => {
  const [{ builtinRules, parser, plugin }, own, a11y] = await Promise.all([
    import("./engine.js"),
    import("./rules/index.js"),
    names.some((name) => name.startsWith("jsx-a11y")) ? import("eslint-plugin-jsx-a11y-x") : undefined
  ])
  const plugins = new Map([
    ["@typescript-eslint", rulesOf(plugin)],
    ["jsx-a11y", rulesOf(a11y?.default)],
    ["aegis", rulesOf(own)]
  ])
  // of some 400 rules only those that are asked for are loaded
  const ruleOf = (name: string): unknown => {
    const [prefix = "", ...rest] = name.split("/")
    const own = plugins.get(prefix)?.[rest.join("/")]
    return rest.length === 0 ? builtinRules.get(name) : own
  }
  const known = (): ReadonlyArray<string> => [
    ...builtinRules.keys(),
    ...[...plugins].flatMap(([prefix, rules]) => Object.keys(rules).map((name) => `${prefix}/${name}`))
  ]
  return {
    parser,
    find: (name) => {
      const rule = ruleOf(name.replace(/^jsx-a11y-x\//, "jsx-a11y/"))
      return isRule(rule) ? Either.right(rule) : Either.left(nearest(name, known()))
    }
  }
}
