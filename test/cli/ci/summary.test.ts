/** What a pull request is told. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { marker, summaryMarkdown } from "../../../src/cli/ci/summaryMarkdown.js"
import { noReports, summaryOf } from "../../../src/cli/ci/summaryOf.js"
import { type CachePerformance, PRSummary } from "../../../src/domain/CachePerformance.js"
import { CiReport } from "../../../src/domain/CiReport.js"
import { reportOf } from "../../enforce/support/reports.js"
import { analysis, type Given } from "./support/analysis.js"

const hostile = [
  "`` ` ```",
  "| a | b |",
  "<img src=x onerror=alert(1)>",
  "<!-- aegis:pr-summary -->",
  "@octocat fixes #1 https://evil.example",
  "[x](javascript:alert(1))",
  "**bold** _it_ ~no~ \\| \n# head\r\n---",
  "&#64;octocat &lt;b&gt;",
  "</code><script>"
]

const summary = (given: Partial<PRSummary>): PRSummary => ({
  cacheHitRate: null,
  costSavings: null,
  standardsCompliance: null,
  testCoverage: null,
  replaySuccess: null,
  recommendations: [],
  economics: [],
  checks: [],
  ok: true,
  ...given
})

const economics = (file: string, findings: ReadonlyArray<string> = []): PRSummary["economics"][number] =>
  Schema.decodeUnknownSync(CiReport.fields.economics.value)({
    file,
    provider: "anthropic",
    model: file,
    stablePrefix: { before: 3000, after: 20 },
    tokens: { before: 4000, after: 4010 },
    warmCost: { before: 0.001, after: 0.009 },
    findings
  })

/** What of a text GitHub would read as markup: all but what the page itself is made of. */
const foreign = (markdown: string): string =>
  [...markdown.matchAll(/<code>(.*?)<\/code>/gs)].map(([, inner = ""]) => inner).join("\n")

describe("the summary of a change", () => {
  it("lets no name inject Markdown, HTML, links or mentions", () => {
    const markdown = summaryMarkdown(
      summary({
        recommendations: hostile,
        economics: hostile.map((text) => economics(text, hostile)),
        checks: hostile.map((text) => ({
          check: "standards",
          state: "failed",
          figure: text,
          threshold: text,
          remedy: text
        }))
      })
    )
    assert.notMatch(foreign(markdown), /[^\p{L}\p{N} &#;\n…]/u)
    // outside of what is escaped stand our own words alone
    const own = markdown.replaceAll(/<code>.*?<\/code>/gs, "")
    for (const word of ["octocat", "evil", "javascript", "script", "img", "bold"])
      assert.notInclude(own, word)
    assert.strictEqual(markdown.split(marker).length, 2)
    assert.isTrue(markdown.startsWith(marker))
    const cells = markdown.split("\n").filter((line) => line.includes(" standards |"))
    assert.deepStrictEqual(new Set(cells.map((line) => line.split("|").length)), new Set([7]))
  })

  it("stays below what GitHub takes, and says how much is left out", () => {
    const many = Array.from({ length: 3000 }, (_, i) =>
      economics(`${i}-${"ü|".repeat(400)}`, ["x".repeat(2000)])
    )
    const markdown = summaryMarkdown(
      summary({ economics: many, recommendations: many.map(({ file }) => file) })
    )
    assert.isBelow(markdown.length, 65_536)
    const left = [...markdown.matchAll(/^([\d,]+) more are in the report\.$/gm)]
    assert.strictEqual(left.length, 3)
    const shown = markdown.split("\n").filter((line) => line.startsWith("| <code>")).length
    assert.strictEqual(shown + Number(left[0]?.[1]?.replace(",", "")), 3000)
  })

  it("is the same bytes for the same reports, whatever they hold", () => {
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(PRSummary), (any) => {
        const markdown = summaryMarkdown(any)
        const again = Schema.decodeSync(PRSummary)(Schema.encodeSync(PRSummary)(any))
        assert.strictEqual(summaryMarkdown(again), markdown)
        assert.isBelow(markdown.length, 65_536)
        assert.notMatch(foreign(markdown), /[^\p{L}\p{N} &#;\n…]/u)
      }),
      { numRuns: 50 }
    )
  })

  it("calls unknown what no report says, and unchecked what broke off before it was judged", () => {
    const nothing = summaryOf(noReports)
    assert.deepStrictEqual(nothing, summary({ ok: false }))
    const markdown = summaryMarkdown(nothing)
    assert.include(markdown, "## Aegis: not checked")
    assert.include(markdown, "| unknown | unknown | unknown | unknown | unknown |")
    const compliance = Option.some({ ...reportOf(), valid: false })
    assert.include(summaryMarkdown(summaryOf({ ...noReports, compliance })), "## Aegis: failed")
  })

  it("takes each figure from its report, and fails if one of them does", () => {
    const ci = (ok: boolean): CiReport => ({
      schemaVersion: 1,
      ok,
      base: null,
      checks: [],
      economics: [economics("a.prompt.md")],
      notes: []
    })
    const performance = (given: Given): CachePerformance => ({
      schemaVersion: 1,
      createdAt: "2026-11-26T00:00:00Z",
      ok: true,
      checks: [],
      analysis: analysis(given),
      optimization: { recommendations: [], abstained: [], calibration: [] }
    })
    for (const priced of [null, 0]) {
      const { costSavings } = summaryOf({ ...noReports, performance: Option.some(performance({ priced })) })
      assert.isNull(costSavings, "no call, or none with a price, is not one that saved nothing")
    }
    const told = summaryOf({
      ...noReports,
      performance: Option.some(performance({ provider: 0.84, saved: -1.5 })),
      coverage: Option.some({
        total: {
          lines: { covered: 93, total: 100 },
          statements: { covered: 0, total: 0 },
          functions: { covered: 0, total: 0 },
          branches: { covered: 0, total: 0 }
        }
      }),
      ci: Option.some(ci(true))
    })
    assert.deepStrictEqual(
      [told.cacheHitRate, Number(told.costSavings), told.testCoverage, told.ok],
      [0.84, -1.5, 0.93, true]
    )
    assert.strictEqual(told.economics.length, 1)
    assert.include(summaryMarkdown(told), "| 84 % | -USD 1.50 | unknown | 93 % | unknown |")
    assert.isFalse(summaryOf({ ...noReports, ci: Option.some(ci(false)) }).ok)
  })
})
