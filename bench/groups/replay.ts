/** Runs that are recorded and replayed: what a replay saves, what it runs again, and what recording adds to a call. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import type { RunStores } from "../../layers/RunStores.js"
import { layer as recorder, type Ran, Recorder, type RecorderOptions } from "../../src/services/Recorder.js"
import { Recordings } from "../../src/services/Recordings.js"
import type { SyntaxTrees } from "../../src/services/SyntaxTrees.js"
import { inFolder } from "../aegis.js"
import { compare, interval } from "../harness.js"
import { crew, many, nodes } from "../replay/crew.js"
import { openProvider } from "../replay/provider.js"
import { type OpenRuns, openRuns } from "../replay/openRuns.js"
import { exactly, type Goal, group, rounds, tableOf, timeOf, within } from "../report.js"

const thousands = 10_000

interface Timed<A> {
  readonly ran: Ran<A>
  readonly micros: number
}

const idOf = ({ recording }: Ran<unknown>): string => Option.getOrThrow(recording)
const verdictsOf = ({ verdicts }: Ran<unknown>, wanted: string): number =>
  verdicts.filter(({ verdict }) => verdict === wanted).length

const timed = async <A, E>(
  { run }: OpenRuns,
  program: Effect.Effect<Ran<A>, E, Recorder>,
  options: RecorderOptions,
  recordings: Layer.Layer<never> | Layer.Layer<Recordings> = Layer.empty
): Promise<Timed<A>> => {
  const start = performance.now()
  const whole: Effect.Effect<Ran<A>, E, RunStores | SyntaxTrees> = program.pipe(
    Effect.provide(Layer.provide(recorder(options), recordings))
  )
  const ran = await run(whole)
  return { ran, micros: (performance.now() - start) * 1000 }
}

await group("replay", () =>
  inFolder(async (folder) => {
    const goals = [...(await saved(join(folder, "saved.db"))), ...(await reused(join(folder, "reused.db")))]
    const { goals: added, table } = await overhead(join(folder, "overhead.db"))
    return { goals: [...goals, ...added], tables: [table] }
  })
)

/** What a replay saves of a run whose provider takes 100 ms, and what of it runs again. */
async function saved(file: string): Promise<ReadonlyArray<Goal>> {
  // what a module comes to does not depend on what it is told
  const provider = await openProvider(100, (prompt) =>
    `Text of ${prompt.startsWith("module") ? prompt.split(" ", 2).join(" ") : prompt}. `.repeat(40)
  )
  const runs = openRuns(file)
  const asked = async (body: () => Promise<unknown>): Promise<number> => {
    const before = provider.asked()
    await body()
    return provider.asked() - before
  }
  const goals: Array<Goal> = []
  for (const [how, together] of [
    ["one call at a time", 1],
    ["eight at a time", 8]
  ] as const) {
    const program = crew(provider.ask, together)
    const recorded = await timed(runs, program, { mode: "record" })
    const recording = idOf(recorded.ran)
    for (const mode of ["incremental", "strict"] as const) {
      const times: Array<number> = []
      const calls = await asked(async () => {
        for (let round = 0; round < rounds(11); round++) {
          times.push((await timed(runs, program, { mode, recording })).micros)
        }
      })
      const less = 100 * (1 - interval(times).median / recorded.micros)
      goals.push(
        {
          what: `${mode} replay of ${nodes} nodes with calls of 100 ms, ${how}: less time than recording`,
          goal: together === 1 ? ">= 99 %" : "",
          measured: `${less.toFixed(2)} % (${(interval(times).median / 1000).toFixed(0)} of ${(recorded.micros / 1000).toFixed(0)} ms)`,
          ...(together === 1 ? { met: less >= 99 } : {})
        },
        exactly("… calls of the provider", calls, 0, "calls")
      )
    }
    if (together > 1) continue
    for (const [what, name, verdict] of [
      ["one file of 180 is told something else", "file 17", "EXECUTED"],
      ["one module is, and comes to the same", "module 5", "IDENTICAL"]
    ] as const) {
      let again: Ran<number> | undefined
      const input = { [name]: "something else" }
      const calls = await asked(async () => {
        again = (await timed(runs, program, { mode: "incremental", recording, overrides: { input } })).ran
      })
      const own = again?.verdicts.find((each) => each.name === name)?.verdict
      goals.push(
        exactly(`${what}: nodes that ask the provider`, calls, 1, "nodes"),
        exactly(
          "… nodes that are reused",
          again === undefined ? 0 : verdictsOf(again, "REUSED"),
          nodes - 1,
          "nodes"
        )
      )
      if (own !== verdict) throw new Error(`${name} is ${String(own)}`)
    }
  }
  await runs.close()
  await provider.close()
  return goals
}

