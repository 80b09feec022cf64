/** A real OpenTelemetry Collector, where the machine has one: it reads what is sent as it was meant. CONTRIBUTING.md says how to get it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Net from "node:net"
import type { AddressInfo } from "node:net"
import * as Path from "node:path"
import * as Otel from "../../../layers/Otel.js"
import { aegis, project } from "../../cli/support/command.js"
import { fakeAnthropic } from "../../support/fakes/index.js"
import { onPath } from "../../support/onPath.js"
import { tempDir } from "../../support/tempDir.js"
import { sendingTo } from "./collector.js"

const otelcol = onPath(["otelcol", "otelcol-contrib"], 3)

const freePort = Effect.async<number>((resume) => {
  const server = Net.createServer().listen(0, "127.0.0.1", () => {
    // listening on TCP, so its address is one
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

const configuration = (port: number): string => `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${port} } } } }
exporters: { debug: { verbosity: detailed } }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [debug] }
    metrics: { receivers: [otlp], exporters: [debug] }
`

interface Running {
  readonly url: string
  /** Ends it, and gives back all that it printed. */
  readonly ended: Effect.Effect<string>
}

/** A collector of its own. The configuration lies in a folder of this test. */
const running: Effect.Effect<Running, never, Scope.Scope> = Effect.gen(function* () {
  const file = Path.join(yield* tempDir, "collector.yaml")
  const port = yield* freePort
  Fs.writeFileSync(file, configuration(port))
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => ChildProcess.spawn(otelcol ?? "", ["--config", file])),
    (started) => Effect.sync(() => started.kill("SIGKILL"))
  )
  const exit = new Promise<void>((resolve) => child.once("close", () => resolve()))
  const closed = Effect.promise(() => exit)
  let log = ""
  const ready = Effect.async<void>((resume) => {
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      log += chunk
      if (log.includes("Everything is ready")) resume(Effect.void)
    })
  })
  const failed = Effect.flatMap(closed, () => Effect.dieMessage(`the collector did not start:\n${log}`))
  yield* Effect.raceFirst(ready, failed)
  return {
    url: `http://127.0.0.1:${port}`,
    ended: Effect.sync(() => child.kill("SIGTERM")).pipe(
      Effect.zipRight(closed),
      Effect.map(() => log)
    )
  }
})

type Fields = Readonly<Record<string, string>>

/** What is printed of one span, metric or point: a line for each field, `Name : value`. What is nested follows, and does not count. */
const fieldsOf = (text: string): Fields =>
  Object.fromEntries(
    [...text.matchAll(/^ *(?:-> )?([\w. ]+?) *: (.*)$/gm)]
      .map(([, name = "", value = ""]) => [name, value])
      .reverse()
  )

/** The parts that begin with this heading and a number. */
const partsOf = (text: string, heading: string): ReadonlyArray<string> =>
  text.split(new RegExp(`^${heading} #\\d+$`, "m")).slice(1)

const spanNamed = (log: string, name: string): Fields =>
  partsOf(log, "Span")
    .map(fieldsOf)
    .find((span) => span["Name"] === name) ?? {}

/** The metric of this name, and each of its points. */
const metricNamed = (log: string, name: string): readonly [Fields, ReadonlyArray<Fields>] => {
  const text = partsOf(log, "Metric").find((part) => fieldsOf(part)["Name"] === name) ?? ""
  return [
    fieldsOf(text.split("DataPoints #")[0] ?? ""),
    partsOf(text, "(?:Number|Histogram)DataPoints").map(fieldsOf)
  ]
}

const secret = "hunter2 in a prompt"
const key = "sk-ant-hunter2-key"

