/** Calls for which a budget has no room, and whose answers are kept: they cost nothing, so they are answered. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as BudgetStorageSqlite from "../../layers/BudgetStorageSqlite.js"
import type { ProviderAdapter } from "../../src/services/ProviderAdapter.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import { BudgetStorage, layerMemory } from "../../src/services/BudgetStorage.js"
import { layer as layerResponses } from "../../src/services/Responses.js"
import { noStore } from "../../src/services/responses/index.js"
import { layerMemory as responsesInMemory } from "../../src/services/ResponseStore.js"
import {
  collect,
  fakeOf,
  key,
  providers,
  requestsOf,
  resolvedOf,
  wireOf
} from "../layers/providers/wire/support.js"
import { adapterOf, limits, setUp, usd } from "./spendingRig.js"
import { tempDatabase } from "./storages.js"

const kept = layerResponses({}).pipe(
  Layer.provide(AegisConfig.layer("/")),
  Layer.provide(responsesInMemory),
  Layer.orDie
)

/** A provider, somebody with money, and somebody with none, over the storage that is around. */
const rig = (provider: (typeof providers)[number], change: Partial<ProviderAdapter> = {}) =>
  Effect.gen(function* () {
    const { model, small } = requestsOf(provider)
    const resolved = resolvedOf(provider, model, small)
    const fake = yield* fakeOf(provider, { key })
    const wire = yield* wireOf(provider, fake.url)
    const adapter = {
      ...adapterOf("vllm", Effect.dieMessage("not asked")).adapter,
      name: provider,
      ...wire,
      ...change
    }
    const storage = Layer.succeed(BudgetStorage, yield* BudgetStorage)
    const rich = yield* setUp([adapter], { scope: "month", hard: 1000 }, storage)
    const poor = yield* setUp([adapter], { hard: 0 }, storage)
    return { fake, resolved, rich, poor }
  })

const storages = {
  "in memory": layerMemory,
  "on SQLite": BudgetStorageSqlite.layer.pipe(Layer.provide(tempDatabase))
}

/** Every provider once; one of them with every storage at every pace. */
const cases: ReadonlyArray<readonly [(typeof providers)[number], keyof typeof storages, number]> = [
  ...providers.map((provider) => [provider, "in memory", 20] as const),
  ...[100, 2048].map((maxOps) => ["anthropic", "in memory", maxOps] as const),
  ...[20, 100, 2048].map((maxOps) => ["anthropic", "on SQLite", maxOps] as const)
]

describe.each(cases)(
  "a call of %s without room in its budget %s, yielding every %i steps",
  (provider, where, maxOps) => {
    const storage = storages[where]

    it.scopedLive("is answered by what is kept, whole and as a stream, for nothing", () =>
      Effect.gen(function* () {
        const { fake, poor, resolved, rich } = yield* rig(provider)
        const paid = yield* rich.executor.execute(resolved, limits)
        const heard = yield* collect(rich.executor.stream(resolved, limits))
        const sent = fake.requests.length
        const free = yield* poor.executor.execute(resolved, limits)
        const { result, text } = yield* collect(poor.executor.stream(resolved, limits))
        assert.deepStrictEqual([free.outcome, result?.outcome], ["hit", "hit"])
        assert.deepStrictEqual([free.content, text], [paid.content, heard.text])
        assert.strictEqual(fake.requests.length, sent)
        assert.deepStrictEqual(yield* poor.stands, [0, 0])
        assert.deepStrictEqual(
          poor.ledger.taken.map(({ cost, error, outcome }) => [outcome, cost, error]),
          [
            ["hit", Option.some(0), undefined],
            ["hit", Option.some(0), undefined]
          ]
        )
      }).pipe(Effect.provide(kept), Effect.provide(storage), Effect.withMaxOpsBeforeYield(maxOps))
    )

    it.scopedLive("is refused where nothing is kept, and nothing is sent or counted", () =>
      Effect.gen(function* () {
        const { fake, poor, resolved, rich } = yield* rig(provider)
        yield* rich.executor.execute(resolved, limits)
        yield* collect(rich.executor.stream(resolved, limits))
        const sent = fake.requests.length
        for (const asked of [
          poor.executor.execute(resolved, { maxTokens: 11 }),
          Effect.asVoid(collect(poor.executor.stream(resolved, { maxTokens: 11 }))),
          noStore(poor.executor.execute(resolved, limits)),
          noStore(Effect.asVoid(collect(poor.executor.stream(resolved, limits))))
        ]) {
          const error = yield* Effect.flip(Effect.asVoid(asked))
          assert.strictEqual(error._tag, "BudgetExceeded")
        }
        assert.strictEqual(fake.requests.length, sent)
        assert.deepStrictEqual(yield* poor.stands, [0, 0])
        for (const record of poor.ledger.taken) {
          assert.deepInclude(record, { error: "BudgetExceeded", cost: Option.some(usd(0)) })
          assert.notProperty(record, "request")
        }
      }).pipe(Effect.provide(kept), Effect.provide(storage), Effect.withMaxOpsBeforeYield(maxOps))
    )
  }
)

describe("an adapter that may send by itself", () => {
  it.scopedLive("is not asked for a kept answer where a budget has no room", () =>
    Effect.gen(function* () {
      const { fake, poor, resolved, rich } = yield* rig("vllm", { byFetch: false })
      yield* rich.executor.execute(resolved, limits)
      const error = yield* Effect.flip(poor.executor.execute(resolved, limits))
      assert.strictEqual(error._tag, "BudgetExceeded")
      assert.lengthOf(fake.requests, 1)
    }).pipe(Effect.provide(kept), Effect.provide(layerMemory))
  )
})
