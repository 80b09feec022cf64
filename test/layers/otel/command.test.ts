/** The command with a collector: what it sends, what it never sends, and what a dead collector costs. */
import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { performance } from "node:perf_hooks"
import { aegis, project } from "../../cli/support/command.js"
import { fakeAnthropic } from "../../support/fakes/index.js"
import { collector, metricsOf, plain, sendingTo, spansOf } from "./collector.js"

const key = "sk-ant-hunter2-key"
const secret = "hunter2 in a prompt"
const source = `---
provider: anthropic
model: claude-sonnet-5
---
<requirements>
Keep ${secret} to yourself.
</requirements>

Why ${secret}?
`

const usage = /^gen_ai\.usage\./

describe("the command with a collector", { timeout: 120_000 }, () => {
  it.scopedLive("sends one trace of what it did, in which a hit is no call, and counts of it", () =>
    Effect.gen(function* () {
      const there = yield* collector
      const provider = yield* fakeAnthropic({ answer: "Because." })
      const folder = yield* project({ "a.prompt.md": source })
      const traceId = "0af7651916cd43dd8448eb211c80319c"
      const env = {
        ...sendingTo(there),
        TRACEPARENT: `00-${traceId}-b7ad6b7169203331-01`,
        ANTHROPIC_API_KEY: key,
        AEGIS_ANTHROPIC_BASE_URL: provider.url
      }
      yield* aegis(folder, ["cache", "resolve", "a.prompt.md"], { env })
      there.received.length = 0
      const ran = yield* aegis(folder, ["run", "a.prompt.md", "--max-tokens", "50"], { env })
      assert.deepStrictEqual([ran.code, ran.stderr.includes("warn")], [0, false], ran.stderr)

      const spans = spansOf(there.received)
      assert.isTrue(spans.every((span) => span.traceId === traceId))
      const [command, ...others] = spans.filter(({ parentSpanId }) => parentSpanId === "b7ad6b7169203331")
      assert.deepStrictEqual(
        [command?.name, command?.attributes["process.exit.code"]?.value, others],
        ["aegis", 0, []]
      )
      const ids = new Set(spans.map(({ spanId }) => spanId))
      assert.isTrue(spans.every((span) => span === command || ids.has(span.parentSpanId)))

      const lookup = spans.find(({ name }) => name === "aegis.cache lookup")
      assert.deepStrictEqual([lookup?.kind, lookup?.attributes["aegis.cache.hit"]?.value], [1, true])
      const chat = spans.find(({ name }) => name === "chat claude-sonnet-5")
      assert.deepStrictEqual([chat?.kind, chat?.status.code], [3, 0])
      assert.deepInclude(plain(chat?.attributes ?? {}), {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.max_tokens": 50
      })
      assert.strictEqual(chat?.attributes["gen_ai.usage.cost"]?.type, "doubleValue")
      for (const span of spans) {
        if (span !== chat) assert.isEmpty(Object.keys(span.attributes).filter((name) => usage.test(name)))
      }
      const metrics = metricsOf(there.received)
      const requests = metrics.find(({ name }) => name === "aegis.cache.requests")
      assert.deepStrictEqual(
        requests?.points.map(({ attributes, value }) => [...Object.values(plain(attributes)), value]),
        [
          ["disk", "hit", 1],
          ["answer", "miss", 1]
        ]
      )
      assert.isTrue(metrics.every(({ name }) => /^(?:aegis|gen_ai)\./.test(name)))
    })
  )

  it.scopedLive("lets no key and no word of a prompt out, whether a call goes well or not", () =>
    Effect.gen(function* () {
      const there = yield* collector
      const provider = yield* fakeAnthropic({ answer: "Because." })
      const folder = yield* project({ "a.prompt.md": source, "bad.prompt.md": `${source}<requirements>\n` })
      const env = {
        ...sendingTo(there),
        OTEL_EXPORTER_OTLP_HEADERS: "authorization=hunter2-header",
        OTEL_METRIC_EXPORT_INTERVAL: "hunter2",
        AEGIS_DEBUG: "1",
        ANTHROPIC_API_KEY: key,
        AEGIS_ANTHROPIC_BASE_URL: provider.url
      }
      const echo = { type: "invalid_request_error", message: `${secret} with ${key}` }
      const codes: Array<number | null> = []
      const written: Array<string> = []
      for (const [words, status] of [
        [["cache", "why", "a.prompt.md"]],
        [["run", "a.prompt.md"]],
        [["run", "a.prompt.md"]],
        [["run", "a.prompt.md"], 400],
        [["run", "a.prompt.md"], 401],
        [["run", "bad.prompt.md"]],
        [["cache", "stats"]]
      ] as ReadonlyArray<readonly [ReadonlyArray<string>, number?]>) {
        if (status !== undefined) provider.script({ kind: "status", status, error: echo })
        const { code, stderr, stdout } = yield* aegis(folder, words, { env })
        codes.push(code)
        written.push(stdout, stderr)
      }
      assert.deepStrictEqual(codes, [0, 0, 0, 4, 4, 2, 0], written.join("\n"))
      assert.isAbove(spansOf(there.received).length, 20)
      assert.isAbove(metricsOf(there.received).length, 5)

      const outside = [...written, ...there.received.map(({ body }) => body.toString("latin1"))]
      assert.deepStrictEqual(
        outside.filter((text) => text.includes("hunter2")),
        []
      )
      // prompts lie in the blocks of the cache, which is what it is for; keys lie nowhere
      const kept = Fs.readdirSync(Path.join(folder, ".aegis"), { recursive: true, encoding: "utf8" })
        .map((name) => Path.join(folder, ".aegis", name))
        .filter((path) => Fs.statSync(path).isFile())
        .map((path) => Fs.readFileSync(path, "latin1"))
      assert.isTrue(kept.some((bytes) => bytes.includes(secret)))
      for (const text of [key, "hunter2-header"]) {
        assert.isFalse(
          kept.some((bytes) => bytes.includes(text)),
          text
        )
      }
      const database = new Database(Path.join(folder, ".aegis/cache.db"), { readonly: true })
      const tables = database
        .prepare<[], { name: string }>(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND (name LIKE 'telemetry%' OR name LIKE 'ledger%')"
        )
        .all()
      assert.isNotEmpty(tables)
      for (const { name } of tables) {
        const rows = database.prepare(`SELECT * FROM "${name}"`).all()
        assert.notInclude(JSON.stringify(rows), "hunter2")
      }
      database.close()
    })
  )

  it.scopedLive("is done in time though its collector is not there, or never answers", () =>
    Effect.gen(function* () {
      const there = yield* collector
      const folder = yield* project()
      const fastest = (env: Readonly<Record<string, string>>) =>
        Effect.gen(function* () {
          const times: Array<number> = []
          for (let i = 0; i < 5; i++) {
            there.answers.push("never", "never")
            const from = performance.now()
            const { code } = yield* aegis(folder, ["cache", "stats", "--namespace", "default"], { env })
            times.push(performance.now() - from)
            assert.strictEqual(code, 0)
          }
          return Math.min(...times)
        })
      yield* aegis(folder, ["cache", "resolve", "a.prompt.md"])
      const without = yield* fastest({})
      const refused = yield* fastest({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" })
      const silent = yield* fastest({ OTEL_EXPORTER_OTLP_ENDPOINT: there.url })
      if (process.env["AEGIS_SHOW_TIMES"] === "1")
        process.stdout.write(`without ${without}, refused ${refused}, silent ${silent} ms\n`)
      // the promise is 300 ms; on a machine that does other things the fastest of five are farther apart
      assert.isBelow(refused - without, 600)
      assert.isBelow(silent - without, 900)
    })
  )
})
