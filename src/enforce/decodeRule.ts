/** Reads a rule of a known kind, and tells what is wrong with one that is none. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { type RuleFile, type RuleKind, ruleKinds } from "./Rulepack.js"

/** What is wrong at which path, and what to write instead. */
export interface Misfit {
  readonly path: ReadonlyArray<PropertyKey>
  readonly problem: string
  readonly fix: string
}

export const decodeRule = (rule: unknown, kind: RuleKind): Either.Either<RuleFile, Misfit> => {
  // one of the kinds: what it decodes to is a rule
  const schema = ruleKinds[kind] as Schema.Schema<RuleFile, unknown>
  return Either.mapLeft(Schema.decodeUnknownEither(schema, { onExcessProperty: "error" })(rule), toMisfit)
}

export const toMisfit = (failed: ParseResult.ParseError): Misfit => {
  const [issue] = ParseResult.ArrayFormatter.formatErrorSync(failed)
  const path = issue?.path ?? []
  const name = path.length === 0 ? "The pack" : `"${path.map(String).join(".")}"`
  if (issue?._tag === "Unexpected") return { path, problem: `${name} is not known`, fix: "Take it out." }
  if (issue?._tag === "Missing") return { path, problem: `${name} is missing`, fix: "Write it." }
  // what a value was is said after a comma; it is not repeated
  const expected = (issue?.message ?? "").replace(/, actual .*$/s, "").replace(/^Expected /, "")
  return { path, problem: `${name} is not what it should be`, fix: `Write ${expected}.` }
}
