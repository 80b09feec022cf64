/** What commands tell of an analysis and of recommendations, and what they do with a patch. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import { createTwoFilesPatch } from "diff"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { Readable } from "node:stream"
import { layerTest } from "../../layers/AegisTest.js"
import * as ChartsNode from "../../layers/cli/ChartsNode.js"
import * as FilesNode from "../../layers/cli/FilesNode.js"
import { cacheAnalyze } from "../../src/cli/cacheAnalyze.js"
import { cost } from "../../src/cli/cost.js"
import { optimize } from "../../src/cli/optimize.js"
import { Files } from "../../src/cli/Files.js"
import * as Output from "../../src/cli/Output.js"
import * as Progress from "../../src/cli/Progress.js"
import { telemetryCalibrate } from "../../src/cli/telemetryCalibrate.js"
import { telemetryTail } from "../../src/cli/telemetryTail.js"
import { performanceView } from "../../src/cli/views/ledger/analysis.js"
import { optimizationView } from "../../src/cli/views/ledger/optimization.js"
import { CachePerformance } from "../../src/domain/CachePerformance.js"
import { OptimizeResult } from "../../src/domain/LedgerReports.js"
import type { OptimizationReport } from "../../src/domain/Optimization.js"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import * as Telemetry from "../../src/services/Telemetry.js"
import { tempDir } from "../support/tempDir.js"
import * as Findings from "./support/findings.js"
import { call, filled, start, twoWeeks } from "./support/ledger.js"

const range = { since: Option.none(), until: Option.none() }

/** A folder, a ledger of two weeks that is analyzed to this, and what was printed. */
const surroundings = (report: OptimizationReport = Findings.report([]), json = false) =>
  Effect.gen(function* () {
    const folder = yield* tempDir
    const written: Array<string> = []
    const ledger = Telemetry.makeMemory()
    yield* filled(ledger, twoWeeks)
    const base = yield* Effect.provide(AegisConfig, layerTest())
    const config = { ...base, root: folder }
    const cache = Layer.merge(layerTest(), Layer.succeed(AegisConfig, config))
    const layer = Layer.mergeAll(
      Output.layerMemory(written, json, { color: false, width: 120 }),
      Progress.layerSilent,
      ChartsNode.layer,
      Layer.succeed(
        Files,
        FilesNode.make(folder, () => Object.assign(Readable.from([])))
      ),
      Layer.succeed(AegisConfig, config),
      Layer.succeed(Telemetry.Telemetry, {
        ...ledger,
        analyze: () => Effect.succeed(Findings.analysis),
        optimize: () => Effect.succeed(report),
        calibrate: () => Effect.succeed(report)
      })
    )
    return { folder, layer, cache, ledger, text: () => written.join("") }
  })