/** What it takes to reuse a node of many, in all and without the store. */
async function reused(file: string): Promise<ReadonlyArray<Goal>> {
  const runs = openRuns(file)
  const program = many(thousands)
  const recording = idOf((await timed(runs, program, { mode: "record" })).ran)
  const real = await runs.run(Recordings)
  const loads: Array<number> = []
  let loaded = await runs.run(real.load(recording))
  const [engine, whole]: [Array<number>, Array<number>] = [[], []]
  for (let round = 0; round < rounds(9); round++) {
    const start = performance.now()
    loaded = await runs.run(real.load(recording))
    loads.push(((performance.now() - start) * 1000) / thousands)
    const inMemory = Layer.succeed(
      Recordings,
      Recordings.of({ ...real, load: () => Effect.succeed(loaded), put: () => Effect.void })
    )
    for (const [times, recordings] of [
      [engine, inMemory],
      [whole, Layer.empty]
    ] as const) {
      const { micros, ran } = await timed(runs, program, { mode: "incremental", recording }, recordings)
      if (verdictsOf(ran, "REUSED") !== thousands) throw new Error("Not all nodes were reused.")
      times.push(micros / thousands)
    }
  }
  await runs.close()
  const what = `a reused node of ${thousands}`
  return [
    within(`${what}: the engine, without reading and writing the store`, interval(engine), 50),
    timeOf("… reading it with its call", interval(loads)),
    timeOf("… all of it: reading, reusing, and writing it to the new branch", interval(whole))
  ]
}

/** What recording adds to a call of a provider that answers at once, and to a node of one call. */
async function overhead(file: string): Promise<{
  readonly goals: ReadonlyArray<Goal>
  readonly table: ReturnType<typeof tableOf>
}> {
  const provider = await openProvider(0)
  const runs = openRuns(file)
  let prompts = 0
  /** Microseconds of the median call in a node of some. */
  const call = (mode: "passthrough" | "record") => (): Promise<number> =>
    runs.run(
      Effect.flatMap(Recorder, ({ node, run }) =>
        run(
          "calls",
          {},
          Effect.map(
            node("module", "calls", {}, () =>
              Effect.map(
                Effect.replicateEffect(
                  Effect.suspend(() => {
                    const start = performance.now()
                    return Effect.map(
                      provider.ask(`prompt ${(prompts += 1)}`),
                      () => (performance.now() - start) * 1000
                    )
                  }),
                  20
                ),
                (times) => interval(times).median
              )
            ),
            ({ value }) => value
          )
        )
      ).pipe(
        Effect.map(({ value }) => value),
        Effect.provide(recorder({ mode }))
      )
    )
  /** Microseconds of the median node of one call. */
  const whole = (mode: "passthrough" | "record") => (): Promise<number> =>
    runs.run(
      Effect.flatMap(Recorder, ({ node, run }) =>
        run(
          "nodes",
          {},
          Effect.map(
            Effect.replicateEffect(
              Effect.suspend(() => {
                const start = performance.now()
                return Effect.map(
                  node("module", "one", {}, () => provider.ask(`prompt ${(prompts += 1)}`)),
                  () => (performance.now() - start) * 1000
                )
              }),
              10
            ),
            (times) => interval(times).median
          )
        )
      ).pipe(
        Effect.map(({ value }) => value),
        Effect.provide(recorder({ mode }))
      )
    )
  const [plain, recorded, plainNode, recordedNode] = [
    "a call",
    "a call that is recorded",
    "a node of one call",
    "a node of one call that is recorded, waiting for the disk"
  ]
  const comparison = await compare({
    base: { name: plain, sample: call("passthrough") },
    candidates: [
      { name: recorded, sample: call("record") },
      { name: plainNode, sample: whole("passthrough") },
      { name: recordedNode, sample: whole("record") }
    ],
    rounds: rounds(60),
    warmUp: 20
  })
  await runs.close()
  await provider.close()
  return {
    goals: [
      within("recording adds to a call of a provider", comparison.more(recorded, plain), 200),
      timeOf(
        "… and to a node of one call, which is on the disk before it ends",
        comparison.more(recordedNode, plainNode)
      )
    ],
    table: tableOf("Calls of a provider on loopback", comparison)
  }
}
