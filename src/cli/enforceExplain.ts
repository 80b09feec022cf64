/** `aegis enforce explain PACK/RULE`: what a rule wants. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Severity } from "../domain/Compliance.js"
import { Enforcer } from "../services/Enforcer.js"
import { Output } from "./Output.js"
import { paint } from "./views/paint.js"
import type { Style } from "./views/Style.js"

export const Explanation = Schema.Struct({
  rule: Schema.String,
  version: Schema.String,
  kind: Schema.String,
  severity: Severity,
  description: Schema.String,
  suggestion: Schema.optional(Schema.String),
  helpUrl: Schema.optional(Schema.String),
  files: Schema.optional(Schema.Array(Schema.String)),
  ignores: Schema.optional(Schema.Array(Schema.String)),
  good: Schema.Array(Schema.String),
  bad: Schema.Array(Schema.String)
}).annotations({ identifier: "Explanation" })
export type Explanation = typeof Explanation.Type

const printable = (text: string): string => text.replaceAll(/[^\P{Cc}\n\t]/gu, " ")
const indented = (text: string): string =>
  printable(text)
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n")

const view = (
  { bad, description, files, good, helpUrl, ignores, kind, rule, severity, suggestion, version }: Explanation,
  style: Style
): Effect.Effect<string> => {
  const colors = paint(style)
  const examples = (title: string, texts: ReadonlyArray<string>): ReadonlyArray<string> =>
    texts.flatMap((text) => ["", title, indented(text)])
  return Effect.succeed(
    [
      `${colors.strong(rule)}  ${severity}  ${colors.faint(`${kind}, version ${version}`)}`,
      printable(description),
      ...(suggestion === undefined ? [] : [printable(suggestion)]),
      ...(helpUrl === undefined ? [] : [printable(helpUrl)]),
      ...(files === undefined ? [] : [`in ${printable(files.join(", "))}`]),
      ...(ignores === undefined ? [] : [`not in ${printable(ignores.join(", "))}`]),
      ...examples(colors.good("good"), good),
      ...examples(colors.bad("bad"), bad)
    ].join("\n")
  )
}

export const enforceExplain = Effect.fn("aegis.enforce.explain")(function* (options: {
  readonly rule: string
}) {
  const { emit } = yield* Output
  const { name, rule: found } = yield* (yield* Enforcer).explain(options.rule)
  const { pack, rule } = found
  const { files, helpUrl, ignores, suggestion } = rule
  yield* emit(
    Explanation,
    {
      rule: name,
      version: pack.version,
      kind: rule.kind,
      severity: rule.severity,
      description: rule.description ?? rule.message ?? rule.name ?? rule.id,
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(helpUrl === undefined ? {} : { helpUrl }),
      ...(files === undefined ? {} : { files }),
      ...(ignores === undefined ? {} : { ignores }),
      good: rule.examples?.good ?? [],
      bad: rule.examples?.bad ?? []
    },
    view
  )
})
