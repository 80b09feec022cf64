/** What judges prompts that are resolved: the packs and the engines of the project. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { AegisConfig } from "../../src/services/AegisConfig.js"
import * as Enforcer from "../../src/services/Enforcer.js"
import type { PromptGate } from "../../src/services/PromptGate.js"
import * as PromptGateRules from "../../src/services/PromptGateRules.js"
import type { VerdictMemo } from "../../src/services/VerdictMemo.js"
import * as Rules from "./Rules.js"

export const make = (
  config: AegisConfig["Type"]
): Effect.Effect<PromptGate["Type"], never, Scope.Scope | VerdictMemo> =>
  Effect.gen(function* () {
    const enforcer = yield* Effect.provide(Enforcer.make, yield* Layer.build(Rules.layer(config)))
    return yield* Effect.provideService(PromptGateRules.make, Enforcer.Enforcer, enforcer)
  })
