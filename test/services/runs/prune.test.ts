/** What a prune takes away is needed by nothing that stays; what it says it takes is what it takes. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Fs from "node:fs"
import type { RunPrunePolicy } from "../../../src/domain/RunReports.js"
import { kinds } from "../../../src/runs/entry.js"
import { event } from "../../../src/services/checkpoints/refs.js"
import { deleteCheckpoint, deleteForRuns } from "../../../src/services/runs/deleteRuns.js"
import { pruneRuns } from "../../../src/services/runs/prune.js"
import { verifyRuns } from "../../../src/services/runs/verify.js"
import { tempFile } from "../../support/tempDir.js"
import { lineage, uuid } from "../runDrafts.js"
import { RunDatabase, runStorages } from "../runStorages.js"
import { checkpointsOver, configAt, fill, message, onFile, over, type Runs, scaffold } from "./rig.js"

let tenants = 0
const fresh = Effect.flatMap(RunDatabase, ({ open }) => Effect.flatMap(open(`tenant ${++tenants}`), over))

const tupleAt = (runs: Runs, thread: string, step?: number) => runs.saver.getTuple(configAt(thread, "", step))

const stepsOf = (runs: Runs, thread: string) =>
  Effect.map(runs.storage.list({ thread, path: "", holds: [], limit: 10_000 }), (listed) =>
    listed.map(({ entry }) => Number.parseInt(entry.id.slice(-12), 16))
  )

const isWhole = (runs: Runs) =>
  Effect.map(verifyRuns(runs.storage), ({ problems }) => assert.deepStrictEqual(problems, []))

const range = (first: number, last: number) => Array.from({ length: first - last + 1 }, (_, i) => first - i)

/** Steps that everything that stays still says what it said. */
const sameAfter = <A, E>(
  runs: Runs,
  thread: string,
  steps: ReadonlyArray<number>,
  change: Effect.Effect<A, E>
) =>
  Effect.gen(function* () {
    const before = yield* Effect.forEach(steps, (step) => tupleAt(runs, thread, step))
    const result = yield* change
    runs.log.forget()
    assert.deepStrictEqual(yield* Effect.forEach(steps, (step) => tupleAt(runs, thread, step)), before)
    yield* isWhole(runs)
    return result
  })

