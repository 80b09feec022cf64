import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { Settings } from "../../src/services/AegisConfig.js"
import { settingNames } from "../../src/services/settingNames.js"
import { defaults, isValueOf } from "../../src/services/settingValues.js"

describe("settingValues", () => {
  it("names every setting, in the order of the schema", () => {
    assert.deepStrictEqual<ReadonlyArray<string>>(settingNames, Object.keys(Settings.fields))
  })

  it("has the defaults of the schema", () => {
    assert.deepStrictEqual(Schema.decodeSync(Settings)({}), { ...defaults })
  })

  it("accepts the budgets that the schema accepts, and no others", () => {
    const decodes = Schema.decodeUnknownOption(Settings)
    const field = (valid: ReadonlyArray<unknown>, invalid: ReadonlyArray<unknown>) =>
      FastCheck.oneof(
        { weight: 9, arbitrary: FastCheck.constantFrom(...valid) },
        { weight: 1, arbitrary: FastCheck.constantFrom(...invalid) }
      )
    const limit = field([0, -0, 1.5, 9_000_000, undefined], [9_000_001, -1, NaN, Infinity, "1", null])
    const budget = FastCheck.record(
      {
        scope: field(["namespace", "day", "month", "run"], ["week", undefined]),
        namespace: field(["a", undefined], ["", 1]),
        soft: limit,
        hard: limit,
        unknownPrice: field(["refuse", "allow", undefined], ["ask"])
      },
      { requiredKeys: ["scope"] }
    ).chain((each) => field([each], [{ ...each, hrad: 1 }, [each], null]))
    let accepted = 0
    FastCheck.assert(
      FastCheck.property(FastCheck.array(budget, { maxLength: 2 }), (budgets) => {
        const valid = isValueOf("budgets", budgets)
        assert.strictEqual(valid, decodes({ budgets })._tag === "Some")
        if (valid && budgets.length > 0) accepted += 1
      }),
      { numRuns: 2000 }
    )
    assert.isAbove(accepted, 200)
  })

  it("accepts what the schema accepts, and nothing else", () => {
    const accepts = Schema.is(Schema.encodedSchema(Settings))
    const decodes = Schema.decodeUnknownOption(Settings)
    const value = FastCheck.oneof(
      FastCheck.anything(),
      FastCheck.double(),
      FastCheck.integer(),
      FastCheck.string(),
      FastCheck.array(FastCheck.string()),
      FastCheck.constantFrom(0, -0, 1.5, Infinity, NaN, 2 ** 53, "", "openai", "x-a", "source", [1], null),
      FastCheck.dictionary(
        FastCheck.constantFrom("a/b", "a", "a/b/c", "A/b", "x-1/y-2"),
        FastCheck.oneof(
          FastCheck.constantFrom("off", "on", null),
          FastCheck.object(),
          FastCheck.array(FastCheck.nat())
        )
      ),
      FastCheck.dictionary(
        FastCheck.constantFrom(
          "require",
          "hitRate",
          "hitRateOf",
          "latencyMs",
          "costIncrease",
          "prompts",
          "hitrate"
        ),
        FastCheck.oneof(
          FastCheck.constantFrom(
            0,
            1,
            0.8,
            -0.1,
            100,
            Infinity,
            NaN,
            "provider",
            "local",
            "",
            null,
            undefined
          ),
          FastCheck.array(FastCheck.constantFrom("latency", "replay", "latency ", "a.prompt.md", "", 1))
        )
      )
    ).filter((each) => each !== undefined)
    FastCheck.assert(
      FastCheck.property(FastCheck.constantFrom(...settingNames), value, (name, each) => {
        assert.strictEqual(isValueOf(name, each), decodes({ [name]: each })._tag === "Some")
        if (isValueOf(name, each)) assert.isTrue(accepts({ [name]: each }))
      }),
      { numRuns: 2000 }
    )
  })
})
