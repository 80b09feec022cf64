/** What a collector receives of spans, decoded by the official schema. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Otel from "../../../layers/Otel.js"
import { withCommandSpan } from "../../../layers/otel/commandSpan.js"
import { UsageError } from "../../../src/cli/UsageError.js"
import { withSpanIfSeen } from "../../../src/telemetry/seen.js"
import { toolAttributes } from "../../../src/telemetry/attributes.js"
import { collector, plain, sendingTo, type SpanSeen, spansOf } from "./collector.js"

const kinds = { internal: 1, server: 2, client: 3 }
const codes = { unset: 0, ok: 1, error: 2 }

/** Runs work under an exporter and gives what came of it once its scope is closed. */
const exported = <A, E>(
  work: Effect.Effect<A, E>,
  more: Readonly<Record<string, string>> = {}
): Effect.Effect<ReadonlyArray<SpanSeen>> =>
  Effect.gen(function* () {
    const there = yield* collector
    yield* Effect.exit(Effect.provide(work, Otel.layer({ ...sendingTo(there), ...more }, "1.2.3")))
    return spansOf(there.received)
  }).pipe(Effect.scoped)

const only = (spans: ReadonlyArray<SpanSeen>): SpanSeen => {
  assert.lengthOf(spans, 1)
  return Option.getOrThrow(Option.fromNullable(spans[0]))
}

