/** Pages with charts in a real browser, where the machine has one: drawn, complete and readable in every window, and asking nobody. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as ChartsNode from "../../layers/cli/ChartsNode.js"
import { Charts } from "../../src/cli/Charts.js"
import { type Page, pageHtml } from "../../src/cli/views/html/page.js"
import { optimizationPage } from "../../src/cli/views/ledger/optimizationPage.js"
import { analysisPage, costPage, reportPage } from "../../src/cli/views/ledger/pages.js"
import { Timestamp } from "../../src/domain/Measures.js"
import * as Telemetry from "../../src/services/Telemetry.js"
import { chromium, type Tab, tab, type View } from "../support/chromium.js"
import { tempDir } from "../support/tempDir.js"
import * as Findings from "./support/findings.js"
import { filled, twoWeeks } from "./support/ledger.js"

const browser = chromium(3)

/** Pages about two weeks, and about a ledger in which nothing is. */
const pages = Effect.gen(function* () {
  const ledger = Telemetry.makeMemory()
  yield* filled(ledger, twoWeeks)
  const report = yield* ledger.report({}, ["provider", "model"])
  const { rows: daily } = yield* ledger.report({}, ["day"])
  const { misses, wasted } = Findings.analysis
  const nothing = yield* Telemetry.makeMemory().report({}, ["model"])
  return {
    report: reportPage(report, daily),
    cost: costPage({ report, misses, wasted }, daily),
    analysis: analysisPage({
      schemaVersion: 1,
      createdAt: Timestamp.make("2026-11-15T00:00:00.000Z"),
      ok: true,
      checks: [],
      analysis: { ...Findings.analysis, byDay: daily },
      optimization: Findings.report([Findings.recommendation("r1", 0.12)])
    }),
    optimization: optimizationPage(Findings.report([Findings.recommendation("r1", 0.12)])),
    empty: reportPage(nothing, [])
  }
})

const written = (page: Page): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { script } = yield* Charts
    const file = Path.join(yield* tempDir, "page.html")
    Fs.writeFileSync(file, pageHtml(page, yield* Effect.orDie(script)))
    return file
  }).pipe(Effect.provide(ChartsNode.layer))

/** What the page has come to, once it has been painted: the pixels of each chart in the colour of its first series, and its edges. */
const measuring = `(async () => {
  for (let i = 0; i < 2; i++) await new Promise((painted) => requestAnimationFrame(painted))
  const color = getComputedStyle(document.documentElement).getPropertyValue("--series-0").trim()
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))
  const charts = [...document.querySelectorAll("canvas")].map((canvas) => {
    const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height })
    const context = copy.getContext("2d", { willReadFrequently: true })
    context.drawImage(canvas, 0, 0)
    const { data } = context.getImageData(0, 0, copy.width, copy.height)
    let drawn = 0
    for (let at = 0; at < data.length; at += 4)
      if (data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] === 255) drawn++
    return { drawn, right: canvas.getBoundingClientRect().right }
  })
  return { color, charts, right: document.documentElement.scrollWidth, width: innerWidth }
})()`

const Measured = Schema.Struct({
  color: Schema.String,
  charts: Schema.Array(Schema.Struct({ drawn: Schema.Number, right: Schema.Number })),
  right: Schema.Number,
  width: Schema.Number
})

const measured = (page: Tab): Effect.Effect<typeof Measured.Type> =>
  page.evaluate(measuring).pipe(Effect.flatMap(Schema.decodeUnknown(Measured)), Effect.orDie)

const light = "#0072b2"
const dark = "#4aa8e0"
const views: ReadonlyArray<readonly [View, color: string]> = [
  [{ width: 1400 }, light],
  [{ width: 400, scheme: "dark" }, dark],
  [{ width: 700, scheme: "dark", media: "print" }, light]
]

describe.skipIf(browser === undefined)("a page in a browser", { timeout: 30_000 }, () => {
  it.scoped("is drawn in windows wide and narrow, light, dark and on paper, and asks nobody", () =>
    Effect.gen(function* () {
      const page = yield* tab(browser ?? "")
      for (const [name, content] of Object.entries(yield* pages)) {
        const file = yield* written(content)
        yield* page.look({ width: 1000, scheme: "dark" })
        yield* page.open(file)
        for (const [view, color] of views) {
          yield* page.look(view)
          const seen = yield* measured(page)
          const where = `${name} in ${JSON.stringify(view)}: ${JSON.stringify(seen)}`
          assert.strictEqual(seen.color, color, where)
          assert.lengthOf(seen.charts, content.figures.length, where)
          assert.isTrue(
            seen.charts.every(({ drawn, right }) => drawn > 20 && right <= seen.width),
            where
          )
          assert.isAtMost(seen.right, seen.width, where)
        }
      }
      assert.deepStrictEqual(page.said, [])
      assert.isNotEmpty(page.asked)
      assert.deepStrictEqual(
        page.asked.filter((address) => !address.startsWith("file:")),
        []
      )
    })
  )

  it.scoped("names its charts and tables to whoever does not see them", () =>
    Effect.gen(function* () {
      const page = yield* tab(browser ?? "")
      const { cost } = yield* pages
      yield* page.open(yield* written(cost))
      yield* page.evaluate(`document.querySelectorAll("details").forEach((each) => (each.open = true))`)
      const { nodes = [] } = yield* page.send("Accessibility.getFullAXTree")
      const named = (role: RegExp): ReadonlyArray<string> =>
        nodes.filter((node) => role.test(node.role?.value ?? "")).map(({ name }) => name?.value ?? "")
      const charts = cost.figures.map(({ title }) => title)
      assert.deepStrictEqual(named(/^(?:img|image)$/), charts)
      assert.sameMembers([...named(/^table$/)], [...charts, ...cost.tables.map(({ title }) => title)])
      assert.deepStrictEqual(named(/^RootWebArea$/), [cost.title])
      const selected = yield* page.evaluate(
        `getSelection().selectAllChildren(document.querySelector("tbody")), getSelection().toString()`
      )
      assert.include(String(selected), "2026-11-01")
    })
  )

  it.scoped("would be seen to ask, and to fail", () =>
    Effect.gen(function* () {
      const page = yield* tab(browser ?? "")
      const file = Path.join(yield* tempDir, "page.html")
      const address = "http://hunter2.invalid/"
      Fs.writeFileSync(file, `<img src="${address}"><script>throw new Error("not drawn")</script>`)
      yield* page.open(file)
      assert.include(page.asked, address)
      assert.isTrue(page.said.some((line) => line.includes("not drawn")))
    })
  )
})
