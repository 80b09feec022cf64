import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { dearest } from "../../src/cli/views/ledger/dearest.js"
import type { GroupBy, ReportRow } from "../../src/domain/TelemetryReport.js"
import type { Usd } from "../../src/domain/Measures.js"
import * as Sums from "../../src/telemetry/sums.js"

const totals = Sums.toTotals(Sums.make())

const rowsOf = (spent: ReadonlyArray<number>): ReadonlyArray<ReportRow> =>
  spent.map((usd, i) => ({ key: [`group ${i}`], totals: { ...totals, spent: usd as Usd } })) // not negative

const by = (...groupBy: ReadonlyArray<GroupBy>): ReadonlyArray<GroupBy> => groupBy

describe("the groups of a report that are shown", () => {
  it.prop(
    "are the dearest, and the others are summed up",
    [FastCheck.array(FastCheck.integer({ min: 0, max: 1000 }), { maxLength: 60 })],
    ([spent]) => {
      const report = { groupBy: by("scaffold"), rows: rowsOf(spent) }
      const { others, rows } = dearest(report)
      const left = report.rows.filter((row) => !rows.includes(row))
      assert.strictEqual(rows.length, Math.min(20, spent.length))
      const least = Math.min(...rows.map((row) => row.totals.spent))
      for (const row of left) assert.isAtMost(row.totals.spent, least)
      assert.strictEqual(others.length, left.length === 0 ? 0 : 1)
      if (left.length > 0) assert.match(others[0] ?? "", new RegExp(`^and ${left.length} more group`))
    }
  )

  it("are all of them in the order of time", () => {
    const rows = rowsOf(Array.from({ length: 90 }, (_, i) => i))
    for (const groupBy of [by("day"), by("model", "hour")]) {
      assert.deepStrictEqual(dearest({ groupBy, rows }), { rows, others: [] })
    }
  })

  it("says what the others came to", () => {
    const { others } = dearest({ groupBy: by("model"), rows: rowsOf(Array.from({ length: 22 }, () => 2)) })
    assert.deepStrictEqual(others, ["and 2 more groups, which came to $4.00: --json has all"])
  })
})
