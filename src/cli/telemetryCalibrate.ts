/** `aegis telemetry calibrate`: how well the models of the providers' caches predict what providers reported. */
import * as Effect from "effect/Effect"
import { CalibrationReport } from "../domain/LedgerReports.js"
import { Telemetry } from "../services/Telemetry.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { type RangeOptions, rangeOf } from "./timeRange.js"
import { calibrationView } from "./views/ledger/calibration.js"

export const telemetryCalibrate = Effect.fn("aegis telemetry calibrate")(function* (options: RangeOptions) {
  const telemetry = yield* Telemetry
  const output = yield* Output
  const { during } = yield* Progress
  const report = yield* telemetry.calibrate(yield* rangeOf(options)).pipe(during("replaying"))
  yield* output.emit(CalibrationReport, report, calibrationView)
})
