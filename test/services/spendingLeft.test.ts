/** Streams that are left before their end, within a budget: they are charged the most that they may have cost, by what is known. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as BudgetStorageSqlite from "../../layers/BudgetStorageSqlite.js"
import type { ExecutionEvent } from "../../src/domain/Execution.js"
import { StreamBroken } from "../../src/domain/ProviderErrors.js"
import type { ResolvedScaffold } from "../../src/domain/ResolvedScaffold.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import { BudgetStorage, layerMemory } from "../../src/services/BudgetStorage.js"
import type { ProviderAdapter } from "../../src/services/ProviderAdapter.js"
import { layer as layerResponses } from "../../src/services/Responses.js"
import { layerMemory as responsesInMemory } from "../../src/services/ResponseStore.js"
import { type Heard, SoFar } from "../../src/services/SoFar.js"
import {
  collect,
  fakeOf,
  key,
  providers,
  requestsOf,
  resolvedOf,
  wireOf
} from "../layers/providers/wire/support.js"
import { adapterOf, answer, common, limits, resolved, setUp as setUpWith, usd } from "./spendingRig.js"
import { tempDatabase } from "./storages.js"

/** 20 cents more, and a tenth, if all of its input is written to the provider's cache. The answer is 10 cents at most. */
const cold = <A extends ResolvedScaffold>(scaffold: A): A => ({
  ...scaffold,
  cost: { ...scaffold.cost, cold: Option.some(usd(0.2)) }
})

/** Over the storage that is around. */
const setUp = (adapter: ProviderAdapter) =>
  Effect.flatMap(BudgetStorage, (storage) =>
    setUpWith([adapter], { hard: 10 }, Layer.succeed(BudgetStorage, storage))
  )

/** Says what is known of it and a word, and then what is given. */
const telling = (heard: Heard, rest: ReturnType<ProviderAdapter["stream"]>): ProviderAdapter => ({
  ...adapterOf("vllm", Effect.never).adapter,
  stream: () =>
    Stream.unwrap(
      Effect.map(SoFar, ({ hear }) => {
        hear(heard)
        return Stream.concat(Stream.make<[ExecutionEvent]>({ _tag: "Text", text: "yes" }), rest)
      })
    )
})

for (const [name, storage] of [
  ["in memory", layerMemory],
  ["on SQLite", BudgetStorageSqlite.layer.pipe(Layer.provide(tempDatabase))]
] as const) {
  for (const maxOps of [20, 100, 2048]) {
    describe(`a stream that is left, its budget ${name}, yielding every ${maxOps} steps`, () => {
      for (const [what, heard, spent] of [
        [
          "its input as told, and the longest answer",
          { usage: Option.some(answer().usage), outcome: undefined },
          0.1
        ],
        ["what was reserved where nothing was told", { usage: Option.none(), outcome: undefined }, 0.32],
        ["nothing where the answer was kept", { usage: Option.none(), outcome: "hit" as const }, 0],
        [
          "nothing where another's call is heard",
          { usage: Option.some(answer().usage), outcome: "follower" as const },
          0
        ]
      ] as const) {
        it.effect(`is charged ${what}: interrupted, abandoned or broken`, () =>
          Effect.gen(function* () {
            const silent = yield* setUp(telling(heard, Stream.never))
            const fiber = yield* Effect.fork(Stream.runDrain(silent.executor.stream(cold(resolved), limits)))
            yield* Effect.yieldNow().pipe(Effect.repeatN(100))
            assert.deepStrictEqual(yield* silent.stands, [0, 0.32])
            yield* Fiber.interrupt(fiber)
            assert.deepStrictEqual(yield* silent.stands, [spent, 0])
            yield* Stream.runDrain(Stream.take(silent.executor.stream(cold(resolved), limits), 1))
            assert.deepStrictEqual(yield* silent.stands, [2 * spent, 0])
            const broken = yield* setUp(
              telling(heard, Stream.fail(new StreamBroken({ ...common, reason: "cut" })))
            )
            yield* Effect.flip(Stream.runDrain(broken.executor.stream(cold(resolved), limits)))
            const [after, reserved] = yield* broken.stands
            assert.strictEqual(reserved, 0)
            assert.approximately(after ?? -1, 3 * spent, 1e-9)
          }).pipe(Effect.withMaxOpsBeforeYield(maxOps), Effect.provide(storage))
        )
      }
    })
  }
}

const kept = layerResponses({}).pipe(
  Layer.provide(AegisConfig.layer("/")),
  Layer.provide(responsesInMemory),
  Layer.orDie
)

describe.each(providers)("a stream of %s that is left", (provider) => {
  const rig = Effect.gen(function* () {
    const { model, small } = requestsOf(provider)
    const fake = yield* fakeOf(provider, { key })
    const adapter = { ...adapterOf("vllm", Effect.never).adapter, name: provider }
    const { executor, stands } = yield* setUp({ ...adapter, ...(yield* wireOf(provider, fake.url)) })
    const stream = executor.stream(cold(resolvedOf(provider, model, small)), limits)
    return { fake, stream, stands, left: Stream.runDrain(Stream.take(stream, 1)) }
  })

  it.scopedLive("is charged by what its provider has told so far", () =>
    Effect.gen(function* () {
      const { left, stands } = yield* rig
      yield* left
      // the others tell their usage at the end
      assert.deepStrictEqual(yield* stands, [provider === "anthropic" ? 0.1 : 0.32, 0])
    }).pipe(Effect.provide(layerMemory))
  )

  it.scopedLive("is charged nothing where its answer was kept", () =>
    Effect.gen(function* () {
      const { fake, left, stands, stream } = yield* rig
      yield* collect(stream)
      const paid = yield* stands
      yield* left
      assert.deepStrictEqual(yield* stands, paid)
      assert.lengthOf(fake.requests, 1)
    }).pipe(Effect.provide(kept), Effect.provide(layerMemory))
  )
})