describe("aegis cache analyze", () => {
  it.scoped("says which block is to blame, what changed for good, what is unusual and what to do", () =>
    Effect.gen(function* () {
      const { layer, text } = yield* surroundings(Findings.report([Findings.recommendation("r1", 0.12)]))
      const files = { out: Option.some("b.json"), html: Option.some("b.html") }
      yield* Effect.provide(cacheAnalyze({ ...range, ci: false, ...files }), layer)
      const lines = text().split("\n")
      for (const part of [
        /^why input was not read from the cache {2}\$0\.64 above the price of reading, \$0\.14 of it wasted$/,
        /^changed {7}Block 2, style_guide house, was another one in each of 7 calls\.$/,
        /^ {14}anthropic claude-sonnet-5 {2}28,000 tokens in 7 calls, \$0\.14$/,
        /^provider-hit-rate anthropic cla.* {1,}██▁▁ {2}0 %$/,
        /100 % -> 0 % since 2026-11-03T00:00:00Z \(99 % sure\)$/,
        /^unusual {2}2026-11-04.*\$5 on this day/,
        /^saves \$0\.12 {2}anthropic claude-sonnet-5: Move the clock/,
        /^abstains {2}x-mine m, 3 requests: nothing is known/,
        /^wrote b\.json$/,
        /^wrote b\.html$/
      ]) {
        assert.isTrue(
          lines.some((line) => part.test(line)),
          `${String(part)}\n${text()}`
        )
      }
      const at = (word: string) => lines.findIndex((line) => line.startsWith(word))
      assert.isBelow(at("changed "), at("first "), "what can be changed stands before what cannot")
    })
  )

  it.scoped("writes cache-performance.json for CI, without a line of a prompt", () =>
    Effect.gen(function* () {
      const patch = { file: "a.prompt.md", diff: "-It is hunter2 o'clock" }
      const { folder, layer } = yield* surroundings(
        Findings.report([Findings.recommendation("r1", 0.12, patch)]),
        true
      )
      const analyze = cacheAnalyze({
        ...range,
        ci: true,
        out: Option.none(),
        html: Option.some("a.html")
      }).pipe(Effect.flip)
      const { message } = yield* Effect.provide(analyze, layer)
      assert.match(message, /^1 check did not pass: hit-rate\./)
      const file = Path.join(folder, "cache-performance.json")
      const json = Fs.readFileSync(file, "utf8")
      const read = Schema.decodeUnknownSync(Schema.parseJson(CachePerformance))(json)
      assert.deepStrictEqual(read.analysis, Findings.analysis)
      assert.isFalse(read.ok)
      assert.deepStrictEqual(
        read.checks.map(({ check, state }) => [check, state]),
        [
          ["hit-rate", "failed"],
          ["latency", "unknown"]
        ]
      )
      assert.strictEqual(read.optimization.recommendations[0]?.id, "r1")
      const html = Fs.readFileSync(Path.join(folder, "a.html"), "utf8")
      assert.include(html, "Block 2, style_guide house")
      assert.notInclude(json + html, "hunter2")
      yield* Effect.provide(analyze, layer)
      assert.strictEqual(Fs.readFileSync(file, "utf8"), json, "the same again")
    })
  )

  it.effect("shows any analysis on lines that no name can break", () =>
    Effect.gen(function* () {
      const [one, two] = FastCheck.sample(Arbitrary.make(CachePerformance), { numRuns: 2, seed: 3 })
      for (const shown of [one, two]) {
        if (shown === undefined) continue
        const text = yield* performanceView(shown, { color: false, width: 80 })
        assert.notMatch(text, /[^\P{Cc}\n\t]/u)
      }
    })
  )
})

describe("aegis cost", () => {
  it.scoped("shows what was spent and saved, and what was wasted by cause", () =>
    Effect.gen(function* () {
      const { folder, layer, text } = yield* surroundings()
      yield* Effect.provide(
        cost({ ...range, by: Option.some("model"), html: Option.some("cost.html") }),
        layer
      )
      for (const part of [
        /^│ claude-sonnet-5 │ +\$0\.27 │ █+ │ +\$0\.12 │/m,
        /^│ unknown +│ +unknown │/m,
        /^why input was not read from the cache {2}\$0\.64 above the price of reading, \$0\.14 of it wasted$/m,
        /^changed /m
      ]) {
        assert.match(text(), part)
      }
      const html = Fs.readFileSync(Path.join(folder, "cost.html"), "utf8")
      assert.include(html, "What misses cost, by cause")
    })
  )
})

describe("aegis telemetry calibrate", () => {
  it.scoped("shows how well each model is predicted, and where it abstains", () =>
    Effect.gen(function* () {
      const { layer, text } = yield* surroundings()
      yield* Effect.provide(telemetryCalibrate(range), layer)
      assert.match(text(), /claude-sonnet-5 │ +14 │ +28,000 │ +28,000 │ 100 % │ +0 % │/)
      assert.match(text(), /^abstains {2}x-mine m/m)
    })
  )
})

