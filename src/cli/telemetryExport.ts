/** `aegis telemetry export`: the records of a range as rows of a table, to stdout or into a file. No more than a part is held at a time. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ExportFormat, LedgerExport } from "../domain/LedgerReports.js"
import type { StoreError } from "../domain/StoreErrors.js"
import type { TelemetryRecord } from "../domain/TelemetryRecord.js"
import { Telemetry } from "../services/Telemetry.js"
import { Files } from "./Files.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { type RangeOptions, rangeOf } from "./timeRange.js"
import { UsageError } from "./UsageError.js"
import { bytes, plural } from "./views/format.js"

export interface LedgerExportOptions extends RangeOptions {
  readonly format: Option.Option<ExportFormat>
  readonly out: Option.Option<string>
}

export const telemetryExport = Effect.fn("aegis telemetry export")(function* (options: LedgerExportOptions) {
  const telemetry = yield* Telemetry
  const output = yield* Output
  const { during } = yield* Progress
  const format = yield* Option.match(options.format, {
    onNone: () => formatOf(options.out),
    onSome: Effect.succeed
  })
  const records = telemetry.stream(yield* rangeOf(options))
  if (Option.isNone(options.out)) {
    if (format === "parquet") {
      return yield* new UsageError({
        problem: "Parquet is no text that stdout could show",
        fix: "Name a file with --out, or ask for --format csv or jsonl."
      })
    }
    return yield* Stream.runForEach(yield* rowsAs(format, records), output.text)
  }
  const file = options.out.value
  let exported = 0
  const counted = Stream.tap(records, () => Effect.sync(() => exported++))
  const { replace } = yield* Files
  const rows: Stream.Stream<string | Uint8Array, StoreError> =
    format === "parquet" ? yield* parquetOf(counted) : yield* rowsAs(format, counted)
  // what is there is replaced, whatever it is
  const written = Option.getOrElse(yield* replace(file, rows).pipe(during("exporting")), () => 0)
  yield* output.emit(LedgerExport, { file, format, records: exported, bytes: written }, (report) =>
    Effect.succeed(`exported ${plural(report.records, "record")} to ${report.file}, ${bytes(report.bytes)}`)
  )
})

const formats = new Map<string, ExportFormat>([
  ...ExportFormat.literals.map((format) => [format, format] as const),
  ["ndjson", "jsonl"]
])

/** By the ending of the file's name; CSV where it has none. */
const formatOf = (out: Option.Option<string>): Effect.Effect<ExportFormat, UsageError> => {
  const ending = Option.match(out, {
    onNone: () => undefined,
    onSome: (name) => /\.([^./\\]*)$/.exec(name)?.[1]
  })
  if (ending === undefined) return Effect.succeed("csv")
  return Option.match(Option.fromNullable(formats.get(ending.toLowerCase())), {
    onNone: () =>
      new UsageError({
        problem: `no format ends with .${ending}`,
        fix: `End the name with ${[...formats.keys()].map((each) => `.${each}`).join(", ")}, or ask for a --format.`
      }),
    onSome: Effect.succeed
  })
}

const rowsAs = <E>(
  format: "csv" | "jsonl",
  records: Stream.Stream<TelemetryRecord, E>
): Effect.Effect<Stream.Stream<string, E>> =>
  Effect.map(
    Effect.promise(() => import("./exports/text.js")),
    ({ toCsv, toJsonLines }) => (format === "csv" ? toCsv(records) : toJsonLines(records))
  )

const parquetOf = <E>(
  records: Stream.Stream<TelemetryRecord, E>
): Effect.Effect<Stream.Stream<Uint8Array, E>> =>
  Effect.map(
    Effect.promise(() => import("./exports/parquet.js")),
    ({ toParquet }) => toParquet(records)
  )
