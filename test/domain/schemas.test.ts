import { assert, describe, it } from "@effect/vitest"
import { Ajv, type ValidateFunction } from "ajv"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as JSONSchema from "effect/JSONSchema"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CacheReports from "../../src/domain/CacheReports.js"
import { JsonObject } from "../../src/domain/Json.js"
import { MissExplanation } from "../../src/domain/Miss.js"
import { schemas } from "../../src/domain/schemas.js"
import { canonicalJson } from "../../src/prompt/canonical.js"

/** The fields of the design document, and those that the architecture adds. */
const fields: Record<keyof typeof schemas, { design: ReadonlyArray<string>; added: ReadonlyArray<string> }> =
  {
    PromptBlock: {
      design: ["id", "content", "type", "hash", "metadata", "createdAt", "updatedAt"],
      added: []
    },
    PromptScaffold: {
      design: ["id", "blocks", "provider", "model", "temperature", "seed", "hash", "createdAt"],
      added: ["rulepacks", "context", "layout", "marks"]
    },
    ResolveInput: {
      design: ["prompt", "provider", "model", "temperature", "seed", "rulepacks", "context"],
      added: ["layout", "marks", "strict"]
    },
    ResolvedScaffold: {
      design: [
        "id",
        "originalScaffold",
        "resolvedContent",
        "providerFormat",
        "tokenCount",
        "estimatedCost",
        "cacheHit",
        "createdAt"
      ],
      added: ["outcome", "tokens", "cost", "cachePlan", "warnings", "miss"]
    },
    GraphNode: {
      design: ["id", "nodeType", "state", "inputs", "outputs", "metadata", "createdAt"],
      added: ["name", "dependsOn"]
    },
    Checkpoint: {
      design: ["id", "name", "scaffoldId", "nodes", "state", "metadata", "parentId", "branchId", "createdAt"],
      added: ["thread", "branch", "revision", "blocks"]
    },
    ScratchpadArtifact: {
      design: ["id", "checkpointId", "content", "type", "metadata", "createdAt"],
      added: ["name", "nodeId", "toolTraceId"]
    },
    ToolTrace: {
      design: [
        "id",
        "checkpointId",
        "toolName",
        "inputs",
        "outputs",
        "duration",
        "success",
        "error",
        "createdAt"
      ],
      added: ["parentId", "nodeId", "metadata"]
    },
    TelemetryRecord: {
      design: [
        "id",
        "scaffoldId",
        "checkpointId",
        "operation",
        "tokenCount",
        "cost",
        "latency",
        "cacheHit",
        "metadata",
        "createdAt"
      ],
      added: [
        "nodeId",
        "traceId",
        "spanId",
        "outcome",
        "error",
        "namespace",
        "provider",
        "model",
        "usage",
        "priced",
        "saved",
        "latencies",
        "request",
        "findings"
      ]
    },
    TelemetryReport: { design: [], added: ["range", "groupBy", "rows", "totals", "lost"] },
    TelemetryAnalysis: {
      design: ["totalCost", "averageLatency", "cacheHitRate", "costByProvider", "performanceTrends"],
      added: ["query", "totals", "byModel", "byDay", "byScaffold", "blocks", "misses", "anomalies", "wasted"]
    },
    OptimizationRecommendation: {
      design: ["type", "description", "potentialSavings", "implementation"],
      added: [
        "id",
        "prompt",
        "provider",
        "model",
        "changes",
        "range",
        "before",
        "after",
        "confidence",
        "optimum",
        "patch"
      ]
    },
    OptimizationReport: { design: [], added: ["recommendations", "abstained", "calibration"] },
    Calibration: {
      design: [],
      added: ["provider", "model", "requests", "predicted", "reported", "exact", "error", "bias", "worst"]
    },
    CachePerformance: {
      design: [],
      added: ["schemaVersion", "createdAt", "ok", "checks", "analysis", "optimization"]
    },
    PRSummary: {
      design: [
        "cacheHitRate",
        "costSavings",
        "standardsCompliance",
        "testCoverage",
        "replaySuccess",
        "recommendations"
      ],
      added: ["economics", "checks", "ok"]
    },
    ExecutionResult: {
      design: ["content", "tokens", "cost", "latency"],
      added: [
        "provider",
        "model",
        "finishReason",
        "responseId",
        "usage",
        "price",
        "firstToken",
        "attempts",
        "fallbacks",
        "warnings",
        "outcome",
        "saved"
      ]
    }
  }

const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const compileJsonSchema = <A, I>(schema: Schema.Schema<A, I>): ValidateFunction =>
  new Ajv({ strict: true, strictTypes: false, formats: { "date-time": dateTime, uuid } }).compile(
    JSONSchema.make(schema)
  )

/** The canonical text of an encoded value; what has none is a failure of the test. */
const textOf = (encoded: unknown): string => Either.getOrThrow(canonicalJson(encoded))

/** A value as another program would have it: written as JSON (where an undefined field is a missing one) and read again. */
const viaJson = (encoded: unknown): unknown => JSON.parse(JSON.stringify(encoded))

