/** Answers that are kept, as the ledger has them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import * as Budgets from "../../src/services/Budgets.js"
import * as BudgetStorage from "../../src/services/BudgetStorage.js"
import * as Executor from "../../src/services/Executor.js"
import { make as makeRegistry, Providers } from "../../src/services/ProviderAdapter.js"
import { layer as layerResponses } from "../../src/services/Responses.js"
import { layerMemory as responsesInMemory } from "../../src/services/ResponseStore.js"
import { makeMemory, Telemetry } from "../../src/services/Telemetry.js"
import {
  collect,
  fakeOf,
  key,
  prices,
  providers,
  requestsOf,
  resolvedOf,
  wireOf
} from "../layers/providers/wire/support.js"

describe.each(providers)("kept answers of %s", (provider) => {
  it.scopedLive("count their tokens and what they cost once, and save the whole of it each time", () =>
    Effect.gen(function* () {
      const { model, small } = requestsOf(provider)
      const resolved = resolvedOf(provider, model, small)
      const fake = yield* fakeOf(provider, { key })
      const wire = yield* wireOf(provider, fake.url)
      const ledger = makeMemory()
      const adapter = {
        name: provider,
        models: [],
        format: "test/1",
        version: 1,
        resolveScaffold: () => Effect.dieMessage("not asked"),
        estimateTokens: () => Effect.dieMessage("not asked"),
        estimateCost: () => Effect.dieMessage("not asked"),
        countTokens: Option.none(),
        health: Effect.succeed({ status: "ok" as const, detail: "" }),
        execute: wire.execute,
        stream: wire.stream
      }
      const executor = yield* Executor.make.pipe(
        Effect.provideService(Providers, makeRegistry([adapter])),
        Effect.provideService(Telemetry, ledger),
        Effect.provide(
          Budgets.layer.pipe(
            Layer.provide(BudgetStorage.layerMemory),
            Layer.provideMerge(Layer.merge(prices, AegisConfig.layer("/")))
          )
        )
      )
      yield* Effect.gen(function* () {
        for (let i = 0; i < 3; i++) yield* executor.execute(resolved)
        yield* Effect.all([executor.execute(resolved), executor.execute(resolved)], {
          concurrency: "unbounded"
        })
        yield* collect(executor.stream(resolved))
        yield* collect(executor.stream(resolved))
      }).pipe(
        Effect.provide(
          layerResponses({}).pipe(
            Layer.provide(AegisConfig.layer("/")),
            Layer.provide(responsesInMemory),
            Layer.orDie
          )
        )
      )
      const paid = ledger.taken.filter(({ outcome }) => outcome === "miss")
      const { totals } = yield* ledger.report({}, [])
      const sum = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0)
      // whole and as a stream are different requests
      assert.lengthOf(paid, 2)
      assert.strictEqual(totals.calls, 2)
      assert.strictEqual(totals.outcomes.hit + totals.outcomes.follower, 5)
      assert.deepStrictEqual(totals.hitRates.answers, Option.some(5 / 7))
      assert.strictEqual(
        totals.tokens.uncachedInput + totals.tokens.cacheRead + totals.tokens.output,
        sum(paid.map(({ tokenCount }) => tokenCount))
      )
      assert.approximately(totals.spent, sum(paid.map(({ cost }) => Option.getOrThrow(cost))), 1e-8)
      const saved = ledger.taken.filter(({ outcome }) => outcome !== "miss")
      assert.isTrue(saved.every(({ tokenCount }) => tokenCount === 0))
      assert.strictEqual(totals.savedTokens, sum(ledger.taken.map((record) => record.saved?.tokens ?? 0)))
      assert.isAbove(totals.saved, 2 * totals.spent)
    })
  )
})
