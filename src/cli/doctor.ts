/** `aegis doctor`: what is installed, configured and reachable, with what to do about what is not. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AegisConfig, settingNames } from "../services/AegisConfig.js"
import { Check, Checks } from "./Checks.js"
import { GateFailed } from "./GateFailed.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { redact } from "./redact.js"
import { plural } from "./views/format.js"
import type { Paint } from "./views/paint.js"
import { paint } from "./views/paint.js"
import type { Style } from "./views/Style.js"
import { table } from "./views/table.js"

/** A setting as it stands: `value` is JSON, null where there is none, and never a secret. */
const SettingReport = Schema.Struct({
  name: Schema.String,
  value: Schema.NullOr(Schema.String),
  origin: Schema.String
})

export const DoctorReport = Schema.Struct({
  ok: Schema.Boolean,
  root: Schema.String,
  checks: Schema.Array(Check),
  settings: Schema.Array(SettingReport)
}).annotations({ identifier: "DoctorReport" })
export interface DoctorReport extends Schema.Schema.Type<typeof DoctorReport> {}

const view = (report: DoctorReport, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  const nameWidth = Math.max(...report.checks.map(({ name }) => name.length))
  const { settings } = report
  return Effect.map(
    table(
      [
        { head: "setting", rank: 0, wraps: true, cells: settings.map(({ name }) => name) },
        { head: "value", rank: 0, wraps: true, cells: settings.map(({ value }) => value ?? "") },
        { head: "from", rank: 1, cells: settings.map(({ origin }) => origin) }
      ],
      style
    ),
    (shown) =>
      [
        ...report.checks.map(
          ({ detail, name, status }) => `${mark(status, colors)}  ${name.padEnd(nameWidth)}  ${detail}`
        ),
        "",
        `root  ${report.root}`,
        shown
      ].join("\n")
  )
}

const mark = (status: Check["status"], colors: Paint): string =>
  ({ ok: colors.good("ok   "), note: colors.note("note "), fault: colors.bad("fault") })[status]

export const doctor = Effect.fn("aegis doctor")(function* () {
  const { origins, root, settings } = yield* AegisConfig
  const output = yield* Output
  const { during } = yield* Progress
  const found = yield* (yield* Checks).all.pipe(during("checking"))
  const checks = found.map((check) => ({ ...check, detail: redact(check.detail) }))
  const faults = checks.filter(({ status }) => status === "fault")
  yield* output.emit(
    DoctorReport,
    {
      ok: faults.length === 0,
      root,
      checks,
      settings: settingNames.map((name) => ({
        name,
        value: settings[name] === undefined ? null : redact(JSON.stringify(settings[name])),
        origin: origins.get(name) ?? "default"
      }))
    },
    view
  )
  if (faults.length === 0) return
  return yield* new GateFailed({
    found: `${plural(faults.length, "fault")}: ${faults.map(({ name }) => name).join(", ")}`,
    fix: "Each says above what to do."
  })
})
