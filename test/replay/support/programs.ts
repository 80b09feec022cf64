/** Programs of all that a run may do: side by side, in nodes of nodes, with races, timeouts, faults, time and chance. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import { Recorder, type Ref } from "../../../src/services/Recorder.js"

/** What a generated program does. */
export type Act =
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

/** A node of nothing but calls of tools. */
const leaf = FastCheck.record<Act & { _tag: "node" }>({
  _tag: FastCheck.constant("node"),
  name: FastCheck.constantFrom("a", "b"),
  acts: FastCheck.array(tool, { minLength: 1, maxLength: 2 })
})

export const { act } = FastCheck.letrec<{ act: Act }>((tie) => ({
  act: FastCheck.oneof(
    { maxDepth: 3, depthSize: "small" },
    FastCheck.constantFrom<Act>({ _tag: "clock" }, { _tag: "dice" }),
    tool,
    // which of two that do nothing wins is the scheduler's choice, and no fact of the run
    FastCheck.record<Act & { _tag: "both" | "race" }>({
      _tag: FastCheck.constant("race"),
      acts: FastCheck.array(FastCheck.oneof({ weight: 2, arbitrary: tool }, { weight: 1, arbitrary: leaf }), {
        minLength: 1,
        maxLength: 3
      })
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

/** Carries acts out; `world.calls` counts what really happened. */
export const perform = (acts: ReadonlyArray<Act>, world: { calls: number }) =>
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
          // what a node does follows from its name and what it is given
          return Effect.map(
            node("file", each.name, { acts: each.acts }, () => Effect.all(each.acts.map(one))),
            ({ value }: Ref<unknown>) => value
          )
        case "timeout":
          return Effect.map(Effect.timeoutOption(one(each.act), each.millis), Option.getOrNull)
      }
    }
    // which of two workers that waited for nothing takes the next item is the scheduler's choice as well
    const items = acts.map((each, index) =>
      Effect.zipRight(tool("begin", { index }, Effect.succeed(index)), one(each))
    )
    return yield* run("program", {}, Effect.all(items, { concurrency: 2 }))
  })
