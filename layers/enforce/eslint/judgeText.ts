/** What ESLint says of one text, as hits. */
import type { Linter } from "eslint"
import * as Effect from "effect/Effect"
import { EngineFault } from "../../../src/domain/ComplianceErrors.js"
import type { Hit } from "../../../src/enforce/findings.js"
import { nameOf } from "../../../src/enforce/PackedRule.js"
import { parseErrorAt } from "../../../src/enforce/parseError.js"
import { typesUnknownAt } from "../../../src/enforce/typesUnknown.js"
import type { Source } from "../../../src/services/RuleEngines.js"
import type { Entry } from "./entry.js"
import { type Lint, placeOf } from "./linting.js"
import { nearestTsconfig } from "./nearestTsconfig.js"
import { firstLine, isTooDeep, ruleIdIn } from "./thrown.js"

const tooDeep = "it is nested too deeply."

/** `root`: that of the project, where types are needed. */
export const judgeText = (
  lint: Lint,
  entries: ReadonlyArray<Entry>,
  source: Source,
  root: string | undefined
): Effect.Effect<ReadonlyArray<Hit>, EngineFault> => {
  const { path, text } = source
  const faultOf = (ruleId: string | null | undefined, problem: string): EngineFault => {
    const entry = ruleId == null ? undefined : entries[placeOf(ruleId)]
    return new EngineFault({ rule: entry === undefined ? "eslint" : nameOf(entry.packed), path, problem })
  }
  let messages: ReadonlyArray<Linter.LintMessage>
  try {
    messages = lint(entries, { text, path, root })
  } catch (error) {
    return isTooDeep(error)
      ? Effect.succeed([parseErrorAt(tooDeep)])
      : Effect.fail(faultOf(ruleIdIn(error), firstLine(error)))
  }
  // ESLint takes the mark off before it counts; offsets of fixes count it
  const skipped = text.startsWith("\uFEFF") ? 1 : 0
  const hits: Array<Hit> = []
  for (const message of messages) {
    if (message.fatal === true) {
      const problem = message.message.replace(/^Parsing error: /, "")
      if (root !== undefined && /by the project service/.test(problem)) {
        // a file beside a project is nothing that failed, and the other rules can judge it
        const others = entries.filter(({ typed }) => !typed)
        const found = others.length === 0 ? Effect.succeed([]) : judgeText(lint, others, source, undefined)
        return Effect.map(found, (hits) => [typesUnknownAt(nearestTsconfig(root, path)), ...hits])
      }
      if (root !== undefined && isOfProject(message)) {
        return Effect.fail(faultOf(null, firstLine(problem.replaceAll(root, "."))))
      }
      return Effect.succeed([toParseError(problem, message)])
    }
    const entry = message.ruleId === null ? undefined : entries[placeOf(message.ruleId)]
    if (entry === undefined) return Effect.fail(faultOf(null, firstLine(message.message)))
    const hit = toHit(entry, message, skipped)
    if (hit === undefined) return Effect.fail(faultOf(message.ruleId, "it named a place that is none"))
    hits.push(hit)
  }
  return Effect.succeed(hits)
}

/** Of the project and not of the text: it has no place, which the type of a message does not allow for. */
const isOfProject = ({ line, message }: { readonly line?: number; readonly message: string }): boolean =>
  line === undefined && !/call stack/.test(message)

const toParseError = (problem: string, { column, line }: Linter.LintMessage): Hit =>
  /call stack/.test(problem)
    ? parseErrorAt(tooDeep)
    : // columns of the parser count from 0, and ESLint does not mend that; both may be missing, whatever the
      // type says
      parseErrorAt(problem, Math.max(1, line || 1), (column || 0) + 1)

const isPlace = (value: number): boolean => Number.isInteger(value) && value > 0

const toHit = ({ module, packed }: Entry, message: Linter.LintMessage, skipped: number): Hit | undefined => {
  const { column, endColumn = column, endLine = message.line, fix, line } = message
  if (![line, column, endLine, endColumn].every(isPlace)) return undefined
  const safe = fix !== undefined && module.meta?.fixable !== undefined
  return {
    rule: packed,
    line,
    column,
    endLine,
    endColumn,
    message: packed.rule.message ?? message.message,
    ...(safe ? { fix: { start: fix.range[0] + skipped, end: fix.range[1] + skipped, text: fix.text } } : {})
  }
}
