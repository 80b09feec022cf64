/** The gate of a project. Its engines and packs are loaded when something is judged first: a program that judges nothing pays nothing. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { AegisConfig, type ConfigInvalid } from "../../src/services/AegisConfig.js"
import { Enforcer, make } from "../../src/services/Enforcer.js"
import { layerMemory, VerdictMemo } from "../../src/services/VerdictMemo.js"
import * as ConfigFile from "../ConfigFile.js"

export const layer: Layer.Layer<Enforcer, never, AegisConfig | VerdictMemo> = Layer.scoped(
  Enforcer,
  Effect.gen(function* () {
    const config = yield* AegisConfig
    const memo = yield* VerdictMemo
    const scope = yield* Effect.scope
    const enforcer = yield* Effect.cached(
      // whoever is interrupted while it loads must not take it away from all others
      Effect.uninterruptible(
        Effect.flatMap(
          Effect.promise(() => import("./Rules.js")),
          (Rules) => Effect.flatMap(Layer.build(Rules.layer(config)), (rules) => Effect.provide(make, rules))
        )
      ).pipe(Effect.provideService(VerdictMemo, memo), Scope.extend(scope))
    )
    return Enforcer.of({
      prepare: (...args) => Effect.flatMap(enforcer, ({ prepare }) => prepare(...args)),
      enforceStandards: (...args) =>
        Effect.flatMap(enforcer, ({ enforceStandards }) => enforceStandards(...args)),
      enforceFiles: (sources, prepared) =>
        Stream.unwrap(Effect.map(enforcer, ({ enforceFiles }) => enforceFiles(sources, prepared))),
      packs: Effect.flatMap(enforcer, ({ packs }) => packs),
      explain: (rule) => Effect.flatMap(enforcer, ({ explain }) => explain(rule))
    })
  })
)

/** The gate for a folder, an environment and flags, without a database. */
export const layerWith = (sources: ConfigFile.Sources): Layer.Layer<Enforcer, ConfigInvalid> =>
  Layer.provide(layer, Layer.merge(ConfigFile.layer(sources), layerMemory))

/** The gate for the project of the current folder, without a database. `AegisLive` has it as well. */
export const EnforcerLive: Layer.Layer<Enforcer, ConfigInvalid> = Layer.suspend(() =>
  layerWith({ cwd: process.cwd(), env: process.env, flags: {} })
)
