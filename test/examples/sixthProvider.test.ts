import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { assert } from "vitest"
import { EchoLive, makeEcho } from "../../examples/sixth-provider/echo.js"
import { program } from "../../examples/sixth-provider/program.js"
import { AegisTest } from "../../layers/AegisTest.js"
import { Providers } from "../../src/services/ProviderAdapter.js"
import { resolveScaffold } from "../../src/services/resolveScaffold.js"

const Test = EchoLive.pipe(Layer.provideMerge(AegisTest))

describe("a provider that is added from outside", () => {
  it.effect("is resolved, cached and asked like any other", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* program, [
        "x-echo is ok",
        "resolved: miss, then hit; 10 tokens",
        'answered with 15 tokens in all: Polly wants a <cracker>, "please".'
      ])
    }).pipe(Effect.provide(Test))
  )

  it.effect("streams and counts as it answers, and refuses a request that is not its own", () =>
    Effect.gen(function* () {
      const echo = yield* makeEcho
      const resolved = yield* resolveScaffold({ prompt: "one two", provider: "x-echo", model: "parrot-1" })
      const events = [...(yield* Stream.runCollect(echo.stream(resolved)))]
      assert.deepStrictEqual(
        events.map(({ _tag }) => _tag),
        ["Text", "Done"]
      )
      assert.strictEqual(yield* Option.getOrThrow(echo.countTokens)(resolved), resolved.tokenCount)
      const error = yield* Effect.flip(echo.execute({ ...resolved, resolvedContent: "[]" }))
      assert.strictEqual(error._tag, "InvalidRequest")
    }).pipe(Effect.provide(Test))
  )

  it.effect("is there beside those that are built in, for as long as its layer", () =>
    Effect.gen(function* () {
      const { names } = yield* Providers
      assert.include(names(), "x-echo")
      assert.include(names(), "anthropic")
    }).pipe(Effect.provide(Test))
  )
})
