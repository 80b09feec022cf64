/** Rows of the ledger as Apache Parquet, a row group at a time: no more than one is held. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ColumnSource } from "hyparquet-writer"
import type { TelemetryRecord } from "../../domain/TelemetryRecord.js"
import { version } from "../../domain/version.js"
import { type Cell, type ColumnType, recordColumns } from "../../telemetry/flatRecord.js"

/** Rows of a group: some megabytes of them before they are packed. */
export const groupRows = 10_000

const types = {
  text: "STRING",
  integer: "INT64",
  number: "DOUBLE",
  boolean: "BOOLEAN",
  time: "TIMESTAMP"
} as const satisfies Record<ColumnType, string>

const packed = (type: ColumnType, cell: Cell): unknown => {
  if (cell === undefined) return null
  if (type === "integer") return BigInt(Number(cell))
  return type === "time" ? new Date(String(cell)) : cell
}

export const toParquet = <E, R>(
  records: Stream.Stream<TelemetryRecord, E, R>
): Stream.Stream<Uint8Array, E, R> =>
  Stream.unwrap(
    Effect.map(
      Effect.promise(() => import("hyparquet-writer")),
      ({ ByteWriter, ParquetWriter, schemaFromColumnData }) => {
        const columnsOf = (rows: ReadonlyArray<TelemetryRecord>): ReadonlyArray<ColumnSource> =>
          recordColumns.map(({ name, of, type }) => ({
            name,
            nullable: true,
            data: rows.map((record) => packed(type, of(record)))
          }))
        const columnData = columnsOf([]).map((column, at) => ({
          ...column,
          type: types[recordColumns[at]?.type ?? "text"]
        }))
        const writer = new ByteWriter()
        const file = new ParquetWriter({
          writer,
          schema: schemaFromColumnData({ columnData }),
          createdBy: `aegis ${version}`
        })
        /** What was written since the last time. Places in the file are counted by `offset`, which goes on. */
        const taken = (): Uint8Array => {
          const part = writer.getBytes().slice()
          writer.index = 0
          return part
        }
        // in memory it is written at once: what a write and the end of the file return is nothing to wait for
        return Stream.map(Stream.grouped(records, groupRows), (group) => {
          const rows = Chunk.toReadonlyArray(group)
          void file.write({ columnData: [...columnsOf(rows)], rowGroupSize: groupRows })
          return taken()
        }).pipe(
          Stream.concat(
            Stream.sync(() => {
              void file.finish()
              return taken()
            })
          )
        )
      }
    )
  )
