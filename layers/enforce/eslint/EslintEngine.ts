/**
 * Judges TypeScript and JavaScript by ESLint: rules of the kinds `selector`, `eslint` and `import`. Owns:
 * what ESLint is asked, and its answers as hits. Does not own: how ESLint is set up (linting.ts), which
 * modules rules are made of (entry.ts). A file is parsed once for the rules of all packs.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { EngineFault } from "../../../src/domain/ComplianceErrors.js"
import { nameOf, type PackedRule } from "../../../src/enforce/PackedRule.js"
import type { Judge, RuleEngine, Source, Unusable } from "../../../src/services/RuleEngines.js"
import { isEqual } from "../oxlint/equalRules.js"
import * as JudgeAhead from "../oxlint/JudgeAhead.js"
import { tooLong } from "../tooLong.js"
import { type Entry, toEntry } from "./entry.js"
import { isCode, type Lint, makeLint } from "./linting.js"
import { judgeText } from "./judgeText.js"
import { findUnusable } from "./unusable.js"
import { openRuleBook } from "./ruleBook.js"

export interface EslintOptions {
  /**
   * The project's root, to apply `typed` rules too. Files are then looked up in their tsconfig.json, and one
   * that is in none is a finding of its own. Without it, `typed` rules are left out.
   */
  readonly typesOf?: string | undefined
  /** oxlint's program, for texts and rules of which it finds what ESLint does. */
  readonly oxlint?: string | undefined
}

const namesIn = (rules: ReadonlyArray<PackedRule>): ReadonlyArray<string> =>
  rules.flatMap(({ rule }) => (rule.kind === "eslint" ? [rule.rule] : []))

const isTyped = ({ rule }: PackedRule): boolean => rule.kind === "eslint" && rule.typed

/** ESLint, and the rules as it takes them. */
interface Ready {
  readonly entries: ReadonlyMap<PackedRule, Entry>
  readonly lint: Lint
}

export const make = ({ oxlint, typesOf }: EslintOptions = {}): RuleEngine => {
  const open = Effect.fnUntraced(function* (
    rules: ReadonlyArray<PackedRule>
  ): Effect.fn.Return<Ready, Unusable> {
    const [book, { Linter }] = yield* Effect.promise(() =>
      Promise.all([openRuleBook(namesIn(rules)), import("./engine.js")])
    )
    const entries = new Map<PackedRule, Entry>()
    for (const rule of rules) entries.set(rule, yield* toEntry(rule, book))
    const lint = makeLint(Linter, book)
    const unusable = findUnusable([...entries.values()], lint)
    return unusable === undefined ? { entries, lint } : yield* Effect.fail(unusable)
  })

  const prepare = Effect.fn("EslintEngine.prepare")(function* (
    rules: ReadonlyArray<PackedRule>
  ): Effect.fn.Return<Judge, Unusable> {
    // whoever is interrupted while it loads must not take it away from all others
    const ready = yield* Effect.cached(Effect.uninterruptible(open(rules)))
    const ahead = oxlint === undefined ? undefined : JudgeAhead.make(oxlint)
    // where oxlint may judge all texts by all rules, ESLint may not be needed at all
    if (ahead === undefined || !rules.every(isEqual)) yield* ready

    const dueOf = (due: ReadonlyArray<PackedRule>): ReadonlyArray<PackedRule> =>
      due.filter((rule) => typesOf !== undefined || !isTyped(rule))
    return {
      text: Effect.fnUntraced(function* (source: Source, due: ReadonlyArray<PackedRule>) {
        const applied = dueOf(due)
        if (applied.length === 0) return []
        const unread = tooLong(source.text)
        if (unread !== undefined) return [unread]
        const known = ahead?.hitsOf({ source, rules: applied })
        if (known !== undefined) return known
        const { entries, lint } = yield* Effect.mapError(
          ready,
          ({ problem, rule }) => new EngineFault({ rule: nameOf(rule), path: source.path, problem })
        )
        const own = applied.flatMap((rule) => entries.get(rule) ?? [])
        const root = own.some(({ typed }) => typed) ? typesOf : undefined
        return yield* Effect.suspend(() => judgeText(lint, own, source, root))
      }),
      ...(ahead === undefined
        ? {}
        : { ahead: (due) => ahead.judge(due.map(({ rules, source }) => ({ source, rules: dueOf(rules) }))) })
    }
  })
  // types depend on other files than the one that is judged
  const stateOf: RuleEngine["stateOf"] = (rules) =>
    Effect.succeed(typesOf !== undefined && rules.some(isTyped) ? undefined : "")
  const describe = (rule: PackedRule): Effect.Effect<PackedRule> =>
    rule.rule.kind !== "eslint" || rule.rule.helpUrl !== undefined
      ? Effect.succeed(rule)
      : Effect.map(
          Effect.promise(() => openRuleBook(namesIn([rule]))),
          // of a rule that ESLint does not know there is no more to tell
          (book) => Either.match(toEntry(rule, book), { onLeft: () => rule, onRight: ({ packed }) => packed })
        )
  return {
    kinds: ["selector", "eslint", "import"],
    reads: isCode,
    leavesOut: (rule) => typesOf === undefined && isTyped(rule),
    looksAhead: oxlint !== undefined,
    stateOf,
    describe,
    prepare
  }
}
