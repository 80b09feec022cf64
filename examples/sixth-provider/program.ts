/** A program that uses the provider as it would any other: by name. */
import * as Effect from "effect/Effect"
import { Executor } from "../../src/services/Executor.js"
import { Providers } from "../../src/services/ProviderAdapter.js"
import { resolveScaffold } from "../../src/services/resolveScaffold.js"

const prompt = `<requirements>
Repeat what you are told.
</requirements>

Polly wants a <cracker>, "please".`

/** Resolves the prompt twice, sends it, and tells in lines what happened. */
export const program = Effect.gen(function* () {
  const providers = yield* Providers
  const executor = yield* Executor
  const { health } = yield* providers.get("x-echo")
  const input = { prompt, provider: "x-echo", model: "parrot-1" } as const
  const first = yield* resolveScaffold(input)
  const second = yield* resolveScaffold(input)
  const { content, tokens } = yield* executor.execute(second)
  return [
    `x-echo is ${(yield* health).status}`,
    `resolved: ${first.outcome}, then ${second.outcome}; ${second.tokenCount} tokens`,
    `answered with ${tokens} tokens in all: ${content.trim()}`
  ]
})
