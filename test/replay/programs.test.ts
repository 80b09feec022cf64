/** Whatever a program does: what was recorded is replayed, and so is what an incremental replay made of it. On every store. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import { layer as recorder, type Ran, type RecorderOptions } from "../../src/services/Recorder.js"
import { type Act, act, perform } from "./support/programs.js"
import { allStores, type Stores } from "./support/stores.js"

interface World {
  calls: number
}

const run = (options: RecorderOptions, acts: ReadonlyArray<Act>, world: World, ops: number) =>
  perform(acts, world).pipe(Effect.provide(recorder(options)), Effect.withMaxOpsBeforeYield(ops))

const everyPace = [20, 100, 2048]

/** A strict replay at every pace gives what was recorded, and does nothing. */
const isReplayed = (acts: ReadonlyArray<Act>, { recording, value }: Ran<unknown>, world: World) =>
  Effect.gen(function* () {
    const { calls } = world
    const id = Option.getOrThrow(recording)
    for (const ops of everyPace) {
      const replayed = yield* run({ mode: "strict", recording: id }, acts, world, ops)
      assert.deepStrictEqual(replayed.value, value)
      assert.deepStrictEqual(
        replayed.verdicts.filter(({ verdict }) => verdict !== "IDENTICAL"),
        []
      )
    }
    assert.strictEqual(world.calls, calls)
  })

const cases = FastCheck.record({
  acts: FastCheck.array(act, { minLength: 1, maxLength: 4 }),
  ops: FastCheck.constantFrom(...everyPace)
})

const times: Readonly<Record<string, number>> = { "in memory": 40, "on SQLite": 12, "on Postgres": 8 }

describe.each(allStores)("any program, recorded %s,", (name, stores) => {
  const always = (
    property: (acts: ReadonlyArray<Act>, ops: number) => Effect.Effect<void, unknown, Stores>
  ) =>
    Effect.gen(function* () {
      const runtime = yield* Effect.provide(Effect.runtime<Stores>(), yield* Layer.build(stores))
      yield* Effect.promise(() =>
        FastCheck.assert(
          FastCheck.asyncProperty(cases, ({ acts, ops }) =>
            // one that waits for ever is shown, and made smaller
            Runtime.runPromise(runtime)(Effect.timeout(property(acts, ops), "10 seconds"))
          ),
          { numRuns: Number(process.env["REPLAY_RUNS"] ?? times[name]) }
        )
      )
    })

  it.scopedLive(
    "gives in a replay what it gave when it was recorded, and nothing happens",
    () =>
      always((acts, ops) =>
        Effect.gen(function* () {
          const world = { calls: 0 }
          yield* isReplayed(acts, yield* run({ mode: "record" }, acts, world, ops), world)
        })
      ),
    120_000
  )

  it.scopedLive(
    "leaves by an incremental replay a branch that is replayed as well",
    () =>
      always((acts, ops) =>
        Effect.gen(function* () {
          const world = { calls: 0 }
          const { recording } = yield* run({ mode: "record" }, acts, world, ops)
          const options = { mode: "incremental", recording: Option.getOrThrow(recording) } as const
          yield* isReplayed(acts, yield* run(options, acts, world, ops), world)
        })
      ),
    120_000
  )
})
