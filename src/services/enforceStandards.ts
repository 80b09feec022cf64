/** The one function that most programs need of the gate: a text, judged by rulepacks. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type ComplianceReport, EnforceInput } from "../domain/Compliance.js"
import type { InvalidInput } from "../domain/PromptErrors.js"
import { invalidInput } from "./invalidInput.js"
import { type EnforceError, Enforcer } from "./Enforcer.js"

const decode = Schema.decodeUnknown(EnforceInput, { onExcessProperty: "error" })

/**
 * Judges a text by rulepacks. `path` decides how it is read (default: as TypeScript); no file is opened. That rules are broken is
 * no failure: `valid` of the report says it.
 *
 * @example
 * const report = yield* enforceStandards("var a = 1", ["standards"], { path: "a.ts" })
 * report.valid // false
 */
export const enforceStandards: (
  content: string,
  rulepacks: ReadonlyArray<string>,
  options?: Pick<EnforceInput, "path" | "failLevel">
) => Effect.Effect<ComplianceReport, EnforceError | InvalidInput, Enforcer> = Effect.fnUntraced(
  function* (content, rulepacks, options) {
    const input = yield* Effect.mapError(
      decode({ ...options, content, rulepacks }),
      invalidInput("EnforceInput")
    )
    const enforcer = yield* Enforcer
    return yield* enforcer.enforceStandards(input.content, input.rulepacks, options)
  }
)