describe.skipIf(otelcol === undefined)("a real collector", () => {
  it.scopedLive("reads spans and metrics of the command: names, kinds, types, units and times", () =>
    Effect.gen(function* () {
      const there = yield* running
      const provider = yield* fakeAnthropic({ answer: "Because." })
      const folder = yield* project({
        "a.prompt.md": `---\nprovider: anthropic\nmodel: claude-sonnet-5\n---\n\n${secret}\n`
      })
      const traceId = "0af7651916cd43dd8448eb211c80319c"
      const env = {
        ...sendingTo(there),
        OTEL_SERVICE_NAME: "shop",
        TRACEPARENT: `00-${traceId}-b7ad6b7169203331-01`,
        ANTHROPIC_API_KEY: key,
        AEGIS_ANTHROPIC_BASE_URL: provider.url
      }
      const ran = yield* aegis(folder, ["run", "a.prompt.md", "--max-tokens", "50"], { env })
      assert.deepStrictEqual([ran.code, ran.stderr.includes("warn")], [0, false], ran.stderr)
      const log = yield* there.ended
      assert.notInclude(log, "hunter2")
      assert.notMatch(log, /\t(?:warn|error)\t/)

      const resource = fieldsOf(log)
      assert.strictEqual(resource["service.name"], "Str(shop)")
      assert.match(resource["telemetry.sdk.name"] ?? "", /^Str\(aegis\)$/)
      const chat = spanNamed(log, "chat claude-sonnet-5")
      assert.deepInclude(chat, {
        "Trace ID": traceId,
        Kind: "Client",
        "Status code": "Unset",
        "gen_ai.provider.name": "Str(anthropic)",
        "gen_ai.request.max_tokens": "Int(50)",
        "gen_ai.response.finish_reasons": 'Slice(["stop"])'
      })
      assert.match(chat["gen_ai.usage.input_tokens"] ?? "", /^Int\([1-9]\d*\)$/)
      assert.match(chat["gen_ai.usage.cost"] ?? "", /^Double\(0\.\d+\)$/)
      assert.isBelow(Date.parse(timeOf(chat["Start time"])), Date.parse(timeOf(chat["End time"])))
      assert.deepInclude(spanNamed(log, "aegis"), {
        "Parent ID": "b7ad6b7169203331",
        Kind: "Internal",
        "process.exit.code": "Int(0)"
      })

      const [requests, points] = metricNamed(log, "aegis.cache.requests")
      assert.deepInclude(requests, {
        Unit: "{request}",
        DataType: "Sum",
        IsMonotonic: "true",
        AggregationTemporality: "Cumulative"
      })
      assert.deepStrictEqual(
        points.map((point) => [point["aegis.cache.tier"], point["aegis.cache.result"], point["Value"]]),
        [
          ["Str(none)", "Str(miss)", "1"],
          ["Str(answer)", "Str(miss)", "1"]
        ]
      )
      const [duration, [taken]] = metricNamed(log, "gen_ai.client.operation.duration")
      assert.deepInclude(duration, { Unit: "s", DataType: "Histogram" })
      assert.strictEqual(taken?.["Count"], "1")
      const [cost] = metricNamed(log, "aegis.cost.usd")
      assert.deepInclude(cost, { Unit: "{USD}", DataType: "Sum" })
    })
  )

  it.scopedLive("reads a failed span as failed, and one that was given up as neither", () =>
    Effect.gen(function* () {
      const there = yield* running
      const work = Effect.all(
        [
          Effect.fail(new Error(secret)).pipe(Effect.withSpan("fails")),
          Effect.interrupt.pipe(Effect.withSpan("is given up"))
        ],
        { mode: "either" }
      )
      yield* Effect.exit(Effect.provide(work, Otel.layer(sendingTo(there))))
      const log = yield* there.ended
      assert.deepInclude(spanNamed(log, "fails"), { "Status code": "Error", "error.type": "Str(Error)" })
      assert.deepInclude(spanNamed(log, "is given up"), {
        "Status code": "Unset",
        "aegis.interrupted": "Bool(true)"
      })
      assert.notInclude(log, "hunter2")
    })
  )

  it.scopedLive("adds up deltas, where they are asked for", () =>
    Effect.gen(function* () {
      const there = yield* running
      const folder = yield* project()
      const env = { ...sendingTo(there), OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta" }
      yield* aegis(folder, ["cache", "resolve", "a.prompt.md"], { env })
      const [requests] = metricNamed(yield* there.ended, "aegis.cache.requests")
      assert.deepInclude(requests, { AggregationTemporality: "Delta", IsMonotonic: "true" })
    })
  )
})

/** A time as it is printed, as one that `Date` reads. */
const timeOf = (text = ""): string => text.replace(/^(\S+) (\d+:\d+:\d+\.\d{3}).*$/, "$1T$2Z")
