/** What the tests of executions within budgets share: adapters that do as told, and an executor over them. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Budget } from "../../src/domain/Budget.js"
import type { ExecutionEvent, ExecutionResult } from "../../src/domain/Execution.js"
import type { Millis, TokenCount, Usd } from "../../src/domain/Measures.js"
import type { ProviderError } from "../../src/domain/ProviderErrors.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import * as Budgets from "../../src/services/Budgets.js"
import * as BudgetStorage from "../../src/services/BudgetStorage.js"
import * as Executor from "../../src/services/Executor.js"
import { make as makeRegistry, type ProviderAdapter, Providers } from "../../src/services/ProviderAdapter.js"
import { makeMemory, Telemetry } from "../../src/services/Telemetry.js"
import { resolvedOf } from "../layers/providers/wire/support.js"
import { centPrices } from "../support/centPrices.js"

export const usd = (amount: number): Usd => amount as Usd // amounts of these tests are not negative
const none = 0 as TokenCount // not negative

export const answer = (rest: Partial<ExecutionResult> = {}): ExecutionResult => ({
  content: "yes",
  provider: "vllm",
  model: "m",
  finishReason: "stop",
  tokens: none,
  usage: {
    uncachedInput: none,
    cacheRead: Option.none(),
    cacheWrite5m: Option.none(),
    cacheWrite1h: Option.none(),
    output: none,
    reasoning: Option.none()
  },
  cost: Option.some(usd(0.03)),
  price: { source: "test", version: "1", match: "exact" },
  latency: 1 as Millis, // not negative
  firstToken: Option.none(),
  attempts: 1,
  fallbacks: [],
  warnings: [],
  ...rest
})

export type Script = Effect.Effect<ExecutionResult, ProviderError>

/** An adapter that does as told, and counts what it was asked. A stream says something before it ends so. */
export const adapterOf = (name: "vllm" | "x-two", script: Script) => {
  let sent = 0
  const adapter: ProviderAdapter = {
    name,
    models: [],
    format: "test/1",
    version: 1,
    resolveScaffold: () =>
      Effect.succeed({
        format: "test/1",
        segments: ["{}"],
        tokenCount: none,
        tokens: { source: "estimated", estimator: "test", errorBand: 0, perBlock: [] },
        cost: {
          source: "test",
          version: "1",
          match: "exact",
          uncached: Option.none(),
          cold: Option.none(),
          warm: Option.none()
        },
        cachePlan: {
          mode: "none",
          minimumTokens: null,
          breakpoints: [],
          stableBlocks: 0,
          stableTokens: none
        },
        warnings: []
      }),
    estimateTokens: () => Effect.dieMessage("not asked"),
    estimateCost: () => Effect.dieMessage("not asked"),
    execute: () =>
      Effect.suspend(() => {
        sent += 1
        return script
      }),
    stream: () =>
      Stream.suspend(() => {
        sent += 1
        return Stream.concat(
          Stream.make<[ExecutionEvent]>({ _tag: "Text", text: "yes" }),
          Stream.fromEffect(Effect.map(script, (result): ExecutionEvent => ({ _tag: "Done", result })))
        )
      }),
    countTokens: Option.none(),
    health: Effect.succeed({ status: "ok", detail: "" })
  }
  return { adapter, sent: () => sent }
}

export const setUp = (
  adapters: ReadonlyArray<ProviderAdapter>,
  budget: Partial<typeof Budget.Encoded> = { hard: 1 },
  storage: Layer.Layer<BudgetStorage.BudgetStorage> = BudgetStorage.layerMemory
) => {
  const ledger = makeMemory()
  const services = Budgets.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        centPrices,
        storage,
        AegisConfig.layer("/", { budgets: [{ scope: "day", ...budget }] }),
        Layer.succeed(Providers, makeRegistry(adapters)),
        Layer.succeed(Telemetry, ledger)
      )
    )
  )
  return Effect.provide(
    Effect.gen(function* () {
      const executor = yield* Executor.make
      const budgets = yield* Budgets.Budgets
      const stands = Effect.map(budgets.status(), ([status]): ReadonlyArray<number | undefined> => [
        status?.spent,
        status?.reserved
      ])
      return { executor, stands, ledger }
    }),
    services
  )
}

export const resolved = resolvedOf("vllm", "m", {})
export const limits = { maxTokens: 10 }
export const common = { provider: "vllm", model: "m" } as const
