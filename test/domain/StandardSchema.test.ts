/** The public models for tools that know nothing but the Standard Schema interface. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { ResolveInput } from "../../src/domain/ResolveInput.js"
import { schemas } from "../../src/domain/schemas.js"
import { asStandard } from "../../src/domain/StandardSchema.js"

/** The interface as the specification prints it, of which nobody needs a library's. */
interface Specified<Input, Output> {
  readonly "~standard": {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => Result<Output> | Promise<Result<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}
type Result<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: ReadonlyArray<Issue> }
interface Issue {
  readonly message: string
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined
}

/** A consumer: the value, or the paths of what is wrong with it. */
const consume = async <I, A>(schema: Specified<I, A>, value: unknown): Promise<A | ReadonlyArray<string>> => {
  const result = await schema["~standard"].validate(value)
  return result.issues === undefined
    ? result.value
    : result.issues.map(({ path = [] }) =>
        path.map((part) => String(typeof part === "object" ? part.key : part)).join(".")
      )
}

const isStandard = <A, I>(name: string, schema: Schema.Schema<A, I> & Specified<I, A>): void => {
  describe(name, () => {
    it("is a Standard Schema of Effect's, version 1", () => {
      const { validate, vendor, version } = schema["~standard"]
      assert.deepStrictEqual([version, vendor, typeof validate], [1, "effect", "function"])
      assert.strictEqual(schema["~standard"], schema["~standard"], "one for all who ask")
    })

    it("takes what it encodes, and refuses what it is not with paths", async () => {
      for (const value of FastCheck.sample(Arbitrary.make(schema), { numRuns: 5, seed: 3 })) {
        const found = await consume(schema, Schema.encodeSync(schema)(value))
        assert.isTrue(Schema.is(schema)(found))
      }
      const wrong = await consume(schema, { createdAt: "yesterday", provider: "opneai" })
      assert.isTrue(Array.isArray(wrong) && wrong.length > 1 && wrong.every((path) => path !== ""))
      assert.deepStrictEqual(await consume(schema, null), [""])
    })

    it("computes nothing before it is asked", () => {
      assert.isFunction(Object.getOwnPropertyDescriptor(schema, "~standard")?.get)
    })
  })
}

isStandard("PromptBlock", schemas.PromptBlock)
isStandard("PromptScaffold", schemas.PromptScaffold)
isStandard("ResolveInput", schemas.ResolveInput)
isStandard("ResolvedScaffold", schemas.ResolvedScaffold)
isStandard("GraphNode", schemas.GraphNode)
isStandard("Checkpoint", schemas.Checkpoint)
isStandard("ScratchpadArtifact", schemas.ScratchpadArtifact)
isStandard("ToolTrace", schemas.ToolTrace)
isStandard("TelemetryRecord", schemas.TelemetryRecord)
isStandard("TelemetryReport", schemas.TelemetryReport)
isStandard("TelemetryAnalysis", schemas.TelemetryAnalysis)
isStandard("OptimizationRecommendation", schemas.OptimizationRecommendation)
isStandard("OptimizationReport", schemas.OptimizationReport)
isStandard("Calibration", schemas.Calibration)
isStandard("CachePerformance", schemas.CachePerformance)
isStandard("PRSummary", schemas.PRSummary)
isStandard("ExecutionResult", schemas.ExecutionResult)

describe("asStandard", () => {
  it("is what every public model went through", () => {
    for (const [name, schema] of Object.entries(schemas)) assert.property(schema, "~standard", name)
  })

  it("gives the types of the model: what may be left out going in, and the defaults coming out", async () => {
    const standard: Specified<typeof ResolveInput.Encoded, ResolveInput> = ResolveInput
    const found = await standard["~standard"].validate({ prompt: "p", provider: "openai", model: "m" })
    const temperature: number | undefined = found.issues === undefined ? found.value.temperature : undefined
    assert.strictEqual(temperature, 0)
  })

  it("gives back the schema itself, with its fields, whose annotated copies are schemas like any other", () => {
    const schema = Schema.Struct({ a: Schema.NumberFromString })
    const standard = asStandard(schema)
    assert.strictEqual<unknown>(standard, schema)
    assert.strictEqual(standard.fields.a, Schema.NumberFromString)
    const copy = standard.annotations({ identifier: "Copy" })
    assert.deepStrictEqual(Schema.decodeSync(copy)({ a: "1" }), { a: 1 })
    assert.notProperty(copy, "~standard")
  })
})
