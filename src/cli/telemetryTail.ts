/** `aegis telemetry tail`: the latest records, a line each; `--follow` goes on with those that come. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { TelemetryRecord } from "../domain/TelemetryRecord.js"
import { Telemetry } from "../services/Telemetry.js"
import { Output } from "./Output.js"
import { type RangeOptions, rangeOf } from "./timeRange.js"
import { recordLine } from "./views/ledger/record.js"

export interface TailOptions extends RangeOptions {
  readonly follow: boolean
}

/** Where no start is given. */
const latest = "1h"

/** With `--json` each line is a record. */
export const telemetryTail = Effect.fn("aegis telemetry tail")(function* (options: TailOptions) {
  const telemetry = yield* Telemetry
  const output = yield* Output
  const range = yield* rangeOf(options, latest)
  yield* Stream.runForEach(telemetry.stream(range, { follow: options.follow }), (record) =>
    output.emit(TelemetryRecord, record, (shown, style) => Effect.succeed(recordLine(shown, style)))
  )
})
