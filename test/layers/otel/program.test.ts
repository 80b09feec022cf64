/** Programs: telemetry below Aegis, a tracer of their own, and the tools that runs call. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { AegisTest } from "../../../layers/AegisTest.js"
import { layerWith } from "../../../layers/AegisLive.js"
import * as Otel from "../../../layers/Otel.js"
import * as Aegis from "../../../src/services/Aegis.js"
import * as Recorder from "../../../src/services/Recorder.js"
import { resolveScaffold } from "../../../src/services/resolveScaffold.js"
import { project } from "../../cli/support/command.js"
import { collector, metricsOf, plain, sendingTo, spansOf } from "./collector.js"

const input = { prompt: "hunter2", provider: "anthropic", model: "claude-sonnet-5" } as const

describe("a program", () => {
  it.scopedLive("sends spans and metrics with the exporter below Aegis", () =>
    Effect.gen(function* () {
      const there = yield* collector
      const { received } = there
      const cwd = yield* project()
      const otel = Otel.layer(sendingTo(there))
      const aegis = layerWith({ cwd, env: {}, flags: {} }).pipe(Layer.provideMerge(otel))
      yield* Effect.zipRight(resolveScaffold(input), resolveScaffold(input)).pipe(Effect.provide(aegis))
      const outcomes = spansOf(received)
        .filter(({ name }) => name === "aegis.cache lookup")
        .map(({ attributes }) => attributes["aegis.cache.outcome"]?.value)
      assert.deepStrictEqual(outcomes, ["miss", "hit"])
      const requests = metricsOf(received).find(({ name }) => name === "aegis.cache.requests")
      assert.deepStrictEqual(
        requests?.points.map(({ attributes, value }) => [...Object.values(plain(attributes)), value]),
        [
          ["none", "miss", 1],
          ["memory", "hit", 1]
        ]
      )
      assert.notInclude(received.map(({ body }) => body.toString("latin1")).join(""), "hunter2")
    })
  )

  it.scopedLive("has a span for each tool that is called, and none for one that is replayed", () =>
    Effect.gen(function* () {
      const there = yield* collector
      const { received } = there
      const run = Aegis.run(
        "agent",
        { input: {} },
        Effect.map(
          Aegis.node("plan", "answer", {}, () =>
            Aegis.tool("search", { for: "hunter2" }, Effect.succeed("hunter2"))
          ),
          ({ value }) => value
        )
      )
      const work = Effect.gen(function* () {
        const recorded = yield* run.pipe(Effect.provide(Recorder.layer({ mode: "record" })))
        const recording = Option.getOrThrow(recorded.recording)
        yield* run.pipe(Effect.provide(Recorder.layer({ mode: "strict", recording })))
      })
      yield* Effect.provide(work, AegisTest.pipe(Layer.provideMerge(Otel.layer(sendingTo(there)))))
      const tools = spansOf(received).filter(({ name }) => name.startsWith("execute_tool"))
      assert.deepStrictEqual(
        tools.map(({ attributes, kind, name }) => [name, kind, plain(attributes)]),
        [
          [
            "execute_tool search",
            1,
            {
              "gen_ai.operation.name": "execute_tool",
              "gen_ai.tool.name": "search",
              "gen_ai.tool.type": "function"
            }
          ]
        ]
      )
      assert.notInclude(received.map(({ body }) => body.toString("latin1")).join(""), "hunter2")
    })
  )
})