describe("aegis telemetry tail --follow", () => {
  it.scoped("goes on with what is recorded later", () =>
    Effect.gen(function* () {
      const lines = yield* Queue.unbounded<string>()
      const { layer, ledger } = yield* surroundings()
      const output = Output.make({
        json: false,
        style: { color: false, width: 80 },
        write: (text) => Queue.offer(lines, text)
      })
      yield* TestClock.setTime(start)
      const following = yield* telemetryTail({ ...range, until: Option.none(), follow: true }).pipe(
        Effect.provideService(Output.Output, output),
        Effect.provide(layer),
        Effect.fork
      )
      yield* Queue.takeN(lines, twoWeeks.length)
      yield* ledger.record(call({ at: start + 1, model: "later" }))
      yield* TestClock.adjust("1 second")
      assert.include(yield* Queue.take(lines), "later")
      yield* Fiber.interrupt(following)
    })
  )
})

const prompt = `---
provider: anthropic
model: claude-sonnet-5
---
<style_guide>
It is 12:00.
Be brief.
</style_guide>
Why?
`
const better = prompt
  .replace("It is 12:00.\n", "")
  .replace("Why?", "<context>\nIt is 12:00.\n</context>\nWhy?")
const patchTo = (text: string) => ({
  file: "a.prompt.md",
  diff: createTwoFilesPatch("a.prompt.md", "a.prompt.md", prompt, text)
})