for (const [name, layer] of runStorages) {
  describe(`pruning a run store ${name}`, () => {
    it.scoped("keeps the newest, and what the newest needs", () =>
      Effect.gen(function* () {
        const runs = yield* fresh
        yield* fill(runs, { steps: 30 })
        yield* fill(runs, { thread: "other", steps: 3 })
        const report = yield* sameAfter(
          runs,
          "a",
          [27, 28, 29, 30],
          pruneRuns(runs.log, runs.storage, { keepLast: 4, threads: ["a"] })
        )
        assert.deepStrictEqual(yield* stepsOf(runs, "a"), [30, 29, 28, 27])
        assert.strictEqual(report.checkpoints, 26)
        assert.strictEqual(report.entries, 52)
        assert.deepStrictEqual(report.remaining.checkpoints, 4)
        assert.isAbove(report.chunks, 10)
        assert.deepStrictEqual(yield* stepsOf(runs, "other"), [3, 2, 1])
        const again = yield* pruneRuns(runs.log, runs.storage, { keepLast: 4, threads: ["a"] })
        assert.deepStrictEqual([again.entries, again.chunks, again.bytes], [0, 0, 0])
        // and goes on
        yield* fill(runs, { from: 31, steps: 3 })
        yield* isWhole(runs)
        assert.strictEqual((yield* tupleAt(runs, "a"))?.checkpoint.channel_values["step"], 33)
      }).pipe(Effect.provide(layer))
    )

    it.scoped("keeps tips, names and what is young, each as the policy says", () =>
      Effect.gen(function* () {
        const cases: ReadonlyArray<readonly [policy: RunPrunePolicy, kept: ReadonlyArray<number>]> = [
          [{}, range(12, 1)],
          [{ keepLast: 1 }, [12, 6, 3, 2]],
          [{ keepLast: 5 }, [12, 11, 10, 9, 8, 6, 3, 2]],
          [{ strategy: "keep_latest" }, [12, 3, 2]],
          [{ strategy: "keep_latest", keepLast: 2 }, [12, 11, 3, 2]],
          [{ olderThanMs: 5000 }, [12, 11, 10, 9, 8, 6, 3, 2]],
          [{ olderThanMs: 5000, keepLast: 8 }, [12, 11, 10, 9, 8, 7, 6, 5, 3, 2]],
          [{ olderThanMs: 0, keepLast: 1 }, [12, 6, 3, 2]],
          [{ olderThanMs: 100_000, strategy: "keep_latest" }, range(12, 1)]
        ]
        for (const [policy, kept] of cases) {
          const runs = yield* fresh
          for (let step = 1; step <= 12; step += 1) {
            yield* TestClock.adjust("1 second")
            // 7 is upon 4: so 6 is the tip of a branch
            yield* fill(runs, {
              from: step,
              steps: 1,
              parent: (each) => (each === 1 ? undefined : each === 7 ? 4 : each - 1)
            })
          }
          yield* TestClock.adjust("500 millis")
          for (const [kind, step] of [
            ["tag", 3],
            ["branch", 2]
          ] as const) {
            const draft = event(kinds[kind], uuid(step), 0, { name: "here" })
            yield* runs.storage.append(lineage("a"), [
              { ...draft, refs: [{ kind, name: "here", n: 2 * step - 1 }] }
            ])
          }
          const dry = yield* pruneRuns(runs.log, runs.storage, policy, { dryRun: true })
          const report = yield* sameAfter(runs, "a", kept, pruneRuns(runs.log, runs.storage, policy))
          assert.deepStrictEqual(yield* stepsOf(runs, "a"), kept, JSON.stringify(policy))
          assert.deepStrictEqual({ ...dry, dryRun: false }, report)
        }
      }).pipe(Effect.provide(layer))
    )

    it.scoped("says in a dry run what it would do, chunks of several threads included", () =>
      Effect.gen(function* () {
        const runs = yield* fresh
        // equal values in both: each of their chunks is held twice
        for (const thread of ["a", "b"]) {
          for (let step = 1; step <= 8; step += 1) {
            yield* runs.saver.put(
              configAt(thread, "", step === 1 ? undefined : step - 1),
              {
                v: 4,
                id: uuid(step),
                ts: "",
                channel_values: { text: message("both", step).repeat(9) },
                channel_versions: { text: step },
                versions_seen: {}
              },
              { source: "loop", step, parents: {} },
              { text: step }
            )
          }
        }
        yield* fill(runs, { thread: "c", steps: 5 })
        for (const policy of [
          { keepLast: 3, threads: ["a"] },
          { strategy: "keep_latest" as const, threads: ["a", "a", "b"] },
          { keepLast: 1 }
        ]) {
          const listed = yield* stepsOf(runs, "a")
          const dry = yield* pruneRuns(runs.log, runs.storage, policy, { dryRun: true })
          assert.deepStrictEqual(yield* stepsOf(runs, "a"), listed)
          const real = yield* pruneRuns(runs.log, runs.storage, policy)
          assert.deepStrictEqual({ ...dry, dryRun: false }, real)
          yield* isWhole(runs)
        }
      }).pipe(Effect.provide(layer))
    )

    it.scoped("removes all revisions of a checkpoint, and old revisions of one that stays", () =>
      Effect.gen(function* () {
        const runs = yield* fresh
        yield* fill(runs, { steps: 3 })
        yield* fill(runs, { from: 2, steps: 1 })
        yield* fill(runs, { from: 3, steps: 1 })
        const dry = yield* pruneRuns(runs.log, runs.storage, { keepLast: 1 }, { dryRun: true })
        const report = yield* sameAfter(runs, "a", [3], pruneRuns(runs.log, runs.storage, { keepLast: 1 }))
        assert.deepStrictEqual({ ...dry, dryRun: false }, report)
        assert.strictEqual(report.checkpoints, 4)
        assert.deepStrictEqual(yield* stepsOf(runs, "a"), [3])
      }).pipe(Effect.provide(layer))
    )

    it.scoped("lets native runs go on: names, branches, tags", () =>
      Effect.gen(function* () {
        const runs = yield* fresh
        const checkpoints = yield* checkpointsOver(runs)
        const save = (
          i: number,
          branch?: string,
          parentId?: Effect.Effect.Success<ReturnType<typeof checkpoints.create>>["id"]
        ) =>
          checkpoints.create({
            scaffoldId: scaffold,
            thread: "n",
            name: `turn ${i % 3}`,
            state: { text: message("n", i).repeat(5), still: "s".repeat(900) },
            ...(branch === undefined ? {} : { branch }),
            ...(parentId === undefined ? {} : { parentId })
          })
        const ids = [yield* save(0)]
        for (let i = 1; i < 10; i += 1) ids.push(yield* save(i))
        const [, , third, fourth] = ids
        if (third === undefined || fourth === undefined) throw new Error("no checkpoints")
        yield* checkpoints.tag(third.id, "here")
        const side = yield* save(77, "side", fourth.id)
        const dry = yield* pruneRuns(runs.log, runs.storage, { strategy: "keep_latest" }, { dryRun: true })
        const report = yield* pruneRuns(runs.log, runs.storage, { strategy: "keep_latest" })
        assert.deepStrictEqual({ ...dry, dryRun: false }, report)
        yield* isWhole(runs)
        const left = yield* checkpoints.list({ thread: "n" })
        assert.deepStrictEqual(left.map(({ id }) => id).sort(), [third.id, side.id, ids[9]?.id ?? ""].sort())
        assert.deepStrictEqual(left.find(({ id }) => id === third.id)?.state, third.state)
        // the checkpoints of this name were pruned
        const next = yield* save(10)
        assert.deepStrictEqual([next.revision, next.parentId], [1, ids[9]?.id])
        yield* isWhole(runs)
      }).pipe(Effect.provide(layer))
    )

    it.scoped("takes for a tip what has lost its children on demand, not what lost them to a prune", () =>
      Effect.gen(function* () {
        const runs = yield* fresh
        // 3 and 4 are upon 2, 5 is upon 3
        const parents = [undefined, undefined, 1, 2, 2, 3, 4]
        yield* fill(runs, { steps: 6, parent: (step) => parents[step] })
        yield* deleteCheckpoint(runs.log, runs.storage, lineage("a"), uuid(5))
        yield* pruneRuns(runs.log, runs.storage, { keepLast: 1 })
        assert.deepStrictEqual(yield* stepsOf(runs, "a"), [6, 3])
        yield* pruneRuns(runs.log, runs.storage, { strategy: "keep_latest" })
        assert.deepStrictEqual(yield* stepsOf(runs, "a"), [6])
        yield* isWhole(runs)
      }).pipe(Effect.provide(layer))
    )

    it.scoped("keeps what the values of a DeltaChannel are made of, for as long as it is needed", () =>
      Effect.gen(function* () {
        const runs = yield* fresh
        const put = (step: number, value?: ReadonlyArray<string>) =>
          Effect.gen(function* () {
            yield* runs.saver.put(
              configAt("a", "", step === 1 ? undefined : step - 1),
              {
                v: 4,
                id: uuid(step),
                ts: "",
                channel_values: value === undefined ? {} : { log: value },
                channel_versions: { log: step },
                versions_seen: {}
              },
              {
                source: "loop",
                step,
                parents: {},
                ...(value === undefined ? { counters_since_delta_snapshot: { log: [1, step] } } : {})
              },
              { log: step }
            )
            yield* runs.saver.putWrites(configAt("a", "", step), [["log", `of ${step}`]], "task", "")
          })
        const history = Effect.map(
          runs.saver.deltaHistory(configAt("a", "", undefined), ["log"]),
          ({ log }) => [log?.seed, log?.writes.map(([, , value]) => value)]
        )
        yield* put(1)
        yield* put(2, ["seed"])
        for (const step of [3, 4, 5, 6]) yield* put(step)
        const made = [["seed"], ["of 2", "of 3", "of 4", "of 5"]]
        assert.deepStrictEqual(yield* history, made)
        for (const keepLast of [3, 1, 1]) {
          const dry = yield* pruneRuns(runs.log, runs.storage, { keepLast }, { dryRun: true })
          const real = yield* pruneRuns(runs.log, runs.storage, { keepLast })
          assert.deepStrictEqual(
            { entries: dry.entries, bytes: dry.bytes },
            { entries: real.entries, bytes: real.bytes }
          )
          assert.deepStrictEqual(yield* history, made)
          yield* isWhole(runs)
        }
        const payloads = Effect.map(runs.storage.log(lineage("a"), 0, 100), (log) =>
          log.filter(({ kind, payload }) => kind <= kinds.writes && payload !== undefined).map(({ n }) => n)
        )
        // of 1 nothing is needed
        assert.deepStrictEqual((yield* payloads).slice(0, 2), [3, 4])
        yield* put(7, ["anew"])
        yield* pruneRuns(runs.log, runs.storage, { keepLast: 1 })
        assert.strictEqual((yield* payloads).length, 2)
        yield* isWhole(runs)
      }).pipe(Effect.provide(layer))
    )

    it.scoped(
      "stops anywhere and leaves a store that is whole",
      () =>
        Effect.gen(function* () {
          for (const stop of [0, 1, 2, 3]) {
            const runs = yield* fresh
            yield* fill(runs, { steps: 150, size: 3 })
            let steps = 0
            const dying: Runs["storage"] = {
              ...runs.storage,
              remove: (at, removal) =>
                steps++ < stop ? runs.storage.remove(at, removal) : Effect.dieMessage("killed"),
              reclaim: Effect.dieMessage("killed")
            }
            const kept = [148, 149, 150]
            yield* sameAfter(runs, "a", kept, Effect.exit(pruneRuns(runs.log, dying, { keepLast: 3 })))
            const { checkpoints } = yield* sameAfter(
              runs,
              "a",
              kept,
              pruneRuns(runs.log, runs.storage, { keepLast: 3 })
            )
            assert.isAtLeast(checkpoints, stop === 3 ? 0 : 1)
            assert.deepStrictEqual(yield* stepsOf(runs, "a"), [150, 149, 148])
          }
        }).pipe(Effect.provide(layer)),
      60_000
    )

    it.scoped("deletes what runs put, whatever needs it keeps its values", () =>
      Effect.gen(function* () {
        const runs = yield* fresh
        const runId = (step: number) => `run ${Math.ceil(step / 4)}`
        yield* fill(runs, { steps: 12, runId })
        yield* fill(runs, { thread: "b", steps: 4, runId: () => "run 2" })
        const removed = yield* sameAfter(
          runs,
          "a",
          [1, 2, 3, 4, 9, 10, 11, 12],
          deleteForRuns(runs.log, runs.storage, ["run 2", "nobody's"])
        )
        assert.strictEqual(removed.checkpoints, 8)
        assert.deepStrictEqual(yield* stepsOf(runs, "a"), [12, 11, 10, 9, 4, 3, 2, 1])
        assert.deepStrictEqual(yield* stepsOf(runs, "b"), [])
        assert.deepStrictEqual(yield* runs.storage.belonging(lineage("a"), kinds.writes, uuid(6)), [])
      }).pipe(Effect.provide(layer))
    )

    it.scoped("deletes one checkpoint, and one with a name only when it is forced", () =>
      Effect.gen(function* () {
        const runs = yield* fresh
        yield* fill(runs, { steps: 3 })
        yield* sameAfter(runs, "a", [1, 3], deleteCheckpoint(runs.log, runs.storage, lineage("a"), uuid(2)))
        assert.deepStrictEqual(yield* stepsOf(runs, "a"), [3, 1])
        const missing = yield* Effect.flip(deleteCheckpoint(runs.log, runs.storage, lineage("a"), uuid(2)))
        assert.strictEqual(missing._tag, "RunNotFound")

        const checkpoints = yield* checkpointsOver(runs)
        const first = yield* checkpoints.create({ scaffoldId: scaffold, thread: "n", state: { a: 1 } })
        yield* checkpoints.tag(first.id, "here")
        const [at] = yield* runs.storage.lineages("n")
        if (at === undefined) throw new Error("no lineage")
        const named = yield* Effect.flip(deleteCheckpoint(runs.log, runs.storage, at, first.id))
        assert.deepStrictEqual(named._tag === "CheckpointNamed" ? named.names : [], [
          'the tip of branch "main"',
          'tagged "here"'
        ])
        yield* deleteCheckpoint(runs.log, runs.storage, at, first.id, { force: true })
        assert.deepStrictEqual(yield* runs.storage.refs(at), [])
        assert.deepStrictEqual(yield* checkpoints.list({ thread: "n" }), [])
        yield* isWhole(runs)
        yield* checkpoints.create({ scaffoldId: scaffold, thread: "n", state: { a: 2 } })
        yield* isWhole(runs)
      }).pipe(Effect.provide(layer))
    )

    it.scoped("keeps what somebody writes upon a checkpoint that is about to go", () =>
      Effect.gen(function* () {
        const runs = yield* fresh
        yield* fill(runs, { steps: 150, size: 3 })
        let forks = 0
        // before each step somebody forks from an old checkpoint
        const busy: Runs["storage"] = {
          ...runs.storage,
          log: (at, after, limit) =>
            Effect.zipRight(
              after >= 300 && forks < 4
                ? Effect.orDie(
                    Effect.suspend(() => {
                      forks += 1
                      return fill(runs, { from: 1000 + forks, steps: 1, parent: () => 100 + forks })
                    })
                  )
                : Effect.void,
              runs.storage.log(at, after, limit)
            )
        }
        yield* pruneRuns(runs.log, busy, { keepLast: 1 })
        assert.strictEqual(forks, 4)
        runs.log.forget()
        yield* isWhole(runs)
        assert.deepStrictEqual(yield* stepsOf(runs, "a"), [1004, 1003, 1002, 1001, 150])
        for (let fork = 1; fork <= 4; fork += 1) {
          const tuple = yield* tupleAt(runs, "a", 1000 + fork)
          assert.strictEqual(tuple?.checkpoint.channel_values["still"], "s".repeat(2000))
        }
      }).pipe(Effect.provide(layer))
    )
  })
}

