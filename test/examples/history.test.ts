import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import { history, key, provider } from "../../examples/history/history.js"
import { layerWith } from "../../layers/CacheLive.js"
import { OptimizeResult, SpendReport } from "../../src/domain/LedgerReports.js"
import { commandsIn } from "../layers/cli/support/commands.js"

const original = Fs.readFileSync("examples/history/review.prompt.md", "utf8")
const decode = <A, I>(schema: Schema.Schema<A, I>, text: string): A =>
  Schema.decodeUnknownSync(Schema.parseJson(schema))(text)

/** A project in whose ledger are the two weeks with this prompt. */
const twoWeeksOf = Effect.fnUntraced(function* (source: string) {
  const { url } = yield* provider
  const env = { AEGIS_ANTHROPIC_BASE_URL: url }
  const project = yield* commandsIn(env)
  Fs.writeFileSync(project.file("review.prompt.md"), source)
  const sources = { cwd: project.folder, env, flags: {} }
  assert.isAbove(yield* Effect.provide(history(source), layerWith(sources)), 400)
  const { report } = decode(SpendReport, yield* project.done("cost --json"))
  return { ...project, spent: report.totals.spent, coverage: report.totals.pricingCoverage }
})

const cents = (dollars: number): number => Math.round(dollars * 100)

describe("two weeks with a clock in the style guide", () => {
  it.scopedLive(
    "yield in one command the line, the patch and a saving that the same weeks with the patch confirm to the cent",
    () =>
      Effect.gen(function* () {
        const before = yield* twoWeeksOf(original)
        assert.deepStrictEqual(before.coverage, Option.some(1))
        const shown = yield* before.done("optimize")
        assert.include(shown, `a line of "conventions" changed while the rest stayed`)
        assert.match(shown, /^-The time is \{\{now\}\}\.$/m)
        assert.match(shown, /^\+The time is \{\{now\}\}\.$/m)

        const { applied, recommendations } = decode(
          OptimizeResult,
          yield* before.done("optimize --apply --json")
        )
        const promise = recommendations.find(({ id }) => id === applied[0]?.id)
        assert.strictEqual(cents(promise?.before.cost ?? 0), cents(before.spent))

        const after = yield* twoWeeksOf(Fs.readFileSync(before.file("review.prompt.md"), "utf8"))
        assert.isAbove(before.spent, 3 * after.spent)
        assert.strictEqual(cents(after.spent), cents(promise?.after.cost ?? 0))
        assert.strictEqual(cents(before.spent - after.spent), cents(promise?.potentialSavings ?? 0))
      }).pipe(Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["ANTHROPIC_API_KEY", key]])))),
    120_000
  )
})
