/** `aegis migrate status` and `aegis migrate up`: the schemas of the cache and of the run store. */
import * as Effect from "effect/Effect"
import { MigrationReport, MigrationStatus } from "../domain/Migrations.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { Schemas } from "./Schemas.js"
import { plural } from "./views/format.js"
import { type Paint, paint } from "./views/paint.js"
import type { Style } from "./views/Style.js"

const statusView = ({ databases }: MigrationStatus, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  return Effect.succeed(databases.flatMap((database) => statusLines(database, colors)).join("\n"))
}

const statusLines = (
  { applied, database, exists, location, missing, newer }: MigrationStatus["databases"][number],
  colors: Paint
): ReadonlyArray<string> => {
  const name = `${colors.strong(database.padEnd(5))}  ${location}`
  if (!exists) return [`${name}: not there yet`]
  const state =
    newer.length > 0
      ? colors.bad("of a newer Aegis")
      : missing.length > 0
        ? colors.note(`${plural(missing.length, "migration")} to apply`)
        : colors.good("up to date")
  const line = (mark: string, { id, name: own }: { readonly id: number; readonly name: string }): string =>
    `       ${mark}  ${String(id).padStart(4, "0")} ${own}`
  return [
    `${name}: ${state}`,
    ...applied.filter(({ id }) => newer.every((each) => each.id !== id)).map((each) => line("applied", each)),
    ...missing.map((each) => line("missing", each)),
    ...newer.map((each) => line("newer  ", each))
  ]
}

const reportView = ({ databases }: MigrationReport, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  return Effect.succeed(
    databases
      .map(
        ({ applied, database, location, rowLevelSecurity }) =>
          `${colors.strong(database.padEnd(5))}  ${location}: ${
            applied.length === 0
              ? "up to date"
              : `applied ${applied.map(({ id, name }) => `${String(id).padStart(4, "0")} ${name}`).join(", ")}`
          }${rowLevelSecurity ? ", row-level security on" : ""}`
      )
      .join("\n")
  )
}

export const migrateStatus = Effect.fn("aegis migrate status")(function* () {
  const output = yield* Output
  const { during } = yield* Progress
  yield* output.emit(MigrationStatus, yield* (yield* Schemas).status.pipe(during("looking")), statusView)
})

export const migrateUp = Effect.fn("aegis migrate up")(function* (options: {
  readonly rowLevelSecurity: boolean
}) {
  const output = yield* Output
  const { during } = yield* Progress
  const report = yield* (yield* Schemas).up(options).pipe(during("migrating"))
  yield* output.emit(MigrationReport, report, reportView)
})
