/**
 * The settings of this run, and where each came from. Owns: names, defaults and precedence (flags over environment over
 * aegis.config.json over defaults). Does not own: keys of providers, which are read as `Redacted` where they are used.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Budget } from "../domain/Budget.js"
import { CiSettings } from "../domain/CiSettings.js"
import { Provider } from "../domain/Provider.js"
import { Layout, Temperature } from "../domain/ResolveInput.js"
import { RuleChanges } from "../domain/RuleChanges.js"
import { holdsProject, holdsProjectProblem } from "./cacheFolder.js"
import type { SettingName } from "./settingNames.js"
import { defaults, providerAndModel } from "./settingValues.js"

export { flagOf, type SettingName, settingNames, variableOf } from "./settingNames.js"

const Positive = Schema.Int.pipe(Schema.positive())

/** aegis.config.json. Every field may be left out. */
export const Settings = Schema.Struct({
  provider: Schema.optional(Provider),
  model: Schema.optional(Schema.NonEmptyString),
  temperature: Schema.optional(Temperature),
  layout: Schema.optionalWith(Layout, { default: () => defaults.layout }),
  namespace: Schema.optionalWith(Schema.NonEmptyString, { default: () => defaults.namespace }).annotations({
    description: "the tenant: a cache hit never crosses from one to another"
  }),
  fallback: Schema.optionalWith(
    Schema.Array(
      Schema.String.pipe(Schema.pattern(providerAndModel, { description: 'texts "provider:model"' }))
    ),
    { default: () => defaults.fallback }
  ).annotations({
    description: "provider:model pairs to try in order when the first one cannot answer"
  }),
  rulepacks: Schema.optional(Schema.NonEmptyArray(Schema.NonEmptyString)).annotations({
    description: "the rulepacks that `aegis enforce` applies where none is named"
  }),
  rules: Schema.optional(RuleChanges).annotations({
    description: 'rules of packs as this project has them, by pack/rule: fields of the rule, or "off"'
  }),
  cacheDir: Schema.optionalWith(Schema.NonEmptyString, { default: () => defaults.cacheDir }).annotations({
    description: "the folder of the cache, relative to the project's root; not the root or one above it"
  }),
  maxAgeDays: Schema.optionalWith(Schema.Number.pipe(Schema.positive()), {
    default: () => defaults.maxAgeDays
  }).annotations({
    description: "entries not used for longer are rotated out"
  }),
  maxBytes: Schema.optionalWith(Positive, { default: () => defaults.maxBytes }).annotations({
    description: "bytes of prompt text that the cache keeps on disk"
  }),
  maxEntries: Schema.optionalWith(Positive, { default: () => defaults.maxEntries }).annotations({
    description: "scaffolds that the cache keeps on disk"
  }),
  memoryBytes: Schema.optionalWith(Positive, { default: () => defaults.memoryBytes }).annotations({
    description: "bytes that the cache keeps in memory"
  }),
  ledgerDays: Schema.optionalWith(Schema.Number.pipe(Schema.positive()), {
    default: () => defaults.ledgerDays
  }).annotations({
    description: "days that the ledger keeps single records; the sums of their hours stay"
  }),
  maxPromptBytes: Schema.optionalWith(Positive, { default: () => defaults.maxPromptBytes }).annotations({
    description: "the longest prompt, with the files that it includes; twice what the longest context takes"
  }),
  maxIncludeBytes: Schema.optionalWith(Positive, { default: () => defaults.maxIncludeBytes }).annotations({
    description: "the most that one pattern may inline"
  }),
  prices: Schema.optional(Schema.NonEmptyString).annotations({
    description: "a file of your own prices, relative to the project's root"
  }),
  budgets: Schema.optionalWith(Schema.Array(Budget), { default: () => defaults.budgets }).annotations({
    description: "limits on what calls cost, in USD, per namespace, UTC day or month, or run"
  }),
  rulepackDirs: Schema.optionalWith(Schema.Array(Schema.NonEmptyString), {
    default: () => defaults.rulepackDirs
  }).annotations({
    description: "folders with rulepacks, each a folder of its name, relative to the project's root"
  }),
  trustedRulepacks: Schema.optionalWith(Schema.Array(Schema.NonEmptyString), {
    default: () => defaults.trustedRulepacks
  }).annotations({
    description: "folders of rulepacks whose code may run, relative to the project's root"
  }),
  engines: Schema.optionalWith(Schema.Array(Schema.Literal("oxlint")), {
    default: () => defaults.engines
  }).annotations({
    description:
      "engines beside those that are always there: oxlint, for the rules where it agrees with ESLint"
  }),
  programs: Schema.optionalWith(Schema.Array(Schema.NonEmptyString), {
    default: () => defaults.programs
  }).annotations({
    description: "modules of the programs that `aegis replay` runs, relative to the project's root"
  }),
  ci: Schema.optional(CiSettings).annotations({
    description: "what `aegis ci` holds a change to"
  }),
  openaiBaseUrl: Schema.optional(Schema.NonEmptyString),
  anthropicBaseUrl: Schema.optional(Schema.NonEmptyString),
  vllmBaseUrl: Schema.optional(Schema.NonEmptyString),
  sglangBaseUrl: Schema.optional(Schema.NonEmptyString),
  llamaCppBaseUrl: Schema.optional(Schema.NonEmptyString),
  timeoutMs: Schema.optionalWith(Positive, { default: () => defaults.timeoutMs }).annotations({
    description: "the longest a provider may take for one answer"
  }),
  maxRetries: Schema.optionalWith(Schema.Int.pipe(Schema.nonNegative()), {
    default: () => defaults.maxRetries
  })
}).annotations({ identifier: "AegisConfig", title: "aegis.config.json" })
export interface Settings extends Schema.Schema.Type<typeof Settings> {}

