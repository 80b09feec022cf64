/**
 * Checkpoints of Aegis itself: saving and loading a state of 100 KB by the functions that a program calls, in
 * a fiber that does many, and in one fiber each, as promises do it. Strings are new at each operation.
 */
import * as Effect from "effect/Effect"
import { performance } from "node:perf_hooks"
import { isDeepStrictEqual } from "node:util"
import type { InvalidInput } from "../../src/index.js"
import type { CheckpointStore, SaveError } from "../../src/services/CheckpointStore.js"
import { getCheckpoint, saveCheckpoint } from "../../src/services/runFunctions.js"
import { compare, interval, timedEach, type Candidate } from "../harness.js"
import { group, rounds, tableOf, timeOf, within, type Goal } from "../report.js"
import { onEachEngine, type Engine } from "../store/engines.js"
import type { OpenCheckpoints } from "../store/openAegis.js"
import { partsOfState, stateOfTexts } from "../store/state.js"
import { together, type Found } from "../store/versus.js"
import { saverVersions } from "../savers.mjs"

const bytes = 102_400
const scaffold = "5608cfab-69c8-5411-a17c-6dc96433b23b"
const limits = { save: 500, load: 300 }

await group("storeNative", async () => {
  const versions = Object.entries(saverVersions()).map(([saver, version]) => `${saver} ${version}`)
  const { notes, ...found } = together(await onEachEngine(measure))
  return { ...found, notes: [...notes, `Savers: ${versions.join(", ")}.`] }
})

type State = Record<string, string>

/** A run that goes on: its next state, and the newest of its checkpoints. */
interface Native extends OpenCheckpoints {
  readonly save: (state: State) => Effect.Effect<void, SaveError | InvalidInput, CheckpointStore>
  readonly nextOfOne: () => State
  readonly nextOfAll: () => State
  readonly newest: () => string
  readonly isWhole: () => Promise<boolean>
}

async function begin(opened: OpenCheckpoints, seed: number): Promise<Native> {
  const thread = `native-${seed}`
  const next = stateOfTexts(seed, bytes)
  let saved = { id: "", state: {} }
  const save: Native["save"] = (state) =>
    Effect.map(saveCheckpoint(scaffold, state, "step", { thread }), ({ id }) => {
      saved = { id, state }
    })
  await opened.run(save(next(partsOfState)))
  return {
    ...opened,
    save,
    nextOfOne: () => next(1),
    nextOfAll: () => next(partsOfState),
    newest: () => saved.id,
    isWhole: async () => {
      const { state } = await opened.run(getCheckpoint(saved.id))
      return isDeepStrictEqual({ ...state }, saved.state)
    }
  }
}

/** A sample of `ops` operations in one fiber, one after the other: the median of them. */
function inOneFiber<A, E>(
  { run }: OpenCheckpoints,
  ops: number,
  prepare: () => A,
  operation: (argument: A) => Effect.Effect<unknown, E, CheckpointStore>
): Candidate["sample"] {
  const timed = (argument: A): Effect.Effect<number, E, CheckpointStore> =>
    Effect.suspend(() => {
      const start = performance.now()
      return Effect.map(operation(argument), () => (performance.now() - start) * 1000)
    })
  return async () => {
    const prepared = Array.from({ length: ops }, prepare)
    return interval(await run(Effect.forEach(prepared, timed))).median
  }
}

async function measure({ name, openCheckpoints }: Engine): Promise<Found> {
  const opened = await openCheckpoints("NORMAL")
  const [one, all] = [await begin(opened, 1), await begin(opened, 2)]
  const durable = name === "SQLite" ? await begin(await openCheckpoints("FULL"), 3) : undefined
  const rows = {
    one: `save, 1 of ${partsOfState} parts new`,
    all: "save, all parts new",
    load: "load",
    unknown: "load by a store that knows nothing",
    oneEach: `save, 1 of ${partsOfState} parts new, one fiber each`,
    loadEach: "load, one fiber each",
    full: `save, 1 of ${partsOfState} parts new, waiting for the disk`
  }
  const comparison = await compare({
    base: { name: rows.one, sample: inOneFiber(opened, 10, one.nextOfOne, one.save) },
    candidates: [
      { name: rows.all, sample: inOneFiber(opened, 5, all.nextOfAll, all.save) },
      { name: rows.load, sample: inOneFiber(opened, 10, one.newest, getCheckpoint) },
      {
        name: rows.unknown,
        sample: timedEach(5, opened.fresh, (run) => run(getCheckpoint(one.newest())))
      },
      {
        name: rows.oneEach,
        sample: timedEach(10, one.nextOfOne, (state) => opened.run(one.save(state)))
      },
      { name: rows.loadEach, sample: timedEach(10, one.newest, (id) => opened.run(getCheckpoint(id))) },
      ...(durable === undefined
        ? []
        : [{ name: rows.full, sample: inOneFiber(durable, 10, durable.nextOfOne, durable.save) }])
    ],
    rounds: rounds(60)
  })
  for (const run of [one, all, ...(durable === undefined ? [] : [durable])]) {
    if (!(await run.isWhole())) throw new Error("A store gave something else than was saved.")
  }
  await opened.close()
  await durable?.close()

  const title = `a checkpoint of 100 KB, ${name}`
  const goal = (row: string, limit: number): Goal =>
    name === "SQLite"
      ? within(`${title}: ${row}`, comparison.micros(row), limit)
      : timeOf(`${title}: ${row}`, comparison.micros(row))
  return {
    goals: [
      goal(rows.one, limits.save),
      goal(rows.all, limits.save),
      goal(rows.load, limits.load),
      timeOf(`${title}: ${rows.unknown}`, comparison.micros(rows.unknown)),
      ...(durable === undefined ? [] : [timeOf(`${title}: ${rows.full}`, comparison.micros(rows.full))])
    ],
    tables: [tableOf(title, comparison)],
    notes: name === "SQLite" ? [] : [`${title}: every save waits for the disk (fsync, synchronous_commit).`]
  }
}
