/** How exports go: to where they were asked to, again where that helps, and never longer than they may take. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Otel from "../../../layers/Otel.js"
import * as Exporter from "../../../layers/otel/exporter.js"
import type { ScaffoldId } from "../../../src/domain/Ids.js"
import type { Millis, TokenCount, Usd } from "../../../src/domain/Measures.js"
import { layerMetered } from "../../../src/services/Meter.js"
import * as Telemetry from "../../../src/services/Telemetry.js"
import { collector, metricsOf, plain, sendingTo, spansOf, type Collector } from "./collector.js"

const heard = (): { readonly told: Array<string>; readonly layer: Layer.Layer<never> } => {
  const told: Array<string> = []
  const logger = Logger.make(({ message }) => void told.push(String(message)))
  return { told, layer: Logger.replace(Logger.defaultLogger, logger) }
}

const outletTo = ({ url }: Pick<Collector, "url">, bodies: Array<Uint8Array>): Exporter.Outlet => ({
  kind: "traces",
  destination: { url: `${url}/v1/traces`, headers: {}, timeout: 10_000, interval: 1000 },
  next: () => bodies.shift()
})

const options = { agent: "aegis/1", patience: "250 millis" } as const

/** An operation of the ledger. */
const event = (more: Partial<Telemetry.TelemetryEvent>): Telemetry.TelemetryEvent => ({
  at: 0,
  // figures and an id that are what their brands say
  scaffoldId: "5608cfab-69c8-5411-a17c-6dc96433b23b" as ScaffoldId,
  operation: "resolve",
  outcome: "hit",
  tokenCount: 1 as TokenCount,
  cost: Option.some(1 as Usd),
  latency: 40 as Millis,
  cacheHit: true,
  metadata: { tier: "memory" },
  ...more
})