const sizeOf = (file: string) =>
  [file, `${file}-wal`].reduce((sum, each) => sum + (Fs.existsSync(each) ? Fs.statSync(each).size : 0), 0)

describe("pruning a run store on a file", () => {
  it.scoped("gives space back to the file system", () =>
    Effect.gen(function* () {
      const file = yield* tempFile("runs.db")
      const runs = yield* onFile(file)
      for (let step = 1; step <= 300; step += 1) {
        yield* runs.saver.put(
          configAt("a", "", step === 1 ? undefined : step - 1),
          {
            v: 4,
            id: uuid(step),
            ts: "",
            channel_values: {
              text: Array.from({ length: 8 }, (_, i) => message("a", step * 8 + i)).join("")
            },
            channel_versions: { text: step },
            versions_seen: {}
          },
          { source: "loop", step, parents: {} },
          { text: step }
        )
      }
      const before = sizeOf(file)
      const { bytes } = yield* pruneRuns(runs.log, runs.storage, { keepLast: 10 })
      const after = sizeOf(file)
      assert.isAbove(bytes, 500_000)
      assert.isBelow(after, before - bytes * 0.9, `${before} -> ${after}, ${bytes} freed`)
      yield* isWhole(runs)
    })
  )

  it.scoped("gives the space of small entries back too, which shared their pages with others", () =>
    Effect.gen(function* () {
      const file = yield* tempFile("runs.db")
      const runs = yield* onFile(file)
      yield* fill(runs, { steps: 1500, size: 0 })
      yield* runs.storage.reclaim
      const before = sizeOf(file)
      const { bytes } = yield* pruneRuns(runs.log, runs.storage, { keepLast: 10 })
      assert.isAbove(bytes, 300_000)
      assert.isBelow(sizeOf(file), before - bytes * 0.6)
      yield* isWhole(runs)
    })
  )

  it.live(
    "lets a writer write all the while",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const file = yield* tempFile("runs.db")
          const runs = yield* onFile(file)
          const put = (step: number, parent: number | undefined) =>
            runs.saver.put(
              configAt("a", "", parent),
              {
                v: 4,
                id: uuid(step),
                ts: "",
                channel_values: {
                  text: message("a", step),
                  still: "s".repeat(900),
                  list: [step, "x".repeat(700)]
                },
                channel_versions: { text: step, still: 1, list: step },
                versions_seen: {}
              },
              { source: "loop", step, parents: {} },
              { text: step, list: step, ...(parent === undefined ? { still: 1 } : {}) }
            )
          const count = 5000
          for (let step = 1; step <= count; step += 1) yield* put(step, step === 1 ? undefined : step - 1)
          const waits: Array<number> = []
          const writer = yield* Effect.fork(
            Effect.gen(function* () {
              for (let step = count + 1; ; step += 1) {
                const start = performance.now()
                yield* put(step, step - 1)
                waits.push(performance.now() - start)
                yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 1)))
              }
            })
          )
          const began = performance.now()
          const report = yield* pruneRuns(runs.log, runs.storage, { keepLast: 500 })
          const took = performance.now() - began
          yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 20)))
          const exit = yield* Fiber.poll(writer)
          assert.isTrue(exit._tag === "None", "the writer failed")
          yield* Fiber.interrupt(writer)
          const sorted = waits.toSorted((one, other) => one - other)
          const at = (part: number) => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(1)
          process.stdout.write(
            `pruned ${report.checkpoints} of ${count} in ${took.toFixed(0)} ms; ${waits.length} puts meanwhile: p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)} ms\n`
          )
          // what was put before it was decided counts among the last
          assert.isAtLeast(report.checkpoints, count - 500)
          assert.isAbove(waits.length, 5)
          yield* isWhole(runs)
          const newest = yield* tupleAt(runs, "a")
          assert.strictEqual(newest?.checkpoint.channel_values["still"], "s".repeat(900))
        })
      ),
    120_000
  )

  it.scoped("leaves nothing behind when a thread is deleted", () =>
    Effect.gen(function* () {
      const file = yield* tempFile("runs.db")
      const canary = "canary-7c1f"
      const found = () =>
        [file, `${file}-wal`].filter((each) => Fs.existsSync(each) && Fs.readFileSync(each).includes(canary))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const runs = yield* onFile(file)
          yield* fill(runs, { thread: "keeps", steps: 20 })
          // not deflated, so that it can be found
          const secret = `${canary} ${Array.from({ length: 120 }, (_, i) => String.fromCharCode(33 + ((i * i * 7919) % 90))).join("")}`
          yield* runs.saver.put(
            configAt(canary, "", undefined),
            {
              v: 4,
              id: uuid(1),
              ts: "",
              channel_values: { short: secret, long: secret + message("c", 1) },
              channel_versions: { short: 1, long: 1 },
              versions_seen: {}
            },
            { source: "input", step: -1, parents: {} },
            { short: 1, long: 1 }
          )
          yield* runs.saver.putWrites(configAt(canary, "", 1), [["short", secret]], `${canary} task`, "")
          assert.isAbove(found().length, 0)
          yield* runs.saver.deleteThread(canary)
          assert.deepStrictEqual(found(), [])
          yield* isWhole(runs)
        })
      )
      assert.deepStrictEqual(found(), [])
    })
  )
})
