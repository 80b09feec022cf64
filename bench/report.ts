/** What a group of measurements reports, and how it hands it to bench/run.mjs. */
import { writeFileSync } from "node:fs"
import { loadavg } from "node:os"
import { aaLimit, type Comparison, type Interval, type Measured } from "./harness.js"

/** One row of the table of goals. */
export interface Goal {
  readonly what: string
  readonly goal: string
  readonly measured: string
  /** Undefined for a number that is published without a goal. */
  readonly met?: boolean
}

export interface Table {
  readonly title: string
  readonly base: string
  readonly rounds: number
  readonly aaError: number
  readonly measured: ReadonlyArray<Measured>
}

export interface Report {
  readonly group: string
  readonly noisy: boolean
  readonly load: readonly [before: number, after: number]
  readonly goals: ReadonlyArray<Goal>
  readonly tables: ReadonlyArray<Table>
  readonly notes: ReadonlyArray<string>
}

const times = (value: number): string => `${value.toFixed(2)} x`

/** A ratio that shall not be larger than `limit`. */
export const atMost = (what: string, ratio: Interval, limit: number): Goal => ({
  what,
  goal: `<= ${limit} x`,
  measured: `${times(ratio.median)} (${ratio.low.toFixed(2)}-${ratio.high.toFixed(2)})`,
  met: ratio.median <= limit
})

/** A ratio that is published without a goal. */
export const shown = (what: string, ratio: Interval): Goal => ({
  what,
  goal: "",
  measured: `${times(ratio.median)} (${ratio.low.toFixed(2)}-${ratio.high.toFixed(2)})`
})

/** A time that is published without a goal. */
export const timeOf = (what: string, micros: Interval): Goal => ({
  what,
  goal: "",
  measured: `${micros.median.toFixed(2)} us (${micros.low.toFixed(2)}-${micros.high.toFixed(2)})`
})

/** A time that shall not be longer than `limit` microseconds. */
export const within = (what: string, micros: Interval, limit: number): Goal => ({
  ...timeOf(what, micros),
  goal: `<= ${limit} us`,
  met: micros.median <= limit
})

/** A number that must be exactly this. */
export const exactly = (what: string, measured: number, goal: number, unit: string): Goal => ({
  what,
  goal: `${goal} ${unit}`,
  measured: `${measured} ${unit}`,
  met: measured === goal
})

export const tableOf = (title: string, comparison: Comparison): Table => ({
  title,
  base: comparison.base,
  rounds: comparison.rounds,
  aaError: comparison.aaError,
  measured: comparison.measured
})

/** How thoroughly to measure: 1 is the published run. */
export const rounds = (count: number): number =>
  Math.max(5, Math.round(count * Number(process.env["BENCH_SCALE"] ?? 1)))

/** Runs a group and leaves its report where bench/run.mjs looks for it. */
export const group = async (
  name: string,
  measure: () => Promise<Pick<Report, "goals" | "tables"> & Partial<Pick<Report, "notes">>>
): Promise<void> => {
  const [before = 0] = loadavg()
  const { goals, notes = [], tables } = await measure()
  const [after = 0] = loadavg()
  const noisy = tables.some(({ aaError }) => aaError > aaLimit)
  const report: Report = { group: name, noisy, load: [before, after], goals, tables, notes }
  const file = process.env["BENCH_REPORT"]
  const text = JSON.stringify(report, undefined, 2)
  if (file === undefined) console.log(text)
  else writeFileSync(file, text)
}
