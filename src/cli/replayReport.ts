/** The file in which the results of replays lie. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Overrides } from "../domain/Overrides.js"
import { ReplayReport, type ReplayResult } from "../domain/ReplayResult.js"
import { digestOf } from "../replay/nodeKey.js"
import { Files } from "./Files.js"
import { textInput } from "./textInput.js"
import type { UsageError } from "./UsageError.js"

const encode = Schema.encode(Schema.parseJson(ReplayReport, { space: 2 }))
const decode = Schema.decodeUnknownOption(Schema.parseJson(ReplayReport))

export const reportOf = (
  mode: ReplayReport["mode"],
  overrides: Overrides,
  results: ReadonlyArray<ReplayResult>,
  failed: ReplayReport["failed"],
  complete = true
): ReplayReport => ({
  ok: failed.length === 0 && results.every(({ ok }) => ok),
  complete,
  mode,
  overrides,
  results,
  failed
})

export const reportText = (report: ReplayReport): Effect.Effect<string> =>
  // what a replay made is a value of its schema
  Effect.map(Effect.orDie(encode(report)), (text) => `${text}\n`)

/** Results of a report of the same replays that was cut off; none where there is no such. */
export const resultsBefore = (
  path: string,
  { mode, overrides }: Pick<ReplayReport, "mode" | "overrides">
): Effect.Effect<ReadonlyArray<ReplayResult>, UsageError, Files> =>
  Effect.gen(function* () {
    const files = yield* Files
    if (!(yield* files.exists(path))) return []
    const report = Option.getOrUndefined(decode(yield* textInput(Option.some(path), "report")))
    const asked = (of: Overrides): string => Either.getOrElse(digestOf(of), () => "")
    return report === undefined ||
      report.complete ||
      report.mode !== mode ||
      asked(report.overrides) !== asked(overrides)
      ? []
      : report.results
  })
