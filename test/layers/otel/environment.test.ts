/** What the environment asks for, by the variables of OpenTelemetry's specification. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { type Environment, wantedOf } from "../../../layers/otel/environment.js"
import { pairsOf } from "../../../layers/otel/pairs.js"
import { samplerOf, samplers } from "../../../layers/otel/sampler.js"

const base = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318/" }
const problemsOf = (env: Environment): ReadonlyArray<string> => wantedOf({ ...base, ...env })?.problems ?? []

describe("the environment", () => {
  it("asks for nothing without an address, or where OpenTelemetry is switched off", () => {
    for (const env of [
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: " " },
      { OTEL_SERVICE_NAME: "a", TRACEPARENT: "b", AEGIS_OTEL_DIALECT: "nonsense" },
      { ...base, OTEL_SDK_DISABLED: "TRUE" },
      { ...base, OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" }
    ]) {
      assert.isUndefined(wantedOf(env))
    }
  })

  it("gives each kind its path below the common address, or its own address as it stands", () => {
    const wanted = wantedOf({ ...base, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "https://m.example/otlp" })
    assert.strictEqual(wanted?.traces?.url, "http://c:4318/v1/traces")
    assert.strictEqual(wanted?.metrics?.url, "https://m.example/otlp")
    const alone = wantedOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://t/" })
    assert.deepStrictEqual([alone?.traces?.url, alone?.metrics], ["http://t/", undefined])
  })

  it("sends a kind its own headers over the common ones, and its own time", () => {
    const wanted = wantedOf({
      ...base,
      OTEL_EXPORTER_OTLP_HEADERS: "a=1,b=2",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "b=x%20y",
      OTEL_EXPORTER_OTLP_TIMEOUT: "2000",
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: "30",
      OTEL_METRIC_EXPORT_INTERVAL: "1000"
    })
    assert.deepInclude(wanted?.traces, { headers: { a: "1", b: "x y" }, timeout: 2000, interval: 5000 })
    assert.deepInclude(wanted?.metrics, { headers: { a: "1", b: "2" }, timeout: 30, interval: 1000 })
  })

  it("turns off a kind by its exporter alone", () => {
    const wanted = wantedOf({ ...base, OTEL_METRICS_EXPORTER: "none" })
    assert.isDefined(wanted?.traces)
    assert.isUndefined(wanted.metrics)
    assert.deepStrictEqual(wanted.problems, [])
  })

  it("has no metrics for Langfuse, which takes none, unless they have an address", () => {
    assert.isUndefined(wantedOf({ ...base, AEGIS_OTEL_DIALECT: "langfuse" })?.metrics)
    const given = {
      AEGIS_OTEL_DIALECT: "langfuse",
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://m/v1/metrics"
    }
    assert.isDefined(wantedOf({ ...base, ...given })?.metrics)
  })

  it.each([
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, /_PROTOCOL asks for another protocol than http\/protobuf/],
    [{ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json" }, /_TRACES_PROTOCOL asks .* no traces are sent/],
    [{ OTEL_TRACES_EXPORTER: "zipkin" }, /OTEL_TRACES_EXPORTER knows otlp and none/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" }, /OTEL_EXPORTER_OTLP_ENDPOINT is no http address/],
    [{ AEGIS_OTEL_PATIENCE_MS: "-1" }, /AEGIS_OTEL_PATIENCE_MS is no number of milliseconds; it is 150/],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: "10s" }, /_TIMEOUT is no number of milliseconds; it is 10000/],
    [
      { OTEL_TRACES_SAMPLER: "jaeger_remote" },
      /OTEL_TRACES_SAMPLER knows always_on, .*it is parentbased_always_on/
    ],
    [{ OTEL_TRACES_SAMPLER_ARG: "2" }, /OTEL_TRACES_SAMPLER_ARG is no ratio/],
    [{ OTEL_PROPAGATORS: "b3" }, /OTEL_PROPAGATORS knows tracecontext alone/],
    [
      { OTEL_RESOURCE_ATTRIBUTES: "a=%zz,b=1" },
      /OTEL_RESOURCE_ATTRIBUTES cannot be read; none of it is used/
    ],
    [{ AEGIS_OTEL_DIALECT: "phoenix" }, /AEGIS_OTEL_DIALECT knows established, latest and langfuse; it is/]
  ])("says what it cannot obey: %o", (env, problem) => {
    const problems = problemsOf(env)
    assert.match(problems[0] ?? "", problem)
    assert.isAtMost(problems.length, 2)
  })

  it("never repeats a value, for a key may stand in any of them", () => {
    const names = [
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      "OTEL_EXPORTER_OTLP_PROTOCOL",
      "OTEL_EXPORTER_OTLP_TIMEOUT",
      "OTEL_EXPORTER_OTLP_HEADERS",
      "OTEL_TRACES_EXPORTER",
      "OTEL_METRICS_EXPORTER",
      "OTEL_TRACES_SAMPLER",
      "OTEL_TRACES_SAMPLER_ARG",
      "OTEL_PROPAGATORS",
      "OTEL_RESOURCE_ATTRIBUTES",
      "AEGIS_OTEL_DIALECT"
    ]
    for (const name of names) assert.notInclude(problemsOf({ [name]: "hunter2%zz" }).join(), "hunter2")
  })

  it("names the service by its own variable, else by the resource, else aegis", () => {
    const resource = { OTEL_RESOURCE_ATTRIBUTES: "service.name=shop,team=a%3Db" }
    const nameOf = (env: Environment) => wantedOf({ ...base, ...env })?.resource
    assert.deepStrictEqual(nameOf({}), { "service.name": "aegis" })
    assert.deepStrictEqual(nameOf(resource), { "service.name": "shop", team: "a=b" })
    assert.deepInclude(nameOf({ ...resource, OTEL_SERVICE_NAME: "mine" }), { "service.name": "mine" })
  })

  it("has totals since the start, or since the last export where that is preferred", () => {
    const name = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
    assert.deepStrictEqual(
      [undefined, "Delta", "lowmemory", "cumulative"].map(
        (text) => wantedOf({ ...base, [name]: text })?.temporality
      ),
      ["cumulative", "delta", "delta", "cumulative"]
    )
  })
})

describe("pairs", () => {
  it("are read as the specification writes them, and what cannot be read is left out", () => {
    assert.deepStrictEqual(pairsOf("a=1, b=x%3Dy=z ,bad,=no,c=%zz"), {
      pairs: { a: "1", b: "x=y=z" },
      unreadable: true
    })
    assert.deepStrictEqual(pairsOf(" , "), { pairs: {}, unreadable: false })
  })

  it("come back as they were written, whatever they are", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.dictionary(
          FastCheck.stringMatching(/^[a-z]{1,8}$/),
          FastCheck.string({ unit: "grapheme" })
        ),
        (pairs) => {
          const text = Object.entries(pairs).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
          assert.deepStrictEqual({ ...pairsOf(text.join(",")).pairs }, { ...pairs })
        }
      )
    )
  })
})

describe("a sampler", () => {
  const ids = FastCheck.stringMatching(/^[0-9a-f]{32}$/)

  it("by ratio takes with a trace every trace that a smaller ratio takes", () => {
    FastCheck.assert(
      FastCheck.property(ids, FastCheck.double({ min: 0, max: 1, noNaN: true }), (traceId, ratio) => {
        const [less, more] = [samplerOf("traceidratio", ratio / 2), samplerOf("traceidratio", ratio)]
        if (less?.(traceId, undefined)) assert.isTrue(more?.(traceId, undefined))
        assert.isTrue(samplerOf("traceidratio", 1)?.(traceId, undefined))
        assert.isFalse(samplerOf("traceidratio", 0)?.(traceId, undefined))
      })
    )
  })

  it("by ratio decides by the random half of the id, as other services do", () => {
    const sampler = samplerOf("traceidratio", 0.25)
    const idOf = (last: string): string => "f".repeat(18) + last
    assert.deepStrictEqual(
      ["c0000000000000", "bfffffffffffff", "00000000000000"].map((last) => sampler?.(idOf(last), undefined)),
      [true, false, false]
    )
  })

  it("asks the parent first where its name says so, and never otherwise", () => {
    for (const name of samplers) {
      const sampler = samplerOf(name, 0)
      for (const sampled of [true, false]) {
        const expected = name.startsWith("parentbased_") ? sampled : name === "always_on"
        assert.strictEqual(sampler?.("0".repeat(32), sampled), expected, name)
      }
    }
    for (const name of ["parentbased_", "toString", "parentbased_toString", "ALWAYS_ON"]) {
      assert.isUndefined(samplerOf(name, 1))
    }
  })
})
