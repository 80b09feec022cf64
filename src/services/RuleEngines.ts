/**
 * What judges by rules of one kind. Owns: what rules mean, and places in texts. Does not own: which rules are applied to which
 * files (Enforcer), and what packs hold (Rulepacks).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { EngineFault } from "../domain/ComplianceErrors.js"
import type { RuleContext } from "../enforce/CodePack.js"
import type { Hit } from "../enforce/findings.js"
import type { PackedRule } from "../enforce/PackedRule.js"
import type { RuleKind } from "../enforce/Rulepack.js"

/** A text that is to be judged. */
export interface Source {
  /** From the project's root, with `/`. It decides how the text is read. */
  readonly path: string
  readonly text: string
  /** Where the text is a prompt: what rules that are code may know of it. */
  readonly prompt?: RuleContext["prompt"]
}

/** A rule that cannot be used: what is wrong with which field of it. */
export interface Unusable {
  readonly rule: PackedRule
  readonly field: string
  readonly problem: string
  readonly fix: string
}

/** A text, and those rules of an engine that apply to its path. */
export interface Due {
  readonly source: Source
  readonly rules: ReadonlyArray<PackedRule>
}

/** Rules of one engine, ready to be applied. */
export interface Judge {
  /** Judges one text by these of the rules. They all apply to its path. */
  readonly text: (
    source: Source,
    rules: ReadonlyArray<PackedRule>
  ) => Effect.Effect<ReadonlyArray<Hit>, EngineFault>
  /**
   * Is shown texts before `text` is asked for each of them, where many at once are cheaper. `text` knows them by the
   * object, and answers the same without it.
   */
  readonly ahead?: (due: ReadonlyArray<Due>) => Effect.Effect<void, EngineFault>
  /** Judges the project as a whole: hits by the path of the file that they are in. */
  readonly project?: (
    root: string,
    rules: ReadonlyArray<PackedRule>
  ) => Effect.Effect<ReadonlyArray<{ readonly source: Source; readonly hit: Hit }>, EngineFault>
}

export interface RuleEngine {
  readonly kinds: ReadonlyArray<RuleKind>
  /** Whether rules of this engine say something about such a file. */
  readonly reads: (path: string) => boolean
  /** Whether a rule is not applied, because what it needs was not asked for. */
  readonly leavesOut?: (rule: PackedRule) => boolean
  /** Its judges have an `ahead`. */
  readonly looksAhead?: boolean
  /** Its rules are about the project as a whole. Only then is a judge asked about that. */
  readonly wholeProject?: boolean
  /**
   * What else these rules depend on than their packs and a text with its path; undefined where it cannot be told, so that no verdict
   * may be kept. Default: nothing.
   */
  readonly stateOf?: (rules: ReadonlyArray<PackedRule>) => Effect.Effect<string | undefined, Unusable>
  /** A rule with what the engine knows of it besides, as where its documentation is. */
  readonly describe?: (rule: PackedRule) => Effect.Effect<PackedRule>
  /** Makes rules ready. */
  readonly prepare: (rules: ReadonlyArray<PackedRule>) => Effect.Effect<Judge, Unusable>
}

export class RuleEngines extends Context.Tag("aegis/RuleEngines")<RuleEngines, ReadonlyArray<RuleEngine>>() {}
