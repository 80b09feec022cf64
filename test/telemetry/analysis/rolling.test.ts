import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { ProviderRequest } from "../../../src/domain/ProviderRequest.js"
import { makeRolling } from "../../../src/telemetry/analysis/rolling.js"
import { isPredicted, simulate } from "../../../src/telemetry/simulator/simulate.js"
import { request } from "./support/records.js"

const sent = (at: number, text: string): ProviderRequest =>
  request(
    at * 1000,
    [
      ["requirements", text, 2000],
      ["context", `${at}`, 100]
    ],
    { mode: "breakpoints", marks: [{ block: 0, ttl: "5m" }] }
  )

const readBy = (outcome: ReturnType<ReturnType<typeof makeRolling>>): number | undefined =>
  isPredicted(outcome) ? outcome.read : undefined

const texts = FastCheck.array(FastCheck.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 40 })

describe("a model that forgets", () => {
  it.prop("says the same as one that does not, of what it remembers", [texts], ([drawn]) => {
    const requests = drawn.map((text, i) => sent(i, text))
    const next = makeRolling(100)
    assert.deepEqual(
      requests.map((each) => next(each)),
      [...simulate(requests)]
    )
  })

  it.prop(
    "reads all that was sent within the last requests",
    [FastCheck.array(FastCheck.constantFrom("a", "b"), { minLength: 10, maxLength: 60 })],
    ([drawn]) => {
      const least = 4
      const next = makeRolling(least)
      drawn.forEach((text, i) => {
        const outcome = readBy(next(sent(i * 2, text)))
        if (drawn.slice(Math.max(0, i - least), i).includes(text)) assert.strictEqual(outcome, 2000)
      })
    }
  )

  it("forgets what is older", () => {
    const next = makeRolling(4)
    const reads = ["a", "b", "b", "b", "b", "b", "b", "b", "b", "a"].map((text, i) =>
      readBy(next(sent(i, text)))
    )
    assert.deepEqual(reads, [0, 0, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 0])
  })

  it("says nothing of a model whose cache is not known", () => {
    assert.isFalse(isPredicted(makeRolling()({ ...sent(0, "a"), model: "nobody-1" })))
  })
})
