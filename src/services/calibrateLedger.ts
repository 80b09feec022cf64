/** Holds the models of providers' caches against what providers reported in a ledger. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type { CalibrationReport } from "../domain/LedgerReports.js"
import type { Abstention } from "../domain/Optimization.js"
import type { StoreError } from "../domain/StoreErrors.js"
import type { TelemetryRecord } from "../domain/TelemetryRecord.js"
import { makeCalibrating } from "../telemetry/simulator/calibrate.js"
import { rulesOf } from "../telemetry/simulator/rules.js"
import { isCall } from "../telemetry/sums.js"
import type { ChargedPrices } from "./chargedPrices.js"

export const calibrateLedger = (
  records: Stream.Stream<TelemetryRecord, StoreError>,
  { load, price }: ChargedPrices
): Effect.Effect<CalibrationReport, StoreError> =>
  Effect.gen(function* () {
    const calibrating = makeCalibrating({ cost: price })
    const abstained = new Map<string, Abstention>()
    yield* Stream.runForEach(records, (record) => {
      const { request } = record
      if (request === undefined || !isCall(record)) return Effect.void
      const { model, provider } = request
      const rules = rulesOf(provider, model)
      if (Either.isRight(rules)) return Effect.map(load(request), () => calibrating.add(record))
      const key = JSON.stringify([provider, model])
      const requests = (abstained.get(key)?.requests ?? 0) + 1
      abstained.set(key, { provider, model, requests, reason: rules.left })
      return Effect.void
    })
    return { calibration: calibrating.result(), abstained: [...abstained.values()] }
  })