describe("spans at the collector", () => {
  it.live("have their names, kinds, parents, times and the resource that was named", () =>
    Effect.gen(function* () {
      const work = Effect.void.pipe(
        Effect.withSpan("chat m", { kind: "client" }),
        Effect.withSpan("outer", { attributes: { "aegis.cache.hit": true } })
      )
      const spans = yield* exported(work, {
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=a%2Cb,service.name=left",
        OTEL_SERVICE_NAME: "under-test"
      })
      const [inner, outer] = spans
      assert.deepStrictEqual(
        spans.map(({ kind, name }) => [name, kind]),
        [
          ["chat m", kinds.client],
          ["outer", kinds.internal]
        ]
      )
      assert.strictEqual(inner?.parentSpanId, outer?.spanId)
      assert.strictEqual(inner?.traceId, outer?.traceId)
      assert.strictEqual(outer?.parentSpanId, "")
      assert.match(`${outer?.traceId} ${outer?.spanId}`, /^[0-9a-f]{32} [0-9a-f]{16}$/)
      for (const span of spans) {
        assert.isTrue(span.end >= span.start && span.start > 1_600_000_000_000_000_000n)
        assert.deepInclude(plain(span.resource), {
          "service.name": "under-test",
          "deployment.environment.name": "a,b",
          "telemetry.sdk.name": "aegis",
          "telemetry.sdk.language": "nodejs",
          "telemetry.sdk.version": "1.2.3"
        })
        assert.notProperty(span.resource, "service.version", "Aegis' version is not that of another service")
        assert.match(String(span.resource["service.instance.id"]?.value), /^[0-9a-f-]{36}$/)
        assert.strictEqual(span.scope, "aegis")
      }
    })
  )

  it.live("keep the type of a value whatever it happens to be", () =>
    Effect.gen(function* () {
      const attributes = {
        "gen_ai.usage.cost": 0,
        "gen_ai.request.temperature": 1,
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.request.seed": -3,
        "gen_ai.response.finish_reasons": ["stop"],
        huge: 2 ** 70,
        odd: Number.NaN,
        big: 2n ** 60n + 1n,
        flag: false
      }
      const span = only(yield* exported(Effect.withSpan(Effect.void, "work", { attributes })))
      assert.deepStrictEqual(
        Object.fromEntries(Object.keys(attributes).map((key) => [key, span.attributes[key]])),
        {
          "gen_ai.usage.cost": { type: "doubleValue", value: 0 },
          "gen_ai.request.temperature": { type: "doubleValue", value: 1 },
          "gen_ai.usage.input_tokens": { type: "intValue", value: 7 },
          "gen_ai.request.seed": { type: "doubleValue", value: -3 },
          "gen_ai.response.finish_reasons": { type: "arrayValue", value: ["stop"] },
          huge: { type: "doubleValue", value: 2 ** 70 },
          odd: { type: "doubleValue", value: Number.NaN },
          big: { type: "stringValue", value: "1152921504606846977" },
          flag: { type: "boolValue", value: false }
        }
      )
    })
  )

  it.live("say what failed, what was given up and what went well, each as itself", () =>
    Effect.gen(function* () {
      const own = new UsageError({ problem: "No prompt is given", fix: "Name a file." })
      const spans = yield* exported(
        Effect.all(
          [
            Effect.withSpan(Effect.succeed("hunter2"), "well"),
            Effect.withSpan(Effect.fail(own), "own"),
            Effect.withSpan(Effect.fail(new TypeError("hunter2")), "foreign"),
            Effect.withSpan(Effect.die("hunter2"), "defect"),
            Effect.withSpan(Effect.interrupt, "given up"),
            Effect.withSpan(Schema.decodeUnknown(Schema.Int)("hunter2"), "parse")
          ].map((each: Effect.Effect<unknown, unknown>) => Effect.exit(each))
        )
      )
      assert.deepStrictEqual(
        spans.map(({ attributes, events, name, status }) => [
          name,
          status.code,
          status.message,
          attributes["error.type"]?.value,
          attributes["aegis.interrupted"]?.value,
          events.map(({ attributes }) => plain(attributes))
        ]),
        [
          ["well", codes.unset, "", undefined, undefined, []],
          [
            "own",
            codes.error,
            own.message,
            "UsageError",
            undefined,
            [{ "exception.type": "UsageError", "exception.message": own.message }]
          ],
          ["foreign", codes.error, "TypeError", "TypeError", undefined, [{ "exception.type": "TypeError" }]],
          [
            "defect",
            codes.error,
            "UnknownError",
            "UnknownError",
            undefined,
            [{ "exception.type": "UnknownError" }]
          ],
          ["given up", codes.unset, "", undefined, true, []],
          ["parse", codes.error, "ParseError", "ParseError", undefined, [{ "exception.type": "ParseError" }]]
        ]
      )
      assert.notInclude(
        JSON.stringify(spans, (_, value: unknown) => String(value)),
        "hunter2"
      )
    })
  )

  it.live("hold no folder of this machine, nor what a logged cause says", () =>
    Effect.gen(function* () {
      const there = yield* collector
      const work = Effect.logError("told", new Error("hunter2")).pipe(
        Effect.zipRight(Effect.fail(new Error("hunter2"))),
        Effect.withSpan("work"),
        Effect.exit
      )
      yield* Effect.provide(work, Otel.layer(sendingTo(there)))
      const bytes = there.received.map(({ body }) => body.toString("latin1")).join("")
      assert.include(bytes, "work")
      assert.notInclude(bytes, "hunter2")
      assert.notInclude(bytes, process.cwd())
    }).pipe(Effect.scoped)
  )

  it.live("name a tool that is called, and nothing of what it is called with", () =>
    Effect.gen(function* () {
      const span = only(
        yield* exported(
          Effect.void.pipe(withSpanIfSeen("execute_tool search", () => toolAttributes("search")))
        )
      )
      assert.deepStrictEqual([span.name, span.kind], ["execute_tool search", kinds.internal])
      assert.deepStrictEqual(plain(span.attributes), {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "search",
        "gen_ai.tool.type": "function"
      })
    })
  )

  it.live("stand below one span of the command, which continues the trace of who started it", () =>
    Effect.gen(function* () {
      const traceId = "0af7651916cd43dd8448eb211c80319c"
      const env = { TRACEPARENT: `00-${traceId}-b7ad6b7169203331-01`, TRACESTATE: "vendor=1" }
      const failing = Effect.zipRight(
        Effect.withSpan(Effect.void, "inner"),
        Effect.fail(new UsageError({ problem: "No", fix: "Yes." }))
      )
      const [inner, command] = yield* exported(withCommandSpan(failing), env)
      assert.deepStrictEqual(
        [command?.name, command?.parentSpanId, command?.attributes["process.exit.code"]?.value],
        ["aegis", "b7ad6b7169203331", 2]
      )
      assert.strictEqual(inner?.parentSpanId, command?.spanId)
      for (const span of [inner, command]) {
        assert.deepStrictEqual([span?.traceId, span?.traceState], [traceId, "vendor=1"])
      }
      // the flags of opentelemetry-proto: sampled, and whether the parent is another process's is known, and so
      assert.deepStrictEqual([inner?.flags, command?.flags], [0x101, 0x301])
    })
  )

  it.live(
    "begin a trace of their own where what the environment says of one cannot be read, or is not asked for",
    () =>
      Effect.gen(function* () {
        const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        for (const env of [
          { TRACEPARENT: "00-xyz" },
          { TRACEPARENT: `00-${"0".repeat(32)}-b7ad6b7169203331-01` },
          { TRACEPARENT: good, OTEL_PROPAGATORS: "none" },
          { TRACEPARENT: good, OTEL_PROPAGATORS: "baggage" }
        ]) {
          const span = only(yield* exported(Effect.withSpan(Effect.void, "work"), env))
          assert.deepStrictEqual([span.parentSpanId, span.traceState], ["", ""])
          assert.notInclude(good, span.traceId)
        }
      })
  )

  it.live("are not sent where a parent or the sampler leaves them out, nor are those below", () =>
    Effect.gen(function* () {
      const work = Effect.withSpan(Effect.withSpan(Effect.void, "inner"), "outer")
      const unsampled = { TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00" }
      assert.lengthOf(yield* exported(work, unsampled), 0)
      assert.lengthOf(yield* exported(work, { OTEL_TRACES_SAMPLER: "always_off" }), 0)
      assert.lengthOf(yield* exported(work, { ...unsampled, OTEL_TRACES_SAMPLER: "always_on" }), 2)
      const half = { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.5" }
      const spans = yield* exported(Effect.replicateEffect(work, 64), half)
      assert.isTrue(spans.length > 0 && spans.length < 128)
      // whole or not at all
      assert.lengthOf(spans, 2 * new Set(spans.map(({ traceId }) => traceId)).size)
    })
  )
})
