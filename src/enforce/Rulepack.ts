/** A rulepack as data: what stands in a `pack.yaml`. Rules that need code come from a `pack.ts`. */
import * as Schema from "effect/Schema"
import { Severity } from "../domain/Compliance.js"

const Name = Schema.String.pipe(
  Schema.pattern(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, { description: "words in lower case with - between" })
)
const Text = Schema.NonEmptyTrimmedString
const Globs = Schema.NonEmptyArray(Text)
const Percent = Schema.Number.pipe(Schema.between(0, 100))

/** Texts that a rule must pass, and texts that it must find something in. A file name decides how they are read. */
export const Examples = Schema.Struct({
  good: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
  bad: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
  file: Schema.optional(Text)
})
export interface Examples extends Schema.Schema.Type<typeof Examples> {}

const shared = {
  id: Name,
  name: Schema.optional(Text),
  description: Schema.optional(Text),
  severity: Schema.optionalWith(Severity, { default: () => "error" as const }),
  files: Schema.optional(Globs),
  ignores: Schema.optional(Globs),
  message: Schema.optional(Text),
  suggestion: Schema.optional(Text),
  helpUrl: Schema.optional(Text.pipe(Schema.startsWith("https://"))),
  examples: Schema.optional(Examples)
}

/** What an esquery selector finds in the syntax tree of TypeScript or JavaScript. Its kind may be left out. */
export const SelectorRule = Schema.Struct({
  ...shared,
  kind: Schema.optionalWith(Schema.Literal("selector"), { default: () => "selector" as const }),
  selector: Text,
  message: Text
})
export interface SelectorRule extends Schema.Schema.Type<typeof SelectorRule> {}

/** A rule of ESLint, typescript-eslint or jsx-a11y, by its name. `typed` ones need the types of the project. */
export const EslintRule = Schema.Struct({
  ...shared,
  kind: Schema.Literal("eslint"),
  rule: Text,
  options: Schema.optionalWith(Schema.Array(Schema.Unknown), { default: () => [] }),
  typed: Schema.optionalWith(Schema.Boolean, { default: () => false })
})
export interface EslintRule extends Schema.Schema.Type<typeof EslintRule> {}

/** Modules that may not be imported: names, or patterns with `*`. */
export const ImportRule = Schema.Struct({
  ...shared,
  kind: Schema.Literal("import"),
  forbid: Globs,
  allow: Schema.optional(Globs)
})
export interface ImportRule extends Schema.Schema.Type<typeof ImportRule> {}

/**
 * A regular expression (RE2 syntax: it takes linear time) over text, in any file. `^` and `$` are the ends of a line.
 * Its kind may be left out.
 */
export const PatternRule = Schema.Struct({
  ...shared,
  kind: Schema.optionalWith(Schema.Literal("pattern"), { default: () => "pattern" as const }),
  pattern: Text,
  ignoreCase: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** Where the match itself is too much: the group that counts. */
  group: Schema.optionalWith(Schema.Int.pipe(Schema.nonNegative()), { default: () => 0 }),
  message: Text
})
export interface PatternRule extends Schema.Schema.Type<typeof PatternRule> {}

/** Raw values where a token of the design has to stand. */
export const TokensRule = Schema.Struct({
  ...shared,
  kind: Schema.Literal("tokens"),
  values: Schema.NonEmptyArray(Schema.Literal("color", "spacing", "radius", "shadow", "typography")),
  /** Where tokens are: see services/TokenSources. Those of a project are given here or stand in its own pack. */
  sources: Schema.optionalWith(Schema.Array(Text), { default: () => [] })
})
export interface TokensRule extends Schema.Schema.Type<typeof TokensRule> {}

/**
 * What does not adapt to the screen: a fixed size above `limit` px without a maximum, a raw length in a media query, and a
 * grid or flex container whose classes name no breakpoint.
 */
export const ResponsiveRule = Schema.Struct({
  ...shared,
  kind: Schema.Literal("responsive"),
  checks: Schema.NonEmptyArray(Schema.Literal("fixed-size", "raw-breakpoint", "no-variant")),
  limit: Schema.optionalWith(Schema.Number.pipe(Schema.nonNegative()), { default: () => 480 })
})
export interface ResponsiveRule extends Schema.Schema.Type<typeof ResponsiveRule> {}

