/** Rows of the ledger as text: CSV as RFC 4180 has it, or one JSON object a line. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { TelemetryRecord } from "../../domain/TelemetryRecord.js"
import { cellsOf, recordColumns } from "../../telemetry/flatRecord.js"

/** Rows that are made to text at a time. */
const atOnce = 1000

/**
 * A header, then a line per record. Of a text that a spreadsheet would take for a formula, an apostrophe comes first: a model's name is
 * somebody's choice.
 */
export const toCsv = <E, R>(records: Stream.Stream<TelemetryRecord, E, R>): Stream.Stream<string, E, R> =>
  Stream.unwrap(
    Effect.map(
      Effect.promise(() => import("csv-stringify/sync")),
      ({ stringify }) => {
        const lines = (rows: ReadonlyArray<ReadonlyArray<unknown>>): string =>
          stringify([...rows], { escape_formulas: true, record_delimiter: "unix", cast: { boolean: String } })
        return Stream.concat(
          Stream.sync(() => lines([recordColumns.map(({ name }) => name)])),
          Stream.map(Stream.grouped(records, atOnce), (group) =>
            lines(Chunk.toReadonlyArray(group).map(cellsOf))
          )
        )
      }
    )
  )

/** Every column in every line; null where there is nothing. */
export const toJsonLines = <E, R>(
  records: Stream.Stream<TelemetryRecord, E, R>
): Stream.Stream<string, E, R> =>
  Stream.map(Stream.grouped(records, atOnce), (group) =>
    Chunk.toReadonlyArray(group)
      .map((record) => `${JSON.stringify(rowOf(record))}\n`)
      .join("")
  )

const rowOf = (record: TelemetryRecord): Readonly<Record<string, unknown>> =>
  Object.fromEntries(recordColumns.map(({ name, of }) => [name, of(record) ?? null]))
