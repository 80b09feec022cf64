/** What can be wrong with a prompt, with the place and the way to mend it. No message quotes prompt text. */
import * as Schema from "effect/Schema"
import { Provider } from "./Provider.js"

/** The source is not a prompt. Lines and columns count from 1; columns are UTF-16 code units. */
export class PromptSyntaxError extends Schema.TaggedError<PromptSyntaxError>("aegis/PromptSyntaxError")(
  "PromptSyntaxError",
  {
    file: Schema.String,
    line: Schema.Int,
    column: Schema.Int,
    reason: Schema.Literal(
      "unclosed-tag",
      "unclosed-fence",
      "unknown-tag",
      "nested-tag",
      "stray-closing-tag",
      "attribute",
      "not-alone",
      "front-matter",
      "empty-prompt"
    ),
    problem: Schema.String,
    fix: Schema.String
  }
) {
  override get message(): string {
    return `${this.file}:${this.line}:${this.column}: ${this.problem}. ${this.fix}`
  }
}

/** A value that has no canonical form. `path` is a JSON pointer (RFC 6901) into the value. */
export class CanonicalError extends Schema.TaggedError<CanonicalError>("aegis/CanonicalError")(
  "CanonicalError",
  {
    path: Schema.String,
    reason: Schema.Literal(
      "lone-surrogate",
      "not-finite",
      "bigint",
      "undefined",
      "function",
      "symbol",
      "cycle",
      "not-plain"
    ),
    /** Of a cycle: where the value stands that is found again at `path`. */
    cycle: Schema.optional(Schema.String)
  }
) {
  /** What it is, for a message that has the path already. */
  get problem(): string {
    if (this.cycle === undefined) return this.reason
    return `${this.cycle === "" ? "the whole value" : `the value at ${this.cycle}`} again, a cycle`
  }

  override get message(): string {
    return `The value at "${this.path}" cannot be hashed (${this.problem}). ${canonicalFixes[this.reason]}`
  }
}

const canonicalFixes = {
  "lone-surrogate":
    "The text holds half of a surrogate pair: cut it between characters, or use toWellFormed().",
  "not-finite": "JSON has no NaN and no Infinity: use null or a string.",
  bigint: "JSON has no BigInt: use a string.",
  undefined: "JSON has no undefined: leave the key out, or use null.",
  function: "JSON has no functions: remove it.",
  symbol: "JSON has no symbols: use a string.",
  cycle: "The value contains itself: break the cycle.",
  "not-plain": "Only plain objects and arrays have a canonical form: convert it first."
} as const

/** A prompt, or what it includes, is larger than the limit. Sizes are in bytes. */
export class PromptTooLarge extends Schema.TaggedError<PromptTooLarge>("aegis/PromptTooLarge")(
  "PromptTooLarge",
  {
    what: Schema.String,
    bytes: Schema.Number,
    limit: Schema.Number
  }
) {
  override get message(): string {
    return `${this.what} is ${this.bytes} bytes; the limit is ${this.limit}. Include less, or raise "maxPromptBytes" in aegis.config.json.`
  }
}

/**
 * A file that a prompt asks for cannot be included. `path`, relative to the project's root, is the one that is in the way
 * where `src` means more than one.
 */
export class IncludeError extends Schema.TaggedError<IncludeError>("aegis/IncludeError")("IncludeError", {
  file: Schema.String,
  line: Schema.Int,
  src: Schema.String,
  reason: Schema.Literal("no-match", "outside-project", "not-readable", "binary", "too-large", "not-utf8"),
  path: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const path = this.path === undefined ? "" : `: ${JSON.stringify(this.path)}`
    return `${this.file}:${this.line}: cannot include "${this.src}" (${this.reason}${path}). ${includeFixes[this.reason]}`
  }
}

const includeFixes = {
  "no-match":
    "No file matches: check the pattern; it is relative to the project's root, and ignored files do not count.",
  "outside-project":
    "Only files inside the project's root can be included, symbolic links counted where they lead: copy it there.",
  "not-readable": "Check the file's permissions.",
  binary: "Only text can be inlined: narrow the pattern.",
  "too-large": 'Narrow the pattern, or raise "maxIncludeBytes" in aegis.config.json.',
  "not-utf8": "Only UTF-8 text can be inlined: convert the file."
} as const

/** `strict` was asked for and the model does not take a parameter. */
export class UnsupportedParameter extends Schema.TaggedError<UnsupportedParameter>(
  "aegis/UnsupportedParameter"
)("UnsupportedParameter", { provider: Provider, model: Schema.String, parameter: Schema.String }) {
  override get message(): string {
    return `${this.model} of ${this.provider} does not take "${this.parameter}". Leave it out, or resolve without strict to get a warning instead.`
  }
}

/** An input is not a ResolveInput. `problem` names the path of the field and what is expected there, not its value. */
export class InvalidInput extends Schema.TaggedError<InvalidInput>("aegis/InvalidInput")("InvalidInput", {
  path: Schema.String,
  problem: Schema.String,
  /** Where it is written down what is expected. Default: ResolveInput. */
  schema: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const { path, problem, schema = "ResolveInput" } = this
    return `Invalid input at "${path}": ${problem}. \`aegis schema ${schema}\` prints what is expected.`
  }
}
