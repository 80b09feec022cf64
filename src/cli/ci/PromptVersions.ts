/**
 * The prompts of the project as a change leaves them, and as they were before. Owns: finding and resolving both. Does not own: what
 * the difference costs (promptEconomics).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Option from "effect/Option"
import type { EngineFault, RulepackInvalid, RulepackNotFound } from "../../domain/ComplianceErrors.js"
import type { FileRefused } from "../../domain/FileRefused.js"
import type { ResolvedScaffold } from "../../domain/ResolvedScaffold.js"
import type { MigrationFailed, SchemaTooNew, StoreError, StoreOpenError } from "../../domain/StoreErrors.js"
import type { ConfigInvalid } from "../../services/AegisConfig.js"

export interface PromptVersion {
  readonly resolved: ResolvedScaffold
  /** Why a block differs from call to call though its type says that it stays the same, by its place from 0: "holds a timestamp". */
  readonly changes: ReadonlyMap<number, string>
}

/** A prompt that cannot be resolved is told by why not. */
export type Version = Either.Either<PromptVersion, string>

export interface ChangedPrompt {
  /** From the project's root, with `/`. */
  readonly file: string
  /** None where the change brings it. */
  readonly before: Option.Option<Version>
  readonly after: Version
}

export interface Compared {
  /** The commit that the change is held against; none where there is no repository, or nothing in it yet. */
  readonly base: Option.Option<string>
  readonly prompts: ReadonlyArray<ChangedPrompt>
}

export class PromptVersions extends Context.Tag("aegis/PromptVersions")<
  PromptVersions,
  {
    /** Both versions of the prompts that the patterns name, in the order of their paths. Includes and settings are those of each version. */
    readonly compare: (
      base: Option.Option<string>,
      patterns: ReadonlyArray<string>
    ) => Effect.Effect<
      Compared,
      | FileRefused
      | ConfigInvalid
      | EngineFault
      | RulepackInvalid
      | RulepackNotFound
      | MigrationFailed
      | SchemaTooNew
      | StoreError
      | StoreOpenError
    >
  }
>() {}
