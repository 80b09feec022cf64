import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { totalInput, Usage } from "../../src/domain/Usage.js"

describe("totalInput", () => {
  it.prop(
    "adds up what the provider said, and takes what it did not say for nothing",
    [Arbitrary.make(Usage)],
    ([usage]) => {
      const said = [usage.cacheRead, usage.cacheWrite5m, usage.cacheWrite1h].flatMap(Option.toArray)
      assert.strictEqual(
        totalInput(usage),
        said.reduce((sum, count) => sum + count, usage.uncachedInput as number)
      )
    }
  )

  it("leaves the answer's tokens out", () => {
    const usage = Schema.decodeSync(Usage)({
      uncachedInput: 5,
      cacheRead: 100,
      cacheWrite5m: 20,
      cacheWrite1h: null,
      output: 7000,
      reasoning: 6000
    })
    assert.strictEqual(totalInput(usage), 125)
  })
})
