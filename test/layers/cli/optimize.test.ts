/** A prompt with a clock in its style guide, sent for two weeks: from the ledger to the patch, over the layers of the executable. */
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Fs from "node:fs"
import { CachePerformance } from "../../../src/domain/CachePerformance.js"
import { OptimizeResult } from "../../../src/domain/LedgerReports.js"
import { TelemetryReport } from "../../../src/domain/TelemetryReport.js"
import { fakeAnthropic } from "../../support/fakes/index.js"
import { commandsIn } from "./support/commands.js"

const guide = Array.from(
  { length: 120 },
  (_, at) => `Rule ${at}: names say what a thing is for, and not how it is done.`
).join("\n")

const prompt = (time: string): string => `---
provider: anthropic
model: claude-sonnet-5
---
<style_guide id="house">
It is ${time}.
${guide}
</style_guide>

Why is the sky blue?
`

const decode = <A, I>(schema: Schema.Schema<A, I>, text: string): A =>
  Schema.decodeUnknownSync(Schema.parseJson(schema))(text)

const keys = ConfigProvider.fromMap(new Map([["ANTHROPIC_API_KEY", "hunter2"]]))

describe("a clock in the wrong block", () => {
  it.scoped(
    "is found, and moved by a patch whose saving later calls confirm to the cent",
    () =>
      Effect.gen(function* () {
        const clock = { now: Date.parse("2026-11-01T08:00:00Z") }
        const { url } = yield* fakeAnthropic({ clock, answer: "Because of Rayleigh." })
        const { done, file } = yield* commandsIn({ AEGIS_ANTHROPIC_BASE_URL: url })
        const source = file("a.prompt.md")
        /** Sends the prompt once a minute, each time with the time of then. */
        const send = Effect.fnUntraced(function* (promptAt: (time: string) => string) {
          for (let call = 0; call < 8; call++) {
            yield* TestClock.setTime(clock.now)
            Fs.writeFileSync(source, promptAt(new Date(clock.now).toISOString().slice(11, 16)))
            yield* done("run a.prompt.md")
            clock.now += 60_000
          }
          yield* TestClock.setTime(clock.now)
        })
        yield* send(prompt)

        const { analysis } = decode(CachePerformance, yield* done("cache analyze --json"))
        assert.strictEqual(analysis.totals.calls, 8)
        const house = analysis.blocks.find(({ type }) => type === "style_guide")
        assert.isAbove(house?.volatility ?? 0, 0.8, "the style guide is another one in each call")

        assert.match(yield* done("optimize"), /^-It is 08:07\.$/m)
        const after = decode(TelemetryReport, yield* done("telemetry report --json"))
        assert.strictEqual(after.totals.records, analysis.totals.records, "who reads the ledger is not in it")
        const { applied, recommendations } = decode(OptimizeResult, yield* done("optimize --apply --json"))
        assert.deepStrictEqual(
          applied.map(({ file, written }) => [file, written]),
          [["a.prompt.md", true]]
        )
        const { totals: looked } = decode(TelemetryReport, yield* done("telemetry report --json"))
        assert.strictEqual(looked.records, 16, "who looks at the ledger leaves nothing in it")
        const patched = Fs.readFileSync(source, "utf8")
        const [guideNow = "", rest = ""] = patched.split("</style_guide>")
        assert.notInclude(guideNow, "It is")
        assert.include(rest, "It is 08:07.")

        // what was written for the first calls is forgotten by then
        clock.now += 10 * 60_000
        const since = new Date(clock.now).toISOString()
        yield* send((time) => patched.replace("08:07", time))
        const { totals } = decode(TelemetryReport, yield* done(`telemetry report --since ${since} --json`))
        const promised = recommendations.find(({ id }) => id === applied[0]?.id)?.after
        assert.strictEqual(totals.calls, 8)
        assert.closeTo(totals.spent, promised?.cost ?? 0, 0.0005, "to the cent and beyond")
        assert.closeTo(totals.tokens.cacheRead / (promised?.readTokens ?? 0), 1, 0.01)
      }).pipe(Effect.withConfigProvider(keys)),
    120_000
  )
})

describe("marks that are paid for in vain", () => {
  it.scoped(
    "are set otherwise by the patch, and later calls cost what it promised",
    () =>
      Effect.gen(function* () {
        const clock = { now: Date.parse("2026-11-01T08:00:00Z") }
        const { url } = yield* fakeAnthropic({ clock, answer: "Because of Rayleigh." })
        const { done, file } = yield* commandsIn({ AEGIS_ANTHROPIC_BASE_URL: url })
        const source = file("a.prompt.md")
        Fs.writeFileSync(source, prompt("noon").replace("Why", "{{question}} why"))
        /** Asks another question once a minute: five minutes would do, and Aegis keeps style guides for an hour. */
        const send = Effect.fnUntraced(function* () {
          const text = Fs.readFileSync(source, "utf8")
          for (let call = 0; call < 8; call++) {
            yield* TestClock.setTime(clock.now)
            Fs.writeFileSync(file("b.prompt.md"), text.replace("{{question}}", `Question ${call}:`))
            yield* done("run b.prompt.md")
            clock.now += 60_000
          }
          Fs.rmSync(file("b.prompt.md"))
          yield* TestClock.setTime(clock.now)
        })
        yield* send()
        const { applied, recommendations } = decode(OptimizeResult, yield* done("optimize --apply --json"))
        assert.deepStrictEqual(
          applied.map(({ file, written }) => [file, written]),
          [["a.prompt.md", true]]
        )
        assert.include(Fs.readFileSync(source, "utf8"), '\nmarks: [{"block":"house","ttl":"5m"}]\n---\n')

        clock.now += 2 * 60 * 60_000
        const since = new Date(clock.now).toISOString()
        yield* send()
        const { totals } = decode(TelemetryReport, yield* done(`telemetry report --since ${since} --json`))
        const promised = recommendations.find(({ id }) => id === applied[0]?.id)?.after
        assert.closeTo(totals.spent, promised?.cost ?? 0, 0.0005)
        assert.strictEqual(totals.tokens.cacheWrite1h, 0)
        assert.match(yield* done(`optimize --since ${since}`), /^nothing to recommend/)
      }).pipe(Effect.withConfigProvider(keys)),
    120_000
  )
})