describe("aegis optimize", () => {
  const apply = { ...range, apply: true, dryRun: false, html: Option.none() }
  const decode = Schema.decodeUnknownSync(Schema.parseJson(OptimizeResult))

  it.scoped("says what to change, what it would have saved, how sure that is, and what is left", () =>
    Effect.gen(function* () {
      const report = Findings.report([Findings.recommendation("r1", 0.12, patchTo(better))])
      const { cache, folder, layer, text } = yield* surroundings(report)
      const options = { ...range, apply: false, dryRun: false, html: Option.some("optimize.html") }
      yield* Effect.provide(optimize(options, cache), layer)
      const html = Fs.readFileSync(Path.join(folder, "optimize.html"), "utf8")
      assert.include(html, "Cost before and after each change")
      assert.notInclude(html, "It is 12:00", "a patch quotes the prompt, and a page is passed on")
      for (const part of [
        /^saves \$0\.12 \(42\.9 %\) {2}anthropic claude-sonnet-5 {2}r1$/m,
        /^before {5}\$0\.28 for 14 requests, 28,000 of 57,000 input tokens from the cache$/m,
        /^confidence 97 %$/m,
        /^left {7}\$0\.03: no layout costs less than \$0\.13 over these requests$/m,
        /^-It is 12:00\.$/m,
        /^\+<context>$/m
      ]) {
        assert.match(text(), part)
      }
      const coloured = yield* optimizationView(report, { color: true, width: 80 })
      assert.include(coloured, "\u001B[31m-It is 12:00.\u001B[39m")
      assert.include(coloured, "\u001B[32m+<context>\u001B[39m")
    })
  )

  it.scoped("writes the best patch of a prompt, and shows it before and after", () =>
    Effect.gen(function* () {
      const worse = prompt.replace("Be brief.", "Be long.")
      const { cache, folder, layer, text } = yield* surroundings(
        Findings.report([
          Findings.recommendation("r1", 0.01, patchTo(worse)),
          Findings.recommendation("r2", 0.12, patchTo(better)),
          Findings.recommendation("r3", 0.2)
        ]),
        true
      )
      const file = Path.join(folder, "a.prompt.md")
      Fs.writeFileSync(file, prompt)
      yield* Effect.provide(optimize({ ...apply, dryRun: true }, cache), layer)
      assert.strictEqual(Fs.readFileSync(file, "utf8"), prompt, "a dry run writes nothing")
      yield* Effect.provide(optimize(apply, cache), layer)
      assert.strictEqual(Fs.readFileSync(file, "utf8"), better)
      const [dry, done] = text()
        .trimEnd()
        .split("\n")
        .map((line) => decode(line).applied)
      assert.deepStrictEqual(
        [dry, done].map((all) => all?.map(({ file, id, written }) => [id, file, written])),
        [[["r2", "a.prompt.md", false]], [["r2", "a.prompt.md", true]]]
      )
      assert.isAbove(done?.[0]?.after.tokens ?? 0, 0)
      assert.notDeepEqual(done?.[0]?.before, done?.[0]?.after)
    })
  )

  it.scoped("leaves a file alone that was changed since, one that would be broken, and all others then", () =>
    Effect.gen(function* () {
      const other = { file: "b.prompt.md", diff: createTwoFilesPatch("b", "b", "Hello\n", "Hello you\n") }
      const { cache, folder, layer } = yield* surroundings(
        Findings.report([
          Findings.recommendation("r1", 0.5, other),
          Findings.recommendation("r2", 0.12, patchTo(better))
        ])
      )
      const [a, b] = [Path.join(folder, "a.prompt.md"), Path.join(folder, "b.prompt.md")]
      Fs.writeFileSync(b, "---\nprovider: anthropic\nmodel: claude-sonnet-5\n---\nHello\n")
      const since = prompt.replace("Be brief.", "Be brief, please.")
      Fs.writeFileSync(a, since)
      const refused = yield* Effect.flip(Effect.provide(optimize(apply, cache), layer))
      assert.match(String(refused), /"[ab]\.prompt\.md" is not what the recommendation was made for/)
      assert.strictEqual(Fs.readFileSync(a, "utf8"), since)
      const broken = Findings.report([
        Findings.recommendation("r1", 1, patchTo(prompt.replace("</style_guide>\n", "")))
      ])
      const again = yield* surroundings(broken)
      Fs.writeFileSync(Path.join(again.folder, "a.prompt.md"), prompt)
      const error = yield* Effect.flip(Effect.provide(optimize(apply, again.cache), again.layer))
      assert.match(String(error), /<style_guide> is never closed/)
      assert.strictEqual(Fs.readFileSync(Path.join(again.folder, "a.prompt.md"), "utf8"), prompt)
    })
  )

  it.scoped("says what the patch saved, beside what the file comes to", () =>
    Effect.gen(function* () {
      const { cache, folder, layer, text } = yield* surroundings(
        Findings.report([Findings.recommendation("r2", 0.12, patchTo(better))])
      )
      Fs.writeFileSync(Path.join(folder, "a.prompt.md"), prompt)
      yield* Effect.provide(optimize(apply, cache), layer)
      assert.match(
        text(),
        /^patched a\.prompt\.md {2}r2\n {2}saves {10}\$0\.12 \(42\.9 %\) of 14 requests, replayed$/m
      )
      assert.match(text(), /^ {2}stable prefix .* tokens of .*, of the file as it stands$/m)
    })
  )

  it.effect("shows a patch that two changes have in common once", () =>
    Effect.gen(function* () {
      const both = ["r1", "r2"].map((id) => Findings.recommendation(id, 0.12, patchTo(better)))
      const shown = yield* optimizationView(Findings.report(both), { color: false, width: 80 })
      assert.strictEqual(shown.split("-It is 12:00.").length, 2)
      assert.match(shown, /r2\n[^]*^patch {6}a\.prompt\.md\n {11}as for r1$/m)
    })
  )

  it.effect("tells a ledger without requests from one that nothing could have helped", () =>
    Effect.gen(function* () {
      const shown = (report: OptimizationReport): Effect.Effect<string> =>
        optimizationView(report, { color: false, width: 80 })
      const none = { recommendations: [], abstained: [], calibration: [] }
      assert.strictEqual(yield* shown(none), "nothing to recommend: no request was recorded in this range")
      assert.match(yield* shown(Findings.report([])), /^nothing to recommend: no change that was tried/)
    })
  )

  it.scoped("has no dry run of nothing", () =>
    Effect.gen(function* () {
      const { cache, layer } = yield* surroundings()
      const error = yield* Effect.flip(
        Effect.provide(optimize({ ...range, apply: false, dryRun: true, html: Option.none() }, cache), layer)
      )
      assert.match(String(error), /--dry-run says what --apply would do/)
    })
  )
})
