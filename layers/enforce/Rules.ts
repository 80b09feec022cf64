/** Which engines there are, and where packs come from, for a project. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { AegisConfig, ConfigInvalid } from "../../src/services/AegisConfig.js"
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

export interface Asked {
  /** Rules that need the types of the project are applied too. */
  readonly typed: boolean
}

const layerWith = (
  config: AegisConfig["Type"],
  options: EslintEngine.EslintOptions
): Layer.Layer<RuleEngines | Rulepacks> =>
  Layer.merge(
    Layer.scoped(RuleEngines, engines(options)).pipe(
      Layer.provide(TokenSourcesNode.layer({ root: config.root }))
    ),
    Layer.provide(RulepacksFs.layer, Layer.succeed(AegisConfig, config))
  )

/** For texts one by one. */
export const layer = (config: AegisConfig["Type"]): Layer.Layer<RuleEngines | Rulepacks> =>
  layerWith(config, {})

/** For the files of the project: with their types, and with the engines that the settings name, where asked for. */
export const layerOfFiles = (
  config: AegisConfig["Type"],
  { typed }: Asked
): Layer.Layer<RuleEngines | Rulepacks, ConfigInvalid> =>
  Layer.unwrapEffect(
    Effect.map(oxlintOf(config), (oxlint) =>
      layerWith(config, { oxlint, typesOf: typed ? config.root : undefined })
    )
  )

/** oxlint's program, where the settings name it. */
const oxlintOf = ({
  origins,
  settings
}: AegisConfig["Type"]): Effect.Effect<string | undefined, ConfigInvalid> =>
  settings.engines.includes("oxlint")
    ? Effect.flatMap(
        Effect.promise(() => import("./oxlint/Oxlint.js")),
        ({ findOxlint, oxlintVersion }) =>
          Effect.mapError(
            findOxlint(),
            (problem) =>
              new ConfigInvalid({
                origin: origins.get("engines") ?? "default",
                key: "engines",
                problem: `names oxlint, but ${problem}`,
                fix: `Install it beside Aegis (\`npm install --save-dev --save-exact oxlint@${oxlintVersion}\`), or take it out.`
              })
          )
      )
    : Effect.succeed(undefined)
