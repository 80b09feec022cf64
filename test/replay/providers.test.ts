/** Calls of providers in a run: recorded frame by frame, and replayed without a network or a key. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SyntaxTreesOxc from "../../layers/replay/SyntaxTreesOxc.js"
import { layerRuns } from "../../layers/RunStores.js"
import { Recorder, layer as recorder } from "../../src/services/Recorder.js"
import { layerMemory } from "../../src/services/runStorageMemory.js"
import {
  collect,
  fakeOf,
  key,
  providers,
  requestsOf,
  resolvedOf,
  wireOf
} from "../layers/providers/wire/support.js"

const stores = Layer.merge(layerRuns(layerMemory("default")), SyntaxTreesOxc.layer)

describe.each(providers)("%s in a run", (provider) => {
  const { model, small } = requestsOf(provider)
  const resolved = resolvedOf(provider, model, small)

  const program = (wire: Effect.Effect.Success<ReturnType<typeof wireOf>>) =>
    Effect.flatMap(Recorder, ({ node, run }) =>
      run(
        "ask",
        {},
        Effect.gen(function* () {
          const whole = yield* node("module", "whole", {}, () =>
            Effect.map(wire.execute(resolved), ({ attempts, content, latency, usage }) => ({
              attempts,
              content,
              latency,
              output: usage.output
            }))
          )
          const streamed = yield* node("module", "streamed", { whole }, () =>
            Effect.map(collect(wire.stream(resolved)), ({ result, text }) => ({
              text,
              latency: result?.latency ?? -1
            }))
          )
          return { whole: whole.value, streamed: streamed.value }
        })
      )
    )

  it.scopedLive("is asked once, and replayed with its answers, streams and times", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider, { key })
      const wire = yield* wireOf(provider, fake.url)
      const recorded = yield* program(wire).pipe(Effect.provide(recorder({ mode: "record" })))
      const recording = Option.getOrThrow(recorded.recording)
      assert.isAbove(recorded.value.whole.content.length, 0)
      assert.strictEqual(recorded.value.streamed.text, recorded.value.whole.content)
      const asked = fake.requests.length
      const replayed = yield* program(wire).pipe(Effect.provide(recorder({ mode: "strict", recording })))
      assert.deepStrictEqual(replayed.value, recorded.value)
      assert.strictEqual(fake.requests.length, asked)
      assert.isTrue(replayed.verdicts.every(({ verdict }) => verdict === "IDENTICAL"))
    }).pipe(Effect.provide(stores))
  )
})