/** The least coverage, in percent, of a summary as Istanbul writes it. */
export const CoverageRule = Schema.Struct({
  ...shared,
  kind: Schema.Literal("coverage"),
  summary: Schema.optionalWith(Text, { default: () => "coverage/coverage-summary.json" }),
  lines: Schema.optional(Percent),
  statements: Schema.optional(Percent),
  functions: Schema.optional(Percent),
  branches: Schema.optional(Percent)
})
export interface CoverageRule extends Schema.Schema.Type<typeof CoverageRule> {}

/** Compiler options as they are in effect, through `extends`. */
export const TsconfigRule = Schema.Struct({
  ...shared,
  kind: Schema.Literal("tsconfig"),
  config: Schema.optionalWith(Text, { default: () => "tsconfig.json" }),
  options: Schema.Record({ key: Text, value: Schema.Union(Schema.Boolean, Schema.String, Schema.Number) })
})
export interface TsconfigRule extends Schema.Schema.Type<typeof TsconfigRule> {}

/** A value in a JSON file, by its pointer (RFC 6901). */
export const JsonPathRule = Schema.Struct({
  ...shared,
  kind: Schema.Literal("json-path"),
  file: Text,
  pointer: Schema.String.pipe(
    Schema.pattern(/^(\/.*)?$/, { description: "a JSON pointer, as /scripts/test" })
  ),
  exists: Schema.optional(Schema.Boolean),
  equals: Schema.optional(Schema.Unknown),
  matches: Schema.optional(Text)
})
export interface JsonPathRule extends Schema.Schema.Type<typeof JsonPathRule> {}

/** A rule that is code, by its name in the `pack.ts` beside the file. */
export const CodeRule = Schema.Struct({ ...shared, kind: Schema.Literal("code"), uses: Text })
export interface CodeRule extends Schema.Schema.Type<typeof CodeRule> {}

/** What can be looked for: `recommended` is what secretlint knows of providers' tokens; the last three are of persons. */
export const Detector = Schema.Literal(
  "recommended",
  "private-key",
  "jwt",
  "google",
  "stripe",
  "hugging-face",
  "aws-access-key",
  "assignment",
  "email",
  "iban",
  "card"
).annotations({ identifier: "Detector" })
export type Detector = typeof Detector.Type

/**
 * Secrets in a text. `allow` are regular expressions (RE2 syntax): what one of them matches as a whole is no secret. With
 * `redact` a prompt is sent without them; `warn` wants a severity below `error`.
 */
export const SecretRule = Schema.Struct({
  ...shared,
  kind: Schema.Literal("secret"),
  detectors: Schema.NonEmptyArray(Detector),
  allow: Schema.optionalWith(Schema.Array(Text), { default: () => [] }),
  action: Schema.optionalWith(Schema.Literal("block", "warn", "redact"), { default: () => "block" as const })
})
export interface SecretRule extends Schema.Schema.Type<typeof SecretRule> {}

/** The kinds of rules, each with what it takes. */
export const ruleKinds = {
  selector: SelectorRule,
  eslint: EslintRule,
  import: ImportRule,
  pattern: PatternRule,
  tokens: TokensRule,
  responsive: ResponsiveRule,
  coverage: CoverageRule,
  tsconfig: TsconfigRule,
  "json-path": JsonPathRule,
  code: CodeRule,
  secret: SecretRule
} as const
export type RuleKind = keyof typeof ruleKinds

export const RuleFile = Schema.Union(...Object.values(ruleKinds))
export type RuleFile = (typeof ruleKinds)[RuleKind]["Type"]

const Version = Schema.String.pipe(
  Schema.pattern(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, { description: "a version, as 1.0.0" })
)

export const PackFile = Schema.Struct({
  schemaVersion: Schema.optionalWith(Schema.Literal(1), { default: () => 1 as const }),
  id: Name,
  name: Schema.optional(Text),
  version: Version,
  /** Versions of Aegis that understand it, as npm writes ranges. Default: any. */
  engine: Schema.optional(Text),
  description: Schema.optional(Text),
  metadata: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
  rules: Schema.NonEmptyArray(RuleFile)
}).annotations({ identifier: "PackFile", title: "pack.yaml" })
export interface PackFile extends Schema.Schema.Type<typeof PackFile> {}

/** A `pack.yaml` as it may be written: what the folder of the pack says as well, its name and a version, may be left out. */
export const WrittenPack = Schema.Struct({
  ...PackFile.fields,
  id: Schema.optional(Name).annotations({ description: "if not said, the name of the folder" }),
  version: Schema.optional(Version).annotations({
    description: "if not said, one that changes with everything in the folder"
  })
}).annotations({ identifier: "PackFile", title: "pack.yaml" })
