/** `aegis enforce test-pack DIR`: the examples of a pack's rules are judged. Fails (exit code 1) when one is not what it says. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { nameOf, type PackedRule } from "../enforce/PackedRule.js"
import { Enforcer, type JudgeError, type Prepared } from "../services/Enforcer.js"
import { GateFailed } from "./GateFailed.js"
import { Output } from "./Output.js"
import { plural } from "./views/format.js"
import { paint } from "./views/paint.js"
import type { Style } from "./views/Style.js"

export const PackTest = Schema.Struct({
  rules: Schema.Int,
  examples: Schema.Int,
  untested: Schema.Array(Schema.String).annotations({ description: "rules without an example" }),
  leftOut: Schema.Array(Schema.String).annotations({
    description:
      "rules that need the types of a project, which examples are not in: nothing was judged by them"
  }),
  failed: Schema.Array(
    Schema.Struct({
      rule: Schema.String,
      example: Schema.Literal("good", "bad"),
      number: Schema.Int.annotations({ description: "from 1" })
    })
  )
}).annotations({ identifier: "PackTest" })
export type PackTest = typeof PackTest.Type

const defaultFile = "example.ts"

const view = (
  { examples, failed, leftOut, rules, untested }: PackTest,
  style: Style
): Effect.Effect<string> => {
  const colors = paint(style)
  return Effect.succeed(
    [
      `${failed.length === 0 ? colors.good("ok") : colors.bad("failed")}  ${plural(rules, "rule")}, ${plural(examples, "example")}`,
      ...failed.map(({ example, number, rule }) =>
        example === "good"
          ? `${rule}: good example ${number} is found fault with`
          : `${rule}: nothing is found in bad example ${number}`
      ),
      ...untested.map((rule) => colors.faint(`${rule} has no examples`)),
      ...leftOut.map((rule) => colors.faint(`${rule} was not tried: it needs the types of a project`))
    ].join("\n")
  )
}

const testRule = (packed: PackedRule, { judge }: Prepared): Effect.Effect<PackTest["failed"], JudgeError> => {
  const { bad = [], file: path = defaultFile, good = [] } = packed.rule.examples ?? {}
  const name = nameOf(packed)
  const cases = [
    ...good.map((text, index) => ({ text, example: "good" as const, number: index + 1 })),
    ...bad.map((text, index) => ({ text, example: "bad" as const, number: index + 1 }))
  ]
  return Effect.map(
    Effect.forEach(cases, ({ example, number, text }) =>
      Effect.map(judge({ path, text }), (findings) =>
        findings.some(({ rule }) => rule === name) === (example === "bad")
          ? []
          : [{ rule: name, example, number }]
      )
    ),
    (failed) => failed.flat()
  )
}

export const enforceTestPack = Effect.fn("aegis.enforce.testPack")(function* (options: {
  readonly folder: string
}) {
  const output = yield* Output
  const prepared = yield* (yield* Enforcer).prepare([options.folder])
  const countOf = ({ rule }: PackedRule): number =>
    (rule.examples?.good.length ?? 0) + (rule.examples?.bad.length ?? 0)
  const failed = (yield* Effect.forEach(prepared.rules, (rule) => testRule(rule, prepared))).flat()
  yield* output.emit(
    PackTest,
    {
      rules: prepared.rules.length,
      examples: prepared.rules.reduce((sum, rule) => sum + countOf(rule), 0),
      leftOut: prepared.leftOut.map(nameOf),
      untested: prepared.rules.filter((rule) => countOf(rule) === 0).map(nameOf),
      failed
    },
    view
  )
  if (failed.length === 0) return
  return yield* new GateFailed({
    found: `${plural(failed.length, "example")} of ${options.folder} ${failed.length === 1 ? "is" : "are"} not what a rule says`,
    fix: "Correct the rule or the example."
  })
})
