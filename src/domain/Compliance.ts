/** What rules say of code and prompts. Lines and columns count from 1; columns are UTF-16 code units. */
import * as Schema from "effect/Schema"
import { Hash } from "./Hash.js"

const Count = Schema.Int.pipe(Schema.nonNegative())
const Position = Schema.Int.pipe(Schema.positive())

export const Severity = Schema.Literal("error", "warning", "info").annotations({ identifier: "Severity" })
export type Severity = typeof Severity.Type

/** A change that mends a finding without changing what the code does. Offsets are UTF-16 code units from the start. */
export const Fix = Schema.Struct({ start: Count, end: Count, text: Schema.String }).annotations({
  identifier: "Fix"
})
export interface Fix extends Schema.Schema.Type<typeof Fix> {}

export const Finding = Schema.Struct({
  rule: Schema.String.annotations({ description: "pack and rule: standards/no-var" }),
  version: Schema.String.annotations({ description: "of the pack" }),
  severity: Severity,
  message: Schema.String,
  suggestion: Schema.optional(Schema.String),
  helpUrl: Schema.optional(Schema.String),
  path: Schema.String.annotations({
    description: "from the project's root, with /; empty for a text without a file"
  }),
  line: Position,
  column: Position,
  endLine: Position,
  endColumn: Position,
  fix: Schema.optional(Fix),
  fingerprint: Hash.annotations({ description: "the same while the line that it is about stays the same" })
}).annotations({ identifier: "Finding" })
export interface Finding extends Schema.Schema.Type<typeof Finding> {}

/** A pack as it was applied. */
export const AppliedPack = Schema.Struct({
  id: Schema.String,
  version: Schema.String,
  hash: Hash.annotations({ description: "of everything in the pack, and of what the project changes in it" }),
  changed: Schema.optional(Schema.Array(Schema.String)).annotations({
    description: "rules that the project changes or leaves out"
  })
}).annotations({ identifier: "AppliedPack" })
export interface AppliedPack extends Schema.Schema.Type<typeof AppliedPack> {}

export const ComplianceReport = Schema.Struct({
  schemaVersion: Schema.Literal(1),
  tool: Schema.Struct({ name: Schema.Literal("aegis"), version: Schema.String }),
  packs: Schema.Array(AppliedPack),
  leftOut: Schema.Array(Schema.String).annotations({
    description: "rules of these packs that were not applied: they need types, and --typed was not given"
  }),
  valid: Schema.Boolean.annotations({ description: "no finding at or above the level that fails" }),
  failLevel: Severity,
  truncated: Schema.Boolean.annotations({ description: "stopped at the first file that fails" }),
  files: Count,
  errors: Count,
  warnings: Count,
  infos: Count,
  known: Count.annotations({ description: "findings left out because the baseline lists them" }),
  findings: Schema.Array(Finding)
}).annotations({ identifier: "ComplianceReport" })
export interface ComplianceReport extends Schema.Schema.Type<typeof ComplianceReport> {}

/** What `enforceStandards` takes, as one value. Without any pack nothing would ever be found: there is one at least. */
export const EnforceInput = Schema.Struct({
  content: Schema.String,
  rulepacks: Schema.NonEmptyArray(Schema.NonEmptyString),
  path: Schema.optional(Schema.String).annotations({
    description: "decides how the text is read; as TypeScript if not said"
  }),
  failLevel: Schema.optional(Severity)
}).annotations({ identifier: "EnforceInput" })
export interface EnforceInput extends Schema.Schema.Type<typeof EnforceInput> {}

/** What one rule says of one text. */
export const ValidationError = Schema.Struct({
  code: Schema.String,
  message: Schema.String,
  line: Schema.optional(Position),
  column: Schema.optional(Position),
  endLine: Schema.optional(Position),
  endColumn: Schema.optional(Position),
  path: Schema.optional(Schema.Array(Schema.String))
}).annotations({ identifier: "ValidationError" })
export interface ValidationError extends Schema.Schema.Type<typeof ValidationError> {}

export const ValidationWarning = Schema.Struct({
  code: Schema.String,
  message: Schema.String,
  suggestion: Schema.optional(Schema.String)
}).annotations({ identifier: "ValidationWarning" })
export interface ValidationWarning extends Schema.Schema.Type<typeof ValidationWarning> {}

export const ValidationResult = Schema.Struct({
  valid: Schema.Boolean,
  errors: Schema.Array(ValidationError),
  warnings: Schema.Array(ValidationWarning)
}).annotations({ identifier: "ValidationResult" })
export interface ValidationResult extends Schema.Schema.Type<typeof ValidationResult> {}
