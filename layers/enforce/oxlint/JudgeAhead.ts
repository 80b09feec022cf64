/**
 * Judges many texts by oxlint before ESLint is asked for each of them. Owns: which texts oxlint may judge, and its answers until
 * they are asked for. A text that it may not judge, or that it says something of that only ESLint can tell, is ESLint's.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { EngineFault } from "../../../src/domain/ComplianceErrors.js"
import type { Hit } from "../../../src/enforce/findings.js"
import type { Source } from "../../../src/services/RuleEngines.js"
import type { Entry } from "../eslint/entry.js"
import { isEqual, toHits } from "./equalRules.js"
import { lint, type Written } from "./Oxlint.js"

export interface Applied {
  readonly source: Source
  readonly entries: ReadonlyArray<Entry>
}

export interface JudgeAhead {
  readonly judge: (texts: ReadonlyArray<Applied>) => Effect.Effect<void, EngineFault>
  /** What is known of a text that was judged by these rules and no others. */
  readonly hitsOf: (applied: Applied) => ReadonlyArray<Hit> | undefined
}

/** Declarations are left to ESLint: a `var` in them is another thing. */
const extension = /\.[cm]?tsx?$/
const declarations = /\.d\.[^/]*$/
/** oxlint takes comments for orders, and no switch forbids it; in a script it takes these arrows for comments. */
const isOrder = /(?:es|ox)lint|<!--|(?:^|\*\/)[^\S\n\r]*-->/im
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

const isFor = ({ entries, source: { path, text } }: Applied): boolean =>
  entries.length > 0 &&
  entries.every(isEqual) &&
  extension.test(path) &&
  !declarations.test(path) &&
  !isOrder.test(text) &&
  !isDeep(text)

const isSame = (one: ReadonlyArray<Entry>, other: ReadonlyArray<Entry>): boolean =>
  one.length === other.length && one.every((entry, index) => entry === other[index])

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
    Source,
    { readonly entries: ReadonlyArray<Entry>; readonly hits: ReadonlyArray<Hit> }
  >()
  return {
    judge: Effect.fnUntraced(function* (texts) {
      const own = texts.filter(isFor).map(({ entries, source }) => ({
        entries,
        source,
        text: source.text.replace(/^\uFEFF/, ""),
        ending: extension.exec(source.path)?.[0] ?? ""
      }))
      if (own.length === 0) return
      const found = yield* Effect.catchAll(lint(program, own), (fault) =>
        Effect.flatMap(culprit(program, own), (one) =>
          Effect.fail(new EngineFault({ ...fault, path: one?.source.path ?? "" }))
        )
      )
      for (const [index, { entries, source, text }] of own.entries()) {
        const hits = toHits(text, found[index] ?? [], entries)
        if (hits === "nonsense") {
          const problem = "it named a place where nothing of the kind stands"
          return yield* new EngineFault({ rule: "oxlint", path: source.path, problem })
        }
        if (hits !== undefined) known.set(source, { entries, hits })
      }
    }),
    hitsOf: ({ entries, source }) => {
      const one = known.get(source)
      return one !== undefined && isSame(one.entries, entries) ? one.hits : undefined
    }
  }
}