describe("an exporter", () => {
  it.live("sends with the headers that were asked for, as protobuf", () =>
    Effect.gen(function* () {
      const there = yield* collector
      const { received, url } = there
      const env = {
        ...sendingTo({ url: `${url}/` }),
        OTEL_EXPORTER_OTLP_HEADERS: "x-team=prompts%20and%20runs"
      }
      yield* Effect.provide(Effect.withSpan(Effect.void, "work"), Otel.layer(env, "1.2.3"))
      assert.lengthOf(received, 1)
      assert.strictEqual(received[0]?.path, "/v1/traces")
      assert.deepInclude(received[0]?.headers, {
        "x-team": "prompts and runs",
        "content-type": "application/x-protobuf",
        "user-agent": "aegis/1.2.3"
      })
    }).pipe(Effect.scoped)
  )

  it.live(
    "sends again what a busy collector did not take, and says so once where it is refused for good",
    () =>
      Effect.gen(function* () {
        const there = yield* collector
        const { layer, told } = heard()
        const send = (...answers: ReadonlyArray<number>) =>
          Effect.gen(function* () {
            there.answers.push(...answers)
            there.received.length = 0
            const bodies = [Uint8Array.of(1)]
            yield* Effect.scoped(
              Effect.zipRight(
                Exporter.run(
                  [
                    {
                      ...outletTo(there, bodies),
                      destination: { ...outletTo(there, []).destination, interval: 1 }
                    }
                  ],
                  options
                ),
                Effect.repeat(Effect.sleep("5 millis"), {
                  until: () => there.received.length > answers.length - 1 && there.answers.length === 0
                })
              )
            )
            return there.received.length
          }).pipe(Effect.provide(layer))
        assert.strictEqual(yield* send(503, 200), 2)
        assert.deepStrictEqual(told, [])
        assert.strictEqual(yield* send(400), 1)
        assert.deepStrictEqual(told, ["OpenTelemetry: traces could not be sent (status 400)"])
      }).pipe(Effect.scoped)
  )

  it.live("sends everything at the end, in as many requests as it takes", () =>
    Effect.gen(function* () {
      const there = yield* collector
      const { received } = there
      const work = Effect.replicateEffect(Effect.withSpan(Effect.void, "work"), 2100, { discard: true })
      yield* Effect.provide(work, Otel.layer(sendingTo(there)))
      assert.lengthOf(spansOf(received), 2100)
      assert.lengthOf(received, 2)
    }).pipe(Effect.scoped)
  )

  it.live("sends that work was given up, though it ends by that itself", () =>
    Effect.gen(function* () {
      const there = yield* collector
      const begun = yield* Effect.makeLatch()
      const work = Effect.withSpan(Effect.zipRight(begun.open, Effect.never), "work")
      const fiber = yield* Effect.fork(Effect.provide(work, Otel.layer(sendingTo(there), "1")))
      yield* begun.await
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(
        spansOf(there.received).map(({ attributes, name }) => [name, plain(attributes)]),
        [["work", { "aegis.interrupted": true }]]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("waits for collectors that never answer once and for all, not one after the other", () =>
    Effect.gen(function* () {
      const there = yield* collector
      there.answers.push("never", "never")
      const { layer, told } = heard()
      const outlet = outletTo(there, [Uint8Array.of(1)])
      const second = { ...outletTo(there, [Uint8Array.of(2)]), kind: "metrics" as const }
      const fiber = yield* Effect.fork(
        Effect.scoped(Exporter.run([outlet, second], options)).pipe(Effect.provide(layer))
      )
      yield* TestClock.adjust("249 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(told.toSorted(), [
        "OpenTelemetry: metrics could not be sent (no answer at the end)",
        "OpenTelemetry: traces could not be sent (no answer at the end)"
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("does not wait at all for one that is not there", () =>
    Effect.gen(function* () {
      const { layer, told } = heard()
      // no time passes here: whoever waited would wait for ever
      yield* Effect.scoped(
        Exporter.run([outletTo({ url: "http://127.0.0.1:9" }, [Uint8Array.of(1)])], options)
      ).pipe(Effect.provide(layer))
      assert.deepStrictEqual(told, ["OpenTelemetry: traces could not be sent (ECONNREFUSED)"])
    })
  )

  it.live("tells what cannot be obeyed, and gives a result all the same", () =>
    Effect.gen(function* () {
      const { layer, told } = heard()
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }
      const work = Effect.withSpan(Effect.succeed(42), "work")
      assert.strictEqual(yield* Effect.provide(work, Layer.provide(Otel.layer(env), layer)), 42)
      assert.deepStrictEqual(
        told.map((text) => text.includes("http/protobuf")),
        [true, true]
      )
      const odd = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_EXPORTER_OTLP_HEADERS: "a=%0Ab" }
      assert.strictEqual(yield* Effect.provide(work, Otel.layer(odd)), 42)
    })
  )
})

describe("metrics at the collector", () => {
  const work = Effect.gen(function* () {
    const ledger = yield* Telemetry.Telemetry
    ledger.unsafeRecord(() => event({}))
    yield* ledger.record(event({}))
    yield* ledger.record(
      event({ operation: "execute", outcome: "miss", provider: "openai", model: "m", metadata: {} })
    )
  }).pipe(Effect.provide(layerMetered(Telemetry.layerMemory)))

  it.live("have their names, units, kinds, types and boundaries, and nothing of Effect's own", () =>
    Effect.gen(function* () {
      const there = yield* collector
      const { received } = there
      yield* Effect.provide(work, Otel.layer(sendingTo(there)))
      const metrics = metricsOf(received)
      assert.deepStrictEqual(
        metrics.map(({ isMonotonic, kind, name, temporality, unit }) => [
          name,
          unit,
          kind,
          isMonotonic,
          temporality
        ]),
        [
          ["aegis.cache.requests", "{request}", "sum", true, 2],
          ["gen_ai.client.operation.duration", "s", "histogram", false, 2],
          ["aegis.cost.usd", "{USD}", "sum", true, 2]
        ]
      )
      const [requests, duration, cost] = metrics
      assert.deepStrictEqual(
        requests?.points.map(({ attributes, isInteger, value }) => [plain(attributes), value, isInteger]),
        [
          [{ "aegis.cache.tier": "memory", "aegis.cache.result": "hit" }, 2, true],
          [{ "aegis.cache.tier": "answer", "aegis.cache.result": "miss" }, 1, true]
        ]
      )
      const point = duration?.points[0]
      // gen-ai-metrics.md: 0.01, 0.02, 0.04 ... 81.92; a bucket holds its own boundary
      assert.deepStrictEqual(
        [point?.bounds[0], point?.bounds.at(-1), point?.bounds.length],
        [0.01, 81.92, 14]
      )
      assert.deepStrictEqual(point?.buckets, [0, 0, 1, ...Array.from({ length: 12 }, () => 0)])
      assert.deepStrictEqual([point?.count, point?.value], [1, 0.04])
      assert.deepStrictEqual(
        cost?.points.map(({ attributes, isInteger, value }) => [plain(attributes)["kind"], value, isInteger]),
        [["spent", 1, false]]
      )
    }).pipe(Effect.scoped)
  )

  it.live("are not counted where nobody receives them, and the ledger is as it was", () =>
    Effect.gen(function* () {
      const there = yield* collector
      const { received } = there
      const env = { ...sendingTo(there), OTEL_METRICS_EXPORTER: "none" }
      yield* Effect.provide(work, Otel.layer(env))
      assert.deepStrictEqual(received, [])
      const bare = yield* Effect.provide(Telemetry.Telemetry, Telemetry.layerMemory)
      const metered = yield* Effect.provide(
        Telemetry.Telemetry,
        layerMetered(Layer.succeed(Telemetry.Telemetry, bare))
      )
      assert.strictEqual(metered, bare)
    }).pipe(Effect.scoped)
  )
})
