import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { fitParameters } from "../../../src/prompt/render/parameters.js"

const all = { takesTemperature: true, takesSeed: true }
const neither = { takesTemperature: false, takesSeed: false }
const scaffold = { provider: "anthropic", model: "claude-sonnet-5" } as const

const fit = (parameters: { temperature: number; seed?: number }, facts: typeof all, strict: boolean) =>
  fitParameters({ ...scaffold, ...parameters }, facts, strict)

const codes = (fitted: ReturnType<typeof fit>) =>
  Either.map(fitted, ({ sampling, warnings }) => [sampling, warnings.map(({ code }) => code)])

describe("parameters", () => {
  it.each([false, true])("that the model takes are sent as they are (strict: %s)", (strict) => {
    assert.deepStrictEqual(
      codes(fit({ temperature: 0.7, seed: 42 }, all, strict)),
      Either.right([{ temperature: 0.7, seed: 42 }, []])
    )
    assert.deepStrictEqual(
      codes(fit({ temperature: 0 }, all, strict)),
      Either.right([{ temperature: 0 }, []])
    )
  })

  it("that the model does not take are left out and told", () => {
    const fitted = fit({ temperature: 0.7, seed: 42 }, neither, false)
    assert.deepStrictEqual(codes(fitted), Either.right([{}, ["parameter-dropped", "parameter-dropped"]]))
    assert.include(Either.getOrThrow(fitted).warnings[0]?.message ?? "", '"temperature": 0.7 was left out')
  })

  it("that the model does not take are refused by name when strict", () => {
    const refused = (parameters: { temperature: number; seed?: number }) =>
      Either.flip(fit(parameters, neither, true)).pipe(Either.getOrThrow)
    assert.strictEqual(refused({ temperature: 0.7, seed: 1 }).parameter, "temperature")
    assert.strictEqual(refused({ temperature: 0, seed: 1 }).parameter, "seed")
    assert.include(refused({ temperature: 1 }).message, "claude-sonnet-5 of anthropic")
  })

  it.each([false, true])(
    "left at their defaults are no error, but no promise either (strict: %s)",
    (strict) => {
      assert.deepStrictEqual(
        codes(fit({ temperature: 0 }, neither, strict)),
        Either.right([{}, ["not-deterministic"]])
      )
    }
  )
})
