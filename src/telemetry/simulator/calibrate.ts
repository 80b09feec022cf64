/** How well the models of the providers' caches predict what providers reported. */
import * as Option from "effect/Option"
import type { UsdDifference } from "../../domain/Money.js"
import type { Calibration } from "../../domain/Optimization.js"
import type { Provider } from "../../domain/Provider.js"
import type { TelemetryRecord } from "../../domain/TelemetryRecord.js"
import { totalInput, type Usage } from "../../domain/Usage.js"
import { tokens } from "../../prompt/render/tokens.js"
import { makeRecordPredictor } from "./predictRecord.js"
import { usageOf, type SimulateOptions } from "./simulate.js"

export interface CalibrateOptions extends SimulateOptions {
  /** What a usage costs in USD; none where that is not known, and then it adds nothing to the bias. */
  readonly cost?: (provider: Provider, model: string, usage: Usage) => Option.Option<number>
}

/** Takes records in the order of their times, and keeps sums and the worst of them. */
export interface Calibrating {
  readonly add: (record: TelemetryRecord) => void
  readonly result: () => ReadonlyArray<Calibration>
}

/** How many of the records that were predicted worst are told. */
const mostWorst = 5

type Miss = Calibration["worst"][number]

interface Sums {
  readonly provider: Provider
  readonly model: string
  requests: number
  predicted: number
  reported: number
  input: number
  off: number
  exact: number
  bias: number
  worst: ReadonlyArray<Miss>
}

const distance = ({ predicted, reported }: Miss): number => Math.abs(predicted - reported)

export const makeCalibrating = (options: CalibrateOptions = {}): Calibrating => {
  const predict = makeRecordPredictor({ ...options, causes: false })
  const costOf = options.cost ?? ((): Option.Option<number> => Option.none())
  const models = new Map<string, Sums>()

  const sumsOf = (provider: Provider, model: string): Sums => {
    const key = `${provider} ${model}`
    const known = models.get(key)
    if (known !== undefined) return known
    const zero = { requests: 0, predicted: 0, reported: 0, input: 0, off: 0, exact: 0, bias: 0, worst: [] }
    const sums: Sums = { provider, model, ...zero }
    models.set(key, sums)
    return sums
  }

  return {
    add: (given) => {
      const found = predict(given)
      // a provider that does not say what it read cannot be compared with
      if (found === undefined || Option.isNone(found.read)) return
      const { predicted, record, request, usage } = found
      const { model, provider } = request
      const reported = found.read.value
      const sums = sumsOf(provider, model)
      sums.requests++
      sums.predicted += predicted.read
      sums.reported += reported
      sums.input += totalInput(usage)
      sums.off += Math.abs(predicted.read - reported)
      if (predicted.read === reported) sums.exact++
      else {
        const miss = { record: record.id, predicted: tokens(predicted.read), reported: tokens(reported) }
        sums.worst = [...sums.worst, miss].sort((a, b) => distance(b) - distance(a)).slice(0, mostWorst)
      }
      const [was, would] = [
        costOf(provider, model, usage),
        costOf(provider, model, { ...usageOf(predicted, usage.output), reasoning: usage.reasoning })
      ]
      if (Option.isSome(was) && Option.isSome(would)) sums.bias += was.value - would.value
    },
    result: () =>
      [...models.values()]
        .sort((a, b) => (`${a.provider} ${a.model}` < `${b.provider} ${b.model}` ? -1 : 1))
        .map((sums) => ({
          provider: sums.provider,
          model: sums.model,
          requests: sums.requests,
          predicted: tokens(sums.predicted),
          reported: tokens(sums.reported),
          exact: sums.exact / sums.requests,
          error: sums.input === 0 ? Option.none() : Option.some(sums.off / sums.input),
          bias: sums.bias as UsdDifference, // a sum of finite differences
          worst: sums.worst
        }))
  }
}

/** The calibration of records that are all there, by provider and model; records are put in the order in which they were sent. */
export const calibrate = (
  records: Iterable<TelemetryRecord>,
  options: CalibrateOptions = {}
): ReadonlyArray<Calibration> => {
  const calibrating = makeCalibrating(options)
  const sentAt = ({ request }: TelemetryRecord): number => request?.sentAt ?? 0
  for (const record of [...records].sort((a, b) => sentAt(a) - sentAt(b))) calibrating.add(record)
  return calibrating.result()
}
