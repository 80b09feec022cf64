/** What a page shows: a chart, and the same values as a table for whoever does not see it. */

export type Unit = "usd" | "rate" | "count" | "milliseconds"

export interface Series {
  readonly name: string
  /** A value for each label; null where there is none. */
  readonly values: ReadonlyArray<number | null>
}

export interface Figure {
  readonly title: string
  /** What it tells, in a sentence. */
  readonly note: string
  /** Rows are bars beneath each other, whose labels are names: long ones have room beside them. */
  readonly kind: "line" | "bar" | "rows"
  /** Bars on top of each other: parts of a whole. */
  readonly stacked?: boolean
  readonly unit: Unit
  /** What the labels are: the head of the table's first column. */
  readonly over: string
  readonly labels: ReadonlyArray<string>
  readonly series: ReadonlyArray<Series>
}

/** A table that no chart belongs to. */
export interface PlainTable {
  readonly title: string
  readonly heads: ReadonlyArray<string>
  /** Which of them stand over figures; under the others are words. */
  readonly figures?: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string>>
}
