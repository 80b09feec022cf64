/**
 * Rules that are code. Those that come with Aegis run here; those of other packs run in a thread for each pack, with a time
 * limit a file. A rule that throws, waits, hangs or answers nonsense is a fault, never a verdict.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { ValidationResult } from "../../src/domain/Compliance.js"
import { EngineFault } from "../../src/domain/ComplianceErrors.js"
import type { RuleContext } from "../../src/enforce/CodePack.js"
import { type Hit, isAtLeast } from "../../src/enforce/findings.js"
import { nameOf, type PackedRule } from "../../src/enforce/PackedRule.js"
import type { Judge, RuleEngine, Source, Unusable } from "../../src/services/RuleEngines.js"
import { isBinary } from "./binary.js"
import * as RuleThread from "./RuleThread.js"

type Ask = (content: string, context: RuleContext) => Effect.Effect<unknown, string>

const decode = Schema.decodeUnknownEither(ValidationResult)
const lineBreak = /\r\n|[\n\r\u2028\u2029]/

const isPromise = (answer: unknown): boolean =>
  typeof answer === "object" && answer !== null && "then" in answer && typeof answer.then === "function"

/** Of what a rule throws the message is not told: it may hold the text that was judged. */
const thrownName = (thrown: unknown): string => {
  const name = thrown instanceof Error ? thrown.name : typeof thrown
  return /^\w{1,40}$/.test(name) ? name : "Error"
}

const askHere =
  (validate: NonNullable<PackedRule["validate"]>): Ask =>
  (content, context) =>
    Effect.flatMap(
      Effect.try({
        try: (): unknown => validate(content, context),
        catch: (thrown) => `it threw ${thrownName(thrown)}`
      }),
      (answer) => (isPromise(answer) ? Effect.fail("it answered with a promise") : Effect.succeed(answer))
    )

/** What a rule answered, as hits; or what is wrong with the answer. */
export const hitsOf = (
  rule: PackedRule,
  text: string,
  answer: unknown
): Either.Either<ReadonlyArray<Hit>, string> => {
  const decoded = decode(answer)
  if (Either.isLeft(decoded)) return Either.left("it answered with something that is no ValidationResult")
  const { errors, valid, warnings } = decoded.right
  if (valid !== (errors.length === 0)) {
    return Either.left(`it says valid: ${valid} and names ${errors.length} errors`)
  }
  const lines = text.split(lineBreak)
  const hits: Array<Hit> = []
  for (const { column = 1, endColumn, endLine, line = 1, message } of errors) {
    const last = endLine ?? line
    if (line > lines.length || last > lines.length) {
      return Either.left(`it names line ${Math.max(line, last)} of ${lines.length}`)
    }
    const lastColumn = endColumn ?? (lines[last - 1] ?? "").length + 1
    if (last < line || (last === line && lastColumn < column)) {
      return Either.left(`it names an end before the start, ${line}:${column}`)
    }
    hits.push({ rule, line, column, endLine: last, endColumn: lastColumn, message })
  }
  for (const { message, suggestion } of warnings) {
    const severity = isAtLeast(rule.rule.severity, "warning") ? "warning" : rule.rule.severity
    hits.push({ rule, line: 1, column: 1, endLine: 1, endColumn: 1, message, suggestion, severity })
  }
  return Either.right(hits)
}

const judgeBy =
  (asks: ReadonlyMap<PackedRule, Ask>): Judge["text"] =>
  ({ path, prompt, text }: Source, rules) =>
    isBinary(path, text)
      ? Effect.succeed([])
      : Effect.map(
          Effect.forEach(rules, (rule) => {
            const ask = asks.get(rule) ?? (() => Effect.fail("it was not made ready"))
            return Effect.flatMap(ask(text, prompt === undefined ? { path } : { path, prompt }), (answer) =>
              hitsOf(rule, text, answer)
            ).pipe(Effect.mapError((problem) => new EngineFault({ rule: nameOf(rule), path, problem })))
          }),
          (hits) => hits.flat()
        )

/** Threads end with the scope. `timeLimit` is for one rule and one file. */
export const make = (
  timeLimit: Duration.Duration = RuleThread.defaultTimeLimit
): Effect.Effect<RuleEngine, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    /** Threads by the hash of the pack. */
    const threads = new Map<string, RuleThread.RuleThread>()

    const askOf = Effect.fnUntraced(function* (rule: PackedRule) {
      const { apart, pack, validate } = rule
      if (apart !== undefined && rule.rule.kind === "code") {
        const thread =
          threads.get(pack.hash) ?? (yield* Scope.extend(RuleThread.make(apart, timeLimit), scope))
        threads.set(pack.hash, thread)
        const { uses } = rule.rule
        const ask: Ask = (content, context) =>
          Effect.mapError(
            thread.ask({ kind: "validate", rule: uses, content, context }),
            ({ problem }) => problem
          )
        return ask
      }
      if (validate !== undefined) return askHere(validate)
      return yield* Effect.fail<Unusable>({
        rule,
        field: "uses",
        problem: "No code has a rule of that name",
        fix: "Correct the name, or write the rule in the pack.ts beside the pack.yaml."
      })
    })

    return {
      kinds: ["code"],
      reads: () => true,
      prepare: (rules) =>
        Effect.map(
          Effect.forEach(rules, (rule) => Effect.map(askOf(rule), (ask) => [rule, ask] as const)),
          (asks) => ({ text: judgeBy(new Map(asks)) })
        )
    }
  })
