/** Which engines there are, and where packs come from, for a project. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import { type RuleEngine, RuleEngines } from "../../src/services/RuleEngines.js"
import type { Rulepacks } from "../../src/services/Rulepacks.js"
import type { TokenSources } from "../../src/services/TokenSources.js"
import * as CodeEngine from "./CodeEngine.js"
import * as EslintEngine from "./eslint/EslintEngine.js"
import * as PatternEngine from "./PatternEngine.js"
import * as ProjectEngine from "./ProjectEngine.js"
import * as SecretEngine from "./redaction/SecretEngine.js"
import * as RulepacksFs from "./RulepacksFs.js"
import * as TokensEngine from "./theme/TokensEngine.js"
import * as TokenSourcesNode from "./theme/tokens/TokenSourcesNode.js"

const engines = (
  options: EslintEngine.EslintOptions
): Effect.Effect<ReadonlyArray<RuleEngine>, never, Scope.Scope | TokenSources> =>
  Effect.all([
    Effect.sync(() => EslintEngine.make(options)),
    TokensEngine.make,
    PatternEngine.make,
    Effect.sync(() => SecretEngine.make()),
    ProjectEngine.make,
    CodeEngine.make()
  ])

/** `typed`: rules that need the types of the project are applied too. */
export const layer = (
  config: AegisConfig["Type"],
  { typed }: { readonly typed: boolean } = { typed: false }
): Layer.Layer<RuleEngines | Rulepacks> =>
  Layer.merge(
    Layer.scoped(RuleEngines, engines(typed ? { typesOf: config.root } : {})).pipe(
      Layer.provide(TokenSourcesNode.layer({ root: config.root }))
    ),
    Layer.provide(RulepacksFs.layer, Layer.succeed(AegisConfig, config))
  )
