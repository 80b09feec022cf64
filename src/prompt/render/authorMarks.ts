/** The marks that a prompt's author set, as far as the provider takes them. */
import * as Either from "effect/Either"
import type { PromptBlock } from "../../domain/PromptBlock.js"
import { UnsupportedParameter } from "../../domain/PromptErrors.js"
import type { PromptScaffold } from "../../domain/PromptScaffold.js"
import type { Breakpoint, Warning } from "../../domain/ResolvedScaffold.js"
import type { PromptMark, TimeToLive } from "../../domain/ResolveInput.js"
import { mostMarks } from "./breakpoints.js"
import { tokens } from "./tokens.js"

/** What a provider takes: the times to live, the longest first, and the shortest prefix, null where that is not known. */
export interface TakenMarks {
  readonly ttls: ReadonlyArray<TimeToLive>
  readonly minimumTokens: number | null
}

export interface AuthorMarks {
  readonly breakpoints: ReadonlyArray<Breakpoint>
  readonly warnings: ReadonlyArray<Warning>
}

/** The block that a mark names, from 0; of several with one name it is the last. */
const placeOf = (blocks: ReadonlyArray<PromptBlock>, { block }: PromptMark): number =>
  typeof block === "number"
    ? block > blocks.length
      ? -1
      : block - 1
    : blocks.findLastIndex(({ metadata }) => metadata?.["name"] === block)

/** Why a mark after the block `at` cannot follow those before it; undefined where it can. */
const problemOf = (
  at: number,
  ttl: TimeToLive,
  end: number,
  before: ReadonlyArray<Breakpoint>,
  model: string,
  taken: TakenMarks | undefined
): string | undefined => {
  if (at === -1) return "the prompt has no such block"
  if (taken === undefined) return `requests to ${model} carry no marks`
  const { minimumTokens, ttls } = taken
  if (!ttls.includes(ttl)) return `${model} keeps prefixes for ${ttls.join(" or ")}`
  if (end < (minimumTokens ?? 0))
    return `it ends after ${end} tokens, and ${model} keeps ${minimumTokens} or more`
  const last = before.at(-1)
  if (last?.block === at) return "there is one already"
  if (before.length === mostMarks) return `a request has at most ${mostMarks}`
  return ttls.findIndex((each) => each === last?.ttl) > ttls.indexOf(ttl)
    ? `a longer time may not follow the ${last?.ttl} before it`
    : undefined
}

/**
 * The marks in order. `ends` are the tokens up to the end of each block; `taken` is undefined where requests carry no marks. A mark that
 * the provider would refuse or pass over is left out with a warning, and with `strict` an error.
 */
export const authorMarks = (
  { blocks, model, provider }: Pick<PromptScaffold, "blocks" | "model" | "provider">,
  marks: ReadonlyArray<PromptMark>,
  ends: ReadonlyArray<number>,
  taken: TakenMarks | undefined,
  strict: boolean
): Either.Either<AuthorMarks, UnsupportedParameter> => {
  const placed = marks
    .map((mark) => ({ ...mark, at: placeOf(blocks, mark) }))
    .toSorted((one, other) => one.at - other.at)
  const breakpoints: Array<Breakpoint> = []
  const warnings: Array<Warning> = []
  for (const { at, block, ttl } of placed) {
    const end = tokens(ends[at] ?? 0)
    const problem = problemOf(at, ttl, end, breakpoints, model, taken)
    if (problem === undefined) {
      breakpoints.push({ block: at, tokens: end, ttl })
      continue
    }
    if (strict) return Either.left(new UnsupportedParameter({ provider, model, parameter: "marks" }))
    warnings.push({
      code: "mark-dropped",
      message: `The mark after ${JSON.stringify(block)} for ${ttl} was left out: ${problem}. Mend "marks" of the prompt.`
    })
  }
  return Either.right({ breakpoints, warnings })
}
