/** What the options of `aegis enforce` ask for together. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Severity } from "../domain/Compliance.js"
import { upstream } from "./commandWords.js"
import { UsageError } from "./UsageError.js"

const formats = ["human", "json", "sarif", "junit", "github"] as const
export type Format = (typeof formats)[number]

const isFormat = (word: string): word is Format => formats.some((format) => format === word)

export interface EnforceOptions {
  readonly paths: ReadonlyArray<string>
  readonly rulepacks: ReadonlyArray<string>
  readonly ci: boolean
  readonly failFast: boolean
  readonly changed: Option.Option<string>
  readonly format: Option.Option<string>
  readonly report: Option.Option<string>
  readonly failLevel: Option.Option<Severity>
  readonly baseline: Option.Option<string>
  readonly updateBaseline: boolean
  readonly fix: boolean
  readonly maxFindings: Option.Option<number>
}

export interface Plan {
  readonly formats: ReadonlySet<Format>
  readonly folder: Option.Option<string>
  readonly failLevel: Severity
  /** The revision; none for the upstream. */
  readonly base: Option.Option<string>
  readonly maxFindings: number
}

export const planOf = (options: EnforceOptions, json: boolean): Effect.Effect<Plan, UsageError> =>
  Effect.gen(function* () {
    const named = Option.match(options.format, {
      onNone: () => [],
      onSome: (list) => list.split(",").map((word) => word.trim())
    })
    const wrong = named.find((word) => !isFormat(word))
    if (wrong !== undefined) {
      return yield* new UsageError({
        problem: `There is no format "${wrong}"`,
        fix: `There are: ${formats.join(", ")}.`
      })
    }
    const asked = new Set<Format>(
      named.length === 0 ? ["human"] : named.flatMap((word) => (isFormat(word) ? [word] : []))
    )
    if (options.ci) asked.add("json")
    const folder = options.ci ? Option.orElseSome(options.report, () => ".") : options.report
    if (
      Option.isNone(folder) &&
      asked.size > 1 &&
      (["json", "sarif", "junit"] as const).some((one) => asked.has(one))
    ) {
      return yield* new UsageError({
        problem: "Several formats cannot be written to stdout together",
        fix: "Name a folder for them: `--report DIR`."
      })
    }
    if (json && Option.isSome(options.format) && Option.isNone(folder)) {
      return yield* new UsageError({
        problem: "--json says already what is written to stdout",
        fix: "Leave --format out, or name a folder: `--report DIR`."
      })
    }
    if (options.updateBaseline && Option.isNone(options.baseline)) {
      return yield* new UsageError({
        problem: "--update-baseline wants a baseline",
        fix: "Add `--baseline FILE`."
      })
    }
    if (options.updateBaseline && options.failFast) {
      return yield* new UsageError({
        problem: "--fail-fast does not see all that a baseline lists",
        fix: "Leave it out while the baseline is written."
      })
    }
    const maxFindings = Option.getOrElse(options.maxFindings, () => 100)
    if (maxFindings < 0) {
      return yield* new UsageError({ problem: "--max-findings cannot be below 0", fix: "Use 0 or more." })
    }
    return {
      formats: asked,
      folder,
      failLevel: Option.getOrElse(options.failLevel, (): Severity => "error"),
      base: Option.filter(options.changed, (base) => base !== upstream),
      maxFindings
    }
  })
