/** `aegis ci summary`: what a pull request is told, out of the reports that earlier steps left. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { PRSummary } from "../../domain/CachePerformance.js"
import { ProjectFiles } from "../../services/ProjectFiles.js"
import { jobSummary } from "../jobSummary.js"
import { Output } from "../Output.js"
import { readReports } from "./reports.js"
import { summaryMarkdown } from "./summaryMarkdown.js"
import { summaryOf } from "./summaryOf.js"

export interface SummaryOptions {
  readonly from: Option.Option<string>
  readonly out: Option.Option<string>
}

const encode = Schema.encode(Schema.parseJson(PRSummary, { space: 2 }))

/** It tells what there is and judges nothing: the checks have done that. A file that ends with .json gets JSON, another Markdown. */
export const ciSummary = Effect.fn("aegis ci summary")(function* ({ from, out }: SummaryOptions) {
  const output = yield* Output
  const files = yield* ProjectFiles
  const summary = summaryOf(yield* readReports(Option.getOrElse(from, () => ".")))
  const markdown = summaryMarkdown(summary)
  if (Option.isSome(out)) {
    const text = out.value.endsWith(".json")
      ? // what was composed is a value of its schema
        `${yield* Effect.orDie(encode(summary))}\n`
      : markdown
    yield* files.write(out.value, text)
  }
  yield* (yield* jobSummary)(markdown)
  yield* output.emit(PRSummary, summary, () => Effect.succeed(markdown))
})