/** Where a value came from: a flag (`--model`), the name of an environment variable, the path of a file, or "default". */
export type Origin = string

/**
 * A setting is not what it should be. `origin` is where it stands, as in `Origin`; `line` and `column` count from 1 and
 * are there for a file. The value itself is not repeated: it may be a secret put in the wrong place. Exit code 3.
 */
export class ConfigInvalid extends Schema.TaggedError<ConfigInvalid>("aegis/ConfigInvalid")("ConfigInvalid", {
  origin: Schema.String,
  line: Schema.optional(Schema.Int),
  column: Schema.optional(Schema.Int),
  key: Schema.String,
  problem: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    const place = this.line === undefined ? "" : `:${this.line}:${this.column ?? 1}`
    return `${this.origin}${place}: ${this.key === "" ? "" : `"${this.key}" `}${this.problem}. ${this.fix}`
  }
}

export class AegisConfig extends Context.Tag("aegis/AegisConfig")<
  AegisConfig,
  {
    readonly settings: Settings
    readonly origins: ReadonlyMap<SettingName, Origin>
    /** The project's root: the nearest folder upwards that holds aegis.config.json, .git or package.json. */
    readonly root: string
  }
>() {}

/** Where a setting stands that is given to `layer`. */
const origin: Origin = "the program"

/** Defaults, changed by these values, for programs and tests that need no file. */
export const layer = (
  root: string,
  settings: typeof Settings.Encoded = {}
): Layer.Layer<AegisConfig, ConfigInvalid> =>
  Layer.effect(
    AegisConfig,
    Schema.decode(Settings)(settings).pipe(
      Effect.mapError((error) => {
        const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
        return new ConfigInvalid({
          origin,
          key: String(issue?.path[0] ?? ""),
          problem: (issue?.message ?? "is not valid")
            .replace(/, actual .*$/s, "")
            .replace(/^Expected/, "must be"),
          fix: "Correct it, or leave it out for the default."
        })
      }),
      Effect.filterOrFail(
        ({ cacheDir }) => !holdsProject(root, cacheDir),
        () => new ConfigInvalid({ origin, ...holdsProjectProblem })
      ),
      Effect.map((decoded) => ({ root, settings: decoded, origins: new Map() }))
    )
  )
