/**
 * `aegis init`: lays down aegis.config.json and the cache's folder. What is there stays as it is, so it may be run again.
 * Editors complete aegis.config.json from the schema of the installed package, or from a copy where there is none.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Path from "node:path"
import { Files } from "./Files.js"
import { Output } from "./Output.js"
import { settingsJsonSchema } from "./settingsSchema.js"
import { paint } from "./views/paint.js"
import type { Style } from "./views/Style.js"

/** Paths are relative to `root`. */
export const InitReport = Schema.Struct({
  root: Schema.String,
  created: Schema.Array(Schema.String),
  kept: Schema.Array(Schema.String)
}).annotations({ identifier: "InitReport" })
export interface InitReport extends Schema.Schema.Type<typeof InitReport> {}

const installedSchema = "node_modules/aegis-prompt-cache/dist/aegis.config.schema.json"
const copiedSchema = ".aegis/aegis.config.schema.json"

const view = (report: InitReport, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  return Effect.succeed(
    [
      ...report.created.map((path) => `${colors.good("created")}  ${path}`),
      ...report.kept.map((path) => `${colors.faint("kept   ")}  ${path}`),
      "Next: aegis cache resolve FILE, or aegis doctor to check the installation."
    ].join("\n")
  )
}

export const init = Effect.fn("aegis init")(function* (options: {
  readonly provider: Option.Option<string>
  readonly model: Option.Option<string>
}) {
  const files = yield* Files
  const output = yield* Output
  const root = files.cwd
  const created: Array<string> = []
  const kept: Array<string> = []
  const lay = Effect.fnUntraced(function* (path: string, text: string) {
    ;((yield* files.create(Path.join(root, path), text)) ? created : kept).push(path)
  })

  const installed = yield* files.exists(Path.join(root, installedSchema))
  yield* lay(".aegis/.gitignore", "*\n")
  if (!installed) yield* lay(copiedSchema, `${JSON.stringify(settingsJsonSchema(), undefined, 2)}\n`)
  // Last, so that a project with a config file has all that it refers to.
  const config = {
    $schema: `./${installed ? installedSchema : copiedSchema}`,
    ...(Option.isSome(options.provider) ? { provider: options.provider.value } : {}),
    ...(Option.isSome(options.model) ? { model: options.model.value } : {})
  }
  yield* lay("aegis.config.json", `${JSON.stringify(config, undefined, 2)}\n`)
  yield* output.emit(InitReport, { root, created, kept }, view)
})
