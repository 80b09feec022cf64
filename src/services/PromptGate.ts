/**
 * What a prompt's rulepacks say before it is hashed and sent. Owns: refusing a prompt, and taking secrets out of its blocks.
 * Does not own: what rules find (Enforcer). A prompt that names no packs never gets here.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type {
  ComplianceViolation,
  EngineFault,
  RulepackInvalid,
  RulepackNotFound
} from "../domain/ComplianceErrors.js"
import type { Warning } from "../domain/ResolvedScaffold.js"
import type { ResolveInput } from "../domain/ResolveInput.js"
import type { BlockText } from "../prompt/compile.js"

export type GateError = ComplianceViolation | EngineFault | RulepackInvalid | RulepackNotFound

/** A prompt that may be sent. */
export interface Admitted {
  /** Each as `name@version`: they are part of the key. */
  readonly rulepacks: ReadonlyArray<string>
  /** In the order in which they were given, without secrets. */
  readonly blocks: ReadonlyArray<BlockText>
  readonly warnings: ReadonlyArray<Warning>
}

export class PromptGate extends Context.Tag("aegis/PromptGate")<
  PromptGate,
  {
    /**
     * Applies the packs that the input names to its blocks, and searches the names of blocks and the context for secrets: one
     * there refuses the prompt, for it cannot be taken out. `file` names the prompt in findings.
     */
    readonly admit: (
      input: ResolveInput,
      blocks: ReadonlyArray<BlockText>,
      file: string
    ) => Effect.Effect<Admitted, GateError>
  }
>() {}

/** Takes the names of packs into the key, and applies none. */
export const layerOpen: Layer.Layer<PromptGate> = Layer.succeed(PromptGate, {
  admit: ({ rulepacks }, blocks) => Effect.succeed({ rulepacks, blocks, warnings: [] })
})
