/** Rulepacks that are code: the contract of a `pack.ts`. */
import type { Severity, ValidationResult } from "../domain/Compliance.js"
import type { PromptBlock } from "../domain/PromptBlock.js"

/** What a rule may know besides the text. */
export interface RuleContext {
  /** From the project's root, with `/`; empty for a text without a file. */
  readonly path: string
  /** For a prompt: its blocks, in the order in which they are sent. */
  readonly prompt?: {
    readonly blocks: ReadonlyArray<PromptBlock>
    readonly provider?: string | undefined
    readonly model?: string | undefined
  }
}

export interface Rule {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly severity: Severity
  readonly files?: readonly [string, ...ReadonlyArray<string>]
  readonly ignores?: readonly [string, ...ReadonlyArray<string>]
  readonly helpUrl?: string
  readonly examples?: {
    readonly good: ReadonlyArray<string>
    readonly bad: ReadonlyArray<string>
    /** The name of the file that the examples are. */
    readonly file?: string
  }
  /** Judges one text. It must not throw, wait or look at anything else. */
  readonly validate: (content: string, context: RuleContext) => ValidationResult
}

/** The default export of a `pack.ts`. */
export interface Rulepack {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly rules: readonly [Rule, ...ReadonlyArray<Rule>]
  readonly metadata?: Readonly<Record<string, unknown>>
}
