/**
 * Against the fake providers, which keep the providers' rules over the bytes of requests: every token read and written. 300
 * conversations; `AEGIS_CONVERSATIONS=10000 npx vitest run test/telemetry/simulator/fakes.test.ts` sends as many.
 */
import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import type { BuiltInProvider } from "../../../src/domain/Provider.js"
import { makeMemory } from "../../../src/telemetry/simulator/paths.js"
import type { Predicted } from "../../../src/telemetry/simulator/Predicted.js"
import { rulesOf } from "../../../src/telemetry/simulator/rules.js"
import { makeSimulator, type Simulator } from "../../../src/telemetry/simulator/Simulator.js"
import { conversations } from "./support/conversations.js"
import { send, type Answered } from "./support/fakeCaches.js"

const count = Number(process.env["AEGIS_CONVERSATIONS"] ?? 300)

/** Sizes that come to the minimum of the provider's models, below and above it. */
const sizes: Readonly<Record<BuiltInProvider, FastCheck.Arbitrary<number>>> = {
  anthropic: FastCheck.constantFrom(12, 100, 300, 700, 1500),
  openai: FastCheck.constantFrom(12, 100, 300, 700, 1100),
  vllm: FastCheck.constantFrom(4, 16, 17, 50, 90),
  sglang: FastCheck.constantFrom(4, 16, 17, 50),
  "llama-cpp": FastCheck.constantFrom(4, 16, 17, 50)
}
const providers: ReadonlyArray<BuiltInProvider> = ["anthropic", "openai", "vllm", "sglang", "llama-cpp"]

const predict = (answered: ReadonlyArray<Answered>, byToken: boolean): ReadonlyArray<Predicted> => {
  const memory = makeMemory()
  const simulators = new Map<string, Simulator>()
  return answered.map(({ ids, request }) => {
    const { model, provider } = request
    const simulator =
      simulators.get(model) ?? makeSimulator(Either.getOrThrow(rulesOf(provider, model)), { memory })
    simulators.set(model, simulator)
    return simulator.next(request, byToken ? ids : undefined)
  })
}

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, each) => sum + each, 0)

/** In handfuls, between which the runner gets its turn. */
const checked = <A>(
  runs: number,
  given: FastCheck.Arbitrary<A>,
  predicate: (value: A) => void
): Effect.Effect<void> =>
  Effect.forEach(
    Array.from({ length: Math.ceil(runs / 50) }, (_, i) => Math.min(50, runs - i * 50)),
    (numRuns) =>
      Effect.zipRight(
        Effect.promise(() => new Promise((resume) => setImmediate(resume))),
        Effect.sync(() => FastCheck.assert(FastCheck.property(given, predicate), { numRuns }))
      ),
    { discard: true }
  )

describe.each(providers)("of %s, on generated conversations", (provider) => {
  const moments = conversations(sizes[provider])
  const runs = Math.ceil(count / providers.length)

  it.live(
    "every token that is read and written is predicted",
    () =>
      checked(
        runs,
        FastCheck.tuple(moments, FastCheck.nat(3), FastCheck.boolean()),
        ([given, shift, aligned]) => {
          const answered = send(provider, given, aligned, shift)
          const predicted = predict(answered, true)
          answered.forEach(({ touched: { read, total, written } }, i) => {
            const { causes, ...prediction } = predicted[i] ?? { causes: [] }
            expect({ ...prediction, bound: "" }).toEqual({
              read,
              written: { "5m": 0, "30m": 0, "1h": 0, "12h": 0, ...written },
              uncached: total - read - sumOf(written),
              bound: ""
            })
            expect(causes.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(total - read)
          })
        }
      ),
    1_200_000
  )

  it.live(
    "what blocks alone show is never too much, and exact where it is said to be",
    () =>
      checked(Math.min(runs, 500), FastCheck.tuple(moments, FastCheck.nat(3)), ([given, shift]) => {
        const answered = send(provider, given, true, shift)
        predict(answered, false).forEach(({ bound, causes, read }, i) => {
          const touched = answered[i]?.touched ?? { read: -1, total: -1 }
          if (bound === "exact") expect(read).toBe(touched.read)
          else expect(read).toBeLessThanOrEqual(touched.read)
          expect(causes.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(touched.total - read)
        })
      }),
    600_000
  )
})
