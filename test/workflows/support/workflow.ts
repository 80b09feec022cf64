/** The workflows of the repository, as data. */
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { parse } from "yaml"
import { root } from "../../docs/markdown.js"

const Texts = Schema.Record({
  key: Schema.String,
  value: Schema.Union(Schema.String, Schema.Number, Schema.Boolean)
})

const Step = Schema.Struct({
  name: Schema.optional(Schema.String),
  if: Schema.optional(Schema.String),
  uses: Schema.optional(Schema.String),
  run: Schema.optional(Schema.String),
  env: Schema.optionalWith(Texts, { default: () => ({}) }),
  with: Schema.optionalWith(Texts, { default: () => ({}) })
})
export interface Step extends Schema.Schema.Type<typeof Step> {}

const Job = Schema.Struct({
  uses: Schema.optional(Schema.String),
  permissions: Schema.optional(Schema.Unknown),
  steps: Schema.optionalWith(Schema.Array(Step), { default: () => [] })
})

const Workflow = Schema.Struct({
  name: Schema.String,
  on: Schema.Unknown,
  permissions: Schema.Unknown,
  jobs: Schema.Record({ key: Schema.String, value: Job })
})
export interface Workflow extends Schema.Schema.Type<typeof Workflow> {}

const folder = Path.join(root, ".github/workflows")

export const workflowFiles: ReadonlyArray<string> = Fs.readdirSync(folder).sort()

export const workflowText = (file: string): string => Fs.readFileSync(Path.join(folder, file), "utf8")

export const workflow = (file: string): Workflow =>
  Schema.decodeUnknownSync(Workflow)(parse(workflowText(file)))