/** What every model and report keeps to, whatever its fields. */
const travels = <A, I>(name: string, schema: Schema.Schema<A, I>): void => {
  describe(name, () => {
    const encode = Schema.encodeSync(schema)
    const decode = Schema.decodeUnknownSync(schema)
    const same = Schema.equivalence(schema)
    const arbitrary = Arbitrary.make(schema)
    const check = (holds: (value: A) => void): void =>
      FastCheck.assert(FastCheck.property(arbitrary, holds), { numRuns: 100 })

    it("decodes what it encoded to the same value", () => {
      check((value) => assert.isTrue(same(decode(encode(value)), value)))
    })

    it("survives being written as JSON and read by another program", () => {
      check((value) => {
        const encoded = viaJson(encode(value))
        assert.strictEqual(textOf(viaJson(encode(decode(encoded)))), textOf(encoded))
      })
    })

    it("prints a JSON Schema that accepts everything that it encodes", () => {
      const validate = compileJsonSchema(schema)
      check((value) => {
        assert.isTrue(validate(viaJson(encode(value))), JSON.stringify(validate.errors))
      })
    })

    it("validates as a Standard Schema, and refuses what it is not", async () => {
      const standard = Schema.standardSchemaV1(schema)["~standard"]
      assert.strictEqual(standard.version, 1)
      const [encoded] = FastCheck.sample(arbitrary, { numRuns: 1, seed: 1 }).map((value) => encode(value))
      assert.isUndefined((await standard.validate(viaJson(encoded))).issues)
      assert.isAbove((await standard.validate({ id: 1 })).issues?.length ?? 0, 0)
    })
  })
}

/** What the public models keep to: the contract's fields, and a JSON Schema that agrees with them. */
const keeps = <A, I>(name: keyof typeof schemas, schema: Schema.Schema<A, I>): void => {
  travels(name, schema)
  describe(name, () => {
    const arbitrary = Arbitrary.make(schema)

    it("has the fields of the design document and the declared additions, no others", () => {
      const { design, added } = fields[name]
      assert.sameMembers(Object.keys(schemas[name].fields), [...design, ...added])
    })

    it("prints a JSON Schema that agrees with it on fields that are missing or wrong", () => {
      const validate = compileJsonSchema(schema)
      const decodes = Schema.decodeUnknownOption(schema)
      const [sample] = FastCheck.sample(arbitrary, { numRuns: 1, seed: 7 }).map((value) =>
        Schema.encodeSync(schema)(value)
      )
      for (const field of Object.keys(schemas[name].fields)) {
        for (const wrong of [undefined, null, true, -1, 1.5, "x", [], {}]) {
          const changed = viaJson({ ...sample, [field]: wrong })
          assert.strictEqual(
            validate(changed),
            Option.isSome(decodes(changed)),
            `${field}: ${JSON.stringify(wrong)}`
          )
        }
      }
    })
  })
}

keeps("PromptBlock", schemas.PromptBlock)
keeps("PromptScaffold", schemas.PromptScaffold)
keeps("ResolveInput", schemas.ResolveInput)
keeps("ResolvedScaffold", schemas.ResolvedScaffold)
keeps("GraphNode", schemas.GraphNode)
keeps("Checkpoint", schemas.Checkpoint)
keeps("ScratchpadArtifact", schemas.ScratchpadArtifact)
keeps("ToolTrace", schemas.ToolTrace)
keeps("TelemetryRecord", schemas.TelemetryRecord)
keeps("TelemetryReport", schemas.TelemetryReport)
keeps("TelemetryAnalysis", schemas.TelemetryAnalysis)
keeps("OptimizationRecommendation", schemas.OptimizationRecommendation)
keeps("OptimizationReport", schemas.OptimizationReport)
keeps("Calibration", schemas.Calibration)
keeps("CachePerformance", schemas.CachePerformance)
keeps("PRSummary", schemas.PRSummary)
keeps("ExecutionResult", schemas.ExecutionResult)

travels("CacheStats", CacheReports.CacheStats)
travels("VerifyReport", CacheReports.VerifyReport)
travels("PruneReport", CacheReports.PruneReport)
travels("MissExplanation", MissExplanation)

describe("ResolveInput", () => {
  it("fills in temperature 0, no rulepacks, stable-first and not strict", () => {
    const input = Schema.decodeUnknownSync(schemas.ResolveInput)({
      prompt: "p",
      provider: "openai",
      model: "m"
    })
    assert.deepStrictEqual(input, {
      prompt: "p",
      provider: "openai",
      model: "m",
      temperature: 0,
      rulepacks: [],
      layout: "stable-first",
      strict: false
    })
  })

  for (const [why, wrong] of [
    ["a temperature above 2", { temperature: 2.1 }],
    ["a temperature that is no number", { temperature: Number.NaN }],
    ["a seed that JSON cannot hold", { seed: Number.POSITIVE_INFINITY }],
    ["a misspelt provider", { provider: "opneai" }],
    ["a model without a name", { model: "" }],
    ["a context that is a list", { context: [] }],
    ["a context that is a date", { context: new Date(0) }]
  ] as const) {
    it(`refuses ${why}`, () => {
      const input = { prompt: "p", provider: "openai", model: "m", ...wrong }
      assert.isTrue(Either.isLeft(Schema.decodeUnknownEither(schemas.ResolveInput)(input)))
    })
  }
})

describe("JsonObject", () => {
  const decode = Schema.decodeUnknownEither(JsonObject)

  it("passes an object through as it is, with a __proto__ key like any other", () => {
    const value: unknown = JSON.parse('{"__proto__":{"admin":true},"a":1}')
    const decoded = Either.getOrThrow(decode(value))
    assert.strictEqual(decoded, value)
    assert.deepStrictEqual(Object.keys(decoded), ["__proto__", "a"])
    assert.isUndefined(decoded["admin"])
    assert.strictEqual(Schema.encodeSync(JsonObject)(decoded), value)
  })

  it("takes an object without a prototype, and refuses lists, null, dates, maps and instances", () => {
    class Thing {}
    assert.isTrue(Either.isRight(decode(Object.create(null))))
    for (const value of [[], null, new Date(0), new Map(), new Thing(), "{}", 1, undefined]) {
      assert.isTrue(Either.isLeft(decode(value)))
    }
  })

  it("lets a value of 100,000 levels through without overflowing the stack", () => {
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = { deep }
    assert.strictEqual(Either.getOrThrow(decode(deep)), deep)
  })
})
