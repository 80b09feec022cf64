/** How well the models of the providers' caches predict what providers reported, for a person. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CalibrationReport } from "../../../domain/LedgerReports.js"
import type { Abstention, Calibration } from "../../../domain/Optimization.js"
import { chosen } from "../facts.js"
import { count, difference, percent, plural } from "../format.js"
import { type Paint, paint } from "../paint.js"
import type { Style } from "../Style.js"
import { table } from "../table.js"

export const calibrationTable = (
  calibrations: ReadonlyArray<Calibration>,
  style: Style
): Effect.Effect<string> => {
  const column = (head: string, rank: number, cell: (one: Calibration) => string) =>
    ({ head, rank, align: "right", cells: calibrations.map(cell) }) as const
  return table(
    [
      { head: "provider", rank: 0, cells: calibrations.map(({ provider }) => chosen(provider)) },
      { head: "model", rank: 0, wraps: true, cells: calibrations.map(({ model }) => chosen(model)) },
      column("requests", 0, ({ requests }) => count(requests)),
      column("predicted", 1, ({ predicted }) => count(predicted)),
      column("reported", 1, ({ reported }) => count(reported)),
      column("exact", 0, ({ exact }) => percent(exact)),
      column("error", 0, ({ error }) => Option.match(error, { onNone: () => "unknown", onSome: percent })),
      column("bias", 2, ({ bias }) => difference(bias))
    ],
    style
  )
}

export const abstentionLines = (abstained: ReadonlyArray<Abstention>, colors: Paint): ReadonlyArray<string> =>
  abstained.map(
    ({ model, provider, reason, requests }) =>
      `${colors.note("abstains")}  ${chosen(`${provider} ${model}`)}, ${plural(requests, "request")}: ${reason}`
  )

export const calibrationView = (
  { abstained, calibration }: CalibrationReport,
  style: Style
): Effect.Effect<string> => {
  const colors = paint(style)
  if (calibration.length === 0 && abstained.length === 0) {
    return Effect.succeed("no request was recorded in this range")
  }
  const left = abstentionLines(abstained, colors)
  return calibration.length === 0
    ? Effect.succeed(left.join("\n"))
    : Effect.map(calibrationTable(calibration, style), (drawn) => [drawn, ...left].join("\n"))
}
