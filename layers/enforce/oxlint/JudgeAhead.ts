/**
 * Judges many texts by oxlint before ESLint is asked for each of them. Owns: which texts oxlint may judge, and its answers until
 * they are asked for. A text that it may not judge, or that it says something of that only ESLint can tell, is ESLint's.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { EngineFault } from "../../../src/domain/ComplianceErrors.js"
import type { Hit } from "../../../src/enforce/findings.js"
import type { PackedRule } from "../../../src/enforce/PackedRule.js"
import type { Due } from "../../../src/services/RuleEngines.js"
import { isEqual, toHits } from "./equalRules.js"
import { lint, type Written } from "./Oxlint.js"
import { hasWords, loadParse, type Parse, withoutOrders } from "./withoutOrders.js"

export interface JudgeAhead {
  readonly judge: (texts: ReadonlyArray<Due>) => Effect.Effect<void, EngineFault>
  /** What is known of a text that was judged by these rules and no others. */
  readonly hitsOf: (due: Due) => ReadonlyArray<Hit> | undefined
}

/** Declarations are left to ESLint: a `var` in them is another thing. */
const extension = /\.[cm]?tsx?$/
const declarations = /\.d\.[^/]*$/
/** In a script it takes these arrows for comments. */
const arrow = /<!--|(?:^|\*\/)[^\S\n\r]*-->/m
/** It crashes from some thousand on, and takes all texts with it. */
const maxDepth = 200

const isDeep = (text: string): boolean => {
  let depth = 0
  for (let index = 0; index < text.length; index += 1) {
    switch (text[index]) {
      case "(":
      case "[":
      case "{":
        depth += 1
        if (depth > maxDepth) return true
        break
      case ")":
      case "]":
      case "}":
        depth = Math.max(0, depth - 1)
        break
      default:
    }
  }
  return false
}

const isFor = ({ rules, source: { path, text } }: Due): boolean =>
  rules.length > 0 &&
  rules.every(isEqual) &&
  extension.test(path) &&
  !declarations.test(path) &&
  !arrow.test(text) &&
  !isDeep(text)

interface Own extends Due, Written {
  /** What stands in the file, without a byte order mark. `text` is what oxlint is given. */
  readonly original: string
}

/** Without a parser, what may hold an order is ESLint's. */
const toOwn = ({ rules, source }: Due, parse: Parse | undefined): ReadonlyArray<Own> => {
  const original = source.text.replace(/^\uFEFF/, "")
  const ending = extension.exec(source.path)?.[0] ?? ""
  if (parse === undefined && hasWords(original)) return []
  const text = parse === undefined ? original : withoutOrders(parse, original, ending)
  return text === undefined ? [] : [{ rules, source, original, text, ending }]
}

const isSame = (one: ReadonlyArray<PackedRule>, other: ReadonlyArray<PackedRule>): boolean =>
  one.length === other.length && one.every((rule, index) => rule === other[index])

/** The one of these texts that it fails on: halves that it can judge are put aside. */
const culprit = <A extends Written>(
  program: string,
  texts: ReadonlyArray<A>
): Effect.Effect<A | undefined> => {
  const half = texts.slice(0, Math.ceil(texts.length / 2))
  return Effect.flatMap(Effect.either(lint(program, half)), (judged) => {
    const rest = Either.isLeft(judged) ? half : texts.slice(half.length)
    return rest.length === texts.length || rest.length === 0
      ? Effect.succeed(Either.isLeft(judged) ? rest[0] : undefined)
      : culprit(program, rest)
  })
}

/** `program` is oxlint's. */
export const make = (program: string): JudgeAhead => {
  const known = new WeakMap<
    Due["source"],
    { readonly rules: ReadonlyArray<PackedRule>; readonly hits: ReadonlyArray<Hit> }
  >()
  return {
    judge: Effect.fnUntraced(function* (texts) {
      const possible = texts.filter(isFor)
      const parse = possible.some(({ source }) => hasWords(source.text))
        ? yield* Effect.promise(loadParse)
        : undefined
      const own = possible.flatMap((due) => toOwn(due, parse))
      if (own.length === 0) return
      const found = yield* Effect.catchAll(lint(program, own), (fault) =>
        Effect.flatMap(culprit(program, own), (one) =>
          Effect.fail(new EngineFault({ ...fault, path: one?.source.path ?? "" }))
        )
      )
      for (const [index, { original, rules, source }] of own.entries()) {
        const hits = toHits(original, found[index] ?? [], rules)
        if (hits === "nonsense") {
          const problem = "it named a place where nothing of the kind stands"
          return yield* new EngineFault({ rule: "oxlint", path: source.path, problem })
        }
        if (hits !== undefined) known.set(source, { rules, hits })
      }
    }),
    hitsOf: ({ rules, source }) => {
      const one = known.get(source)
      return one !== undefined && isSame(one.rules, rules) ? one.hits : undefined
    }
  }
}
