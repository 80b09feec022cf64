/** The gate with its engines and packs, loaded when the first prompt names a pack: all others start as if it were not there. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import { PromptGate } from "../../src/services/PromptGate.js"
import { VerdictMemo } from "../../src/services/VerdictMemo.js"

export const layer: Layer.Layer<PromptGate, never, AegisConfig | VerdictMemo> = Layer.scoped(
  PromptGate,
  Effect.gen(function* () {
    const config = yield* AegisConfig
    const memo = yield* VerdictMemo
    const scope = yield* Effect.scope
    const gate = yield* Effect.cached(
      // whoever is interrupted while it loads must not take it away from all others
      Effect.uninterruptible(
        Effect.flatMap(
          Effect.promise(() => import("./promptGate.js")),
          ({ make }) => Effect.provideService(make(config), VerdictMemo, memo)
        )
      ).pipe(Scope.extend(scope))
    )
    return PromptGate.of({
      admit: (input, blocks, file) => Effect.flatMap(gate, ({ admit }) => admit(input, blocks, file))
    })
  })
)
