/** A run that is recorded and replayed gives the same, whatever it does side by side, and whenever it asks for time and chance. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as SyntaxTreesOxc from "../../layers/replay/SyntaxTreesOxc.js"
import { layerRuns } from "../../layers/RunStores.js"
import { CheckpointStore } from "../../src/services/CheckpointStore.js"
import { Recorder, layer as recorder, type RecorderOptions, type Ref } from "../../src/services/Recorder.js"
import * as Recordings from "../../src/services/Recordings.js"
import { layerMemory } from "../../src/services/runStorageMemory.js"

const stores = Layer.merge(layerRuns(layerMemory("default")), SyntaxTreesOxc.layer)

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
    }).pipe(Effect.provide(stores))
  )

  it.live("runs again only what reads what was changed", () =>
    Effect.gen(function* () {
      const calls = { made: 0 }
      const recorded = yield* by({ mode: "record" }, agent(calls))
      const recording = idOf(recorded.recording)
      const again = yield* by({ mode: "incremental", recording, overrides: { input: { style: "spaces" } } }, agent(calls))
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
    }).pipe(Effect.provide(stores))
  )

  it.live("gives what was taken over an order of its own among all that ended", () =>
    Effect.gen(function* () {
      const calls = { made: 0 }
      const recorded = yield* by({ mode: "record" }, agent(calls))
      const recording = idOf(recorded.recording)
      const again = yield* by({ mode: "incremental", recording, overrides: { input: { style: "spaces" } } }, agent(calls))
      const { nodes } = yield* (yield* Recordings.Recordings).load(idOf(again.recording))
      const orders = nodes.flatMap(({ order, steps }) => [order, ...steps.map((step) => step.order)])
      assert.strictEqual(new Set(orders).size, orders.length)
    }).pipe(Effect.provide(stores))
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
    }).pipe(Effect.provide(stores))
  )
})

/** What a generated program does. */
type Act =
  | { readonly _tag: "clock" | "dice" }
  | { readonly _tag: "tool"; readonly input: number; readonly millis: number; readonly fails: number }
  | { readonly _tag: "both" | "race"; readonly acts: ReadonlyArray<Act> }
  | { readonly _tag: "node"; readonly name: string; readonly acts: ReadonlyArray<Act> }
  | { readonly _tag: "timeout"; readonly millis: number; readonly act: Act }

const tool = FastCheck.record<Act & { _tag: "tool" }>({
  _tag: FastCheck.constant("tool"),
  input: FastCheck.integer({ min: 0, max: 2 }),
  millis: FastCheck.integer({ min: 0, max: 4 }),
  fails: FastCheck.integer({ min: 0, max: 2 })
})

const { act } = FastCheck.letrec<{ act: Act }>((tie) => ({
  act: FastCheck.oneof(
    { maxDepth: 3, depthSize: "small" },
    FastCheck.constantFrom<Act>({ _tag: "clock" }, { _tag: "dice" }),
    tool,
    // which of two that do nothing wins is the scheduler's choice, and no fact of the run
    FastCheck.record<Act & { _tag: "both" | "race" }>({
      _tag: FastCheck.constant("race"),
      acts: FastCheck.array(tool, { minLength: 1, maxLength: 3 })
    }),
    FastCheck.record<Act & { _tag: "both" | "race" }>({
      _tag: FastCheck.constant("both"),
      acts: FastCheck.array(tie("act"), { minLength: 1, maxLength: 3 })
    }),
    FastCheck.record<Act & { _tag: "node" }>({
      _tag: FastCheck.constant("node"),
      name: FastCheck.constantFrom("a", "b"),
      acts: FastCheck.array(tie("act"), { minLength: 1, maxLength: 3 })
    }),
    FastCheck.record<Act & { _tag: "timeout" }>({
      _tag: FastCheck.constant("timeout"),
      millis: FastCheck.integer({ min: 1, max: 4 }),
      act: tie("act")
    })
  )
}))

describe("any program", () => {
  /** Carries acts out; `world.calls` counts what really happened. */
  const perform = (acts: ReadonlyArray<Act>, world: { calls: number }) =>
    Effect.gen(function* () {
      const { node, run, tool } = yield* Recorder
      const one = (each: Act): Effect.Effect<unknown, unknown> => {
        switch (each._tag) {
          case "clock":
            return Clock.currentTimeMillis
          case "dice":
            return Random.nextIntBetween(0, 1_000_000)
          case "tool": {
            let tries = 0
            return tool(
              "tool",
              { input: each.input },
              Effect.gen(function* () {
                const call = ++world.calls
                yield* Effect.sleep(each.millis)
                if (tries++ < each.fails) return yield* Effect.fail(`failed ${call}`)
                return call
              })
            ).pipe(
              Effect.retry({ times: 1, schedule: Schedule.spaced("1 millis") }),
              Effect.either,
              Effect.map(String)
            )
          }
          case "both":
            return Effect.all(each.acts.map(one), { concurrency: "unbounded" })
          case "race":
            return Effect.raceAll(each.acts.map(one))
          case "node":
            return Effect.map(
              node("file", each.name, {}, () => Effect.all(each.acts.map(one))),
              ({ value }: Ref<unknown>) => value
            )
          case "timeout":
            return Effect.map(Effect.timeoutOption(one(each.act), each.millis), Option.getOrNull)
        }
      }
      return yield* run("program", {}, Effect.all(acts.map(one), { concurrency: 2 }))
    })

  it.live("gives in a replay what it gave when it was recorded, and nothing happens", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(FastCheck.array(act, { minLength: 1, maxLength: 4 }), (acts) =>
          Effect.gen(function* () {
            const world = { calls: 0 }
            const recorded = yield* by({ mode: "record" }, perform(acts, world))
            const { calls } = world
            const recording = idOf(recorded.recording)
            for (const ops of [20, 100, 2048]) {
              const replayed = yield* by({ mode: "strict", recording }, perform(acts, world)).pipe(
                Effect.withMaxOpsBeforeYield(ops)
              )
              assert.deepStrictEqual(replayed.value, recorded.value)
              assert.isTrue(replayed.verdicts.every(({ verdict }) => verdict === "IDENTICAL"))
            }
            assert.strictEqual(world.calls, calls)
          }).pipe(Effect.provide(stores), Effect.runPromise)
        ),
        { numRuns: 60 }
      )
    )
  )
})
