/** What can go wrong with rules themselves. None of it is a verdict. */
import * as Schema from "effect/Schema"
import { Finding } from "./Compliance.js"

/** A pack that cannot be used. Lines and columns count from 1. Exit code 3. */
export class RulepackInvalid extends Schema.TaggedError<RulepackInvalid>("aegis/RulepackInvalid")(
  "RulepackInvalid",
  {
    file: Schema.String,
    line: Schema.Int,
    column: Schema.Int,
    problem: Schema.String,
    fix: Schema.String
  }
) {
  override get message(): string {
    return `${this.file}:${this.line}:${this.column}: ${this.problem}. ${this.fix}`
  }
}

/** A pack, or a rule, that was asked for by a name that nothing has. Exit code 3. */
export class RulepackNotFound extends Schema.TaggedError<RulepackNotFound>("aegis/RulepackNotFound")(
  "RulepackNotFound",
  { name: Schema.String, known: Schema.Array(Schema.String) }
) {
  override get message(): string {
    return `There is no rulepack or rule "${this.name}". There are: ${this.known.join(", ")}.`
  }
}

/** Design tokens that cannot be read. `source` holds no password. Exit code 3. */
export class TokensUnreadable extends Schema.TaggedError<TokensUnreadable>("aegis/TokensUnreadable")(
  "TokensUnreadable",
  { source: Schema.String, problem: Schema.String, fix: Schema.String }
) {
  override get message(): string {
    return `Design tokens of ${this.source}: ${this.problem}. ${this.fix}`
  }
}

/** A rule that threw, took too long, or answered nonsense. What it was to judge counts as not judged. Exit code 6. */
export class EngineFault extends Schema.TaggedError<EngineFault>("aegis/EngineFault")("EngineFault", {
  rule: Schema.String,
  path: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    const where = this.path === "" ? "" : ` on ${this.path}`
    return `Rule ${this.rule} failed${where}: ${this.problem}. Nothing was decided; mend the rule or leave its pack out.`
  }
}

/** How many findings the lines of a violation name. */
const maxLines = 20

const lineOf = ({ column, line, message, path, rule }: Finding): string =>
  `${path}:${line}:${column}: ${message} [${rule}]`

/** Rules refuse a prompt. Every finding is in here, errors first, each by its place. Exit code 1. */
export class ComplianceViolation extends Schema.TaggedError<ComplianceViolation>("aegis/ComplianceViolation")(
  "ComplianceViolation",
  { findings: Schema.Array(Finding) }
) {
  override get message(): string {
    const [first] = this.findings
    const more = this.findings.length > 1 ? ` (and ${this.findings.length - 1} more)` : ""
    return first === undefined ? "The prompt breaks a rule." : `${lineOf(first)}${more}`
  }

  /** For a person: a line for each finding, up to twenty, and how many more there are. */
  get lines(): ReadonlyArray<string> {
    if (this.findings.length < 2) return [this.message]
    const more = this.findings.length - maxLines
    return [...this.findings.slice(0, maxLines).map(lineOf), ...(more > 0 ? [`… and ${more} more`] : [])]
  }
}
