/** A run that is recorded and replayed gives the same, whatever it does side by side, and whenever it asks for time and chance. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { ArtifactStore } from "../../src/services/ArtifactStore.js"
import { CheckpointStore } from "../../src/services/CheckpointStore.js"
import { Recorder, layer as recorder, type RecorderOptions } from "../../src/services/Recorder.js"
import * as Recordings from "../../src/services/Recordings.js"
import { storesInMemory } from "./support/stores.js"

/** A program over a recorder of its own, upon stores that all of a test share. */
const by = <A, E, R>(options: RecorderOptions, program: Effect.Effect<A, E, R>) =>
  Effect.provide(program, recorder(options))

const idOf = (recording: Option.Option<string>): string => Option.getOrThrow(recording)

describe("a recorded run", () => {
  const agent = (calls: { made: number }) =>
    Effect.gen(function* () {
      const { node, read, run, tool } = yield* Recorder
      return yield* run(
        "agent",
        { input: { goal: "a shop", style: "tabs" } },
        Effect.gen(function* () {
          const plan = yield* node("plan", "plan", { goal: yield* read("goal") }, ({ goal }) =>
            tool(
              "model",
              { prompt: `plan ${String(goal)}` },
              Effect.sync(() => [++calls.made, "cart", "till"])
            )
          )
          const files = yield* Effect.forEach(
            ["cart", "till", "exit"],
            (name) =>
              node("file", name, { plan }, () =>
                Effect.gen(function* () {
                  const style = name === "till" ? yield* read("style") : "none"
                  const text = yield* tool(
                    "model",
                    { prompt: `${name} ${String(style)}` },
                    Effect.sync(() => `${name} ${++calls.made}`)
                  )
                  return {
                    text,
                    at: yield* Clock.currentTimeMillis,
                    dice: yield* Random.nextIntBetween(0, 1_000_000)
                  }
                })
              ),
            { concurrency: "unbounded" }
          )
          return files.map(({ value }) => value)
        })
      )
    })

  it.live("is replayed without doing anything, and every node is identical", () =>
    Effect.gen(function* () {
      const calls = { made: 0 }
      const recorded = yield* by({ mode: "record" }, agent(calls))
      assert.strictEqual(calls.made, 4)
      const recording = idOf(recorded.recording)
      const replayed = yield* by({ mode: "strict", recording }, agent(calls))
      assert.strictEqual(calls.made, 4)
      assert.deepStrictEqual(replayed.value, recorded.value)
      assert.deepStrictEqual(
        replayed.verdicts.map(({ verdict }) => verdict),
        ["IDENTICAL", "IDENTICAL", "IDENTICAL", "IDENTICAL", "IDENTICAL"]
      )
    }).pipe(Effect.provide(storesInMemory))
  )

  it.live("runs again only what reads what was changed", () =>
    Effect.gen(function* () {
      const calls = { made: 0 }
      const recorded = yield* by({ mode: "record" }, agent(calls))
      const recording = idOf(recorded.recording)
      const again = yield* by(
        { mode: "incremental", recording, overrides: { input: { style: "spaces" } } },
        agent(calls)
      )
      assert.strictEqual(calls.made, 5)
      assert.deepStrictEqual(
        again.verdicts.map(({ name, reason, verdict }) => [verdict, name, reason]),
        [
          ["REUSED", "plan", undefined],
          ["REUSED", "cart", undefined],
          ["REUSED", "exit", undefined],
          ["EXECUTED", "till", "style changed"],
          ["EXECUTED", "agent", "it is the run"]
        ].sort(
          (one, other) =>
            again.verdicts.findIndex(({ name }) => name === one[1]) -
            again.verdicts.findIndex(({ name }) => name === other[1])
        )
      )
      // the recorded run is as it was, and the new one can be replayed as well
      const first = yield* by({ mode: "strict", recording }, agent(calls))
      assert.deepStrictEqual(first.value, recorded.value)
      const second = yield* by({ mode: "strict", recording: idOf(again.recording) }, agent(calls))
      assert.deepStrictEqual(second.value, again.value)
      assert.strictEqual(calls.made, 5)
      const tip = yield* (yield* CheckpointStore).load(idOf(again.recording))
      assert.strictEqual(Option.getOrThrow(tip).parentId, recording)
    }).pipe(Effect.provide(storesInMemory))
  )

  it.live("gives what was taken over an order of its own among all that ended", () =>
    Effect.gen(function* () {
      const calls = { made: 0 }
      const recorded = yield* by({ mode: "record" }, agent(calls))
      const recording = idOf(recorded.recording)
      const again = yield* by(
        { mode: "incremental", recording, overrides: { input: { style: "spaces" } } },
        agent(calls)
      )
      const { nodes } = yield* (yield* Recordings.Recordings).load(idOf(again.recording))
      const orders = nodes.flatMap(({ order, steps }) => [order, ...steps.map((step) => step.order)])
      assert.strictEqual(new Set(orders).size, orders.length)
    }).pipe(Effect.provide(storesInMemory))
  )

  it.live("keeps with a node what it made, takes it over, and compares it as code", () =>
    Effect.gen(function* () {
      const write = (text: string, style: string) =>
        Effect.gen(function* () {
          const { artifact, node, read, run } = yield* Recorder
          return yield* run(
            "writer",
            { input: { style } },
            Effect.gen(function* () {
              for (const name of ["a.ts", "b.ts"]) {
                yield* node("file", name, {}, () =>
                  Effect.gen(function* () {
                    if (name === "a.ts") yield* read("style")
                    yield* artifact({ type: "code", content: text, name })
                    return "written"
                  })
                )
              }
            })
          )
        })
      const recorded = yield* by({ mode: "record" }, write("export const a = 1", "tabs"))
      const recording = idOf(recorded.recording)
      const artifacts = (id: string) =>
        Effect.flatMap(ArtifactStore, ({ listScratchpads }) => listScratchpads(id)).pipe(
          Effect.map((all) => all.map(({ content, name }) => `${name}: ${content}`).sort())
        )
      assert.deepStrictEqual(yield* artifacts(recording), [
        "a.ts: export const a = 1",
        "b.ts: export const a = 1"
      ])
      const verdicts = (text: string) =>
        Effect.map(by({ mode: "strict", recording }, write(text, "tabs")), (ran) =>
          ran.verdicts.map(({ path, verdict }) => [verdict, path])
        )
      assert.deepStrictEqual((yield* verdicts("export const a = 1;"))[0], [
        "EQUIVALENT",
        "/artifacts/0/content"
      ])
      assert.deepStrictEqual((yield* verdicts("export const a = 2"))[0], ["DIVERGED", "/artifacts/0/content"])
      const overrides = { input: { style: "spaces" } }
      const again = yield* by({ mode: "incremental", recording, overrides }, write("export let a = 1", ""))
      assert.deepStrictEqual(yield* artifacts(idOf(again.recording)), [
        "a.ts: export let a = 1",
        "b.ts: export const a = 1"
      ])
    }).pipe(Effect.provide(storesInMemory))
  )

  it.live("names what a strict replay asks for and was not recorded, and what is nearest to it", () =>
    Effect.gen(function* () {
      const calls = { made: 0 }
      const recorded = yield* by({ mode: "record" }, agent(calls))
      const recording = idOf(recorded.recording)
      const error = yield* Effect.flip(
        by({ mode: "strict", recording, overrides: { input: { goal: "a bank" } } }, agent(calls))
      )
      assert.strictEqual(calls.made, 4)
      assert(error._tag === "ReplayMiss")
      assert.deepInclude(error, {
        node: "plan plan",
        step: "model",
        nearest: "model of plan plan",
        path: "/prompt"
      })
    }).pipe(Effect.provide(storesInMemory))
  )
})
