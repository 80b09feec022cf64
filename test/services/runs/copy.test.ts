/** Threads under other names, in other stores, and back. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { kinds } from "../../../src/runs/entry.js"
import { event } from "../../../src/services/checkpoints/refs.js"
import { copyThread } from "../../../src/services/runs/copy.js"
import { exportThread } from "../../../src/services/runs/exportThread.js"
import { importThread } from "../../../src/services/runs/importThread.js"
import { pruneRuns } from "../../../src/services/runs/prune.js"
import { verifyRuns } from "../../../src/services/runs/verify.js"
import { lineage, uuid } from "../runDrafts.js"
import { RunDatabase, runStorages } from "../runStorages.js"
import { checkpointsOver, configAt, fill, message, over, type Runs, scaffold } from "./rig.js"

let tenants = 0
const inTenant = (namespace: string) =>
  Effect.flatMap(RunDatabase, ({ open }) => Effect.flatMap(open(namespace), over))
const fresh = Effect.suspend(() => inTenant(`tenant ${++tenants}`))

const isWhole = (runs: Runs) =>
  Effect.map(verifyRuns(runs.storage), ({ problems }) => assert.deepStrictEqual(problems, []))

/** Everything that a thread says, without its name. */
const saidBy = (runs: Runs, thread: string) =>
  Effect.gen(function* () {
    runs.log.forget()
    const listed = yield* runs.storage.list({ thread, holds: [], limit: 10_000 })
    const said = yield* Effect.forEach(listed, ({ entry, lineage: { path } }) =>
      runs.saver.getTuple({
        configurable: { thread_id: thread, checkpoint_ns: path, checkpoint_id: entry.id }
      })
    )
    return said.map((tuple) => JSON.stringify(tuple, (key, value) => (key === "thread_id" ? "" : value)))
  })

/** A thread with two paths, a pruned past, shared and large values (bytes with an index of two levels), and a tag. */
const fillThread = (runs: Runs, thread = "a") =>
  Effect.gen(function* () {
    yield* fill(runs, { thread, steps: 14 })
    yield* fill(runs, { thread, path: "sub:1", steps: 3 })
    yield* pruneRuns(runs.log, runs.storage, { keepLast: 6, threads: [thread] })
    const large = Buffer.alloc(450_000, message(thread, 1).repeat(3))
    for (let i = 0; i < large.length; i += 11) large[i] = (i * 7919) % 251
    yield* runs.saver.put(
      configAt(thread, "", 14),
      {
        v: 4,
        id: uuid(15),
        ts: "",
        channel_values: { large: new Uint8Array(large) },
        channel_versions: { large: 15 },
        versions_seen: {}
      },
      { source: "update", step: 15, parents: {} },
      { large: 15 }
    )
    const draft = {
      ...event(kinds.tag, uuid(14), 0, { name: "here" }),
      refs: [{ kind: "tag" as const, name: "here", n: 27 }]
    }
    yield* runs.storage.append(lineage(thread), [draft])
  })

const linesOf = (runs: Runs, thread: string) =>
  Effect.map(Stream.runCollect(exportThread(runs.storage, thread)), (lines) => [...lines])

for (const [name, layer] of runStorages) {
  describe(`copying a thread ${name}`, () => {
    it.scoped("gives another one that says the same and goes its own way", () =>
      Effect.gen(function* () {
        const runs = yield* fresh
        yield* fillThread(runs)
        const said = yield* saidBy(runs, "a")
        const report = yield* copyThread(runs.storage, "a", "copy")
        assert.deepStrictEqual([report.thread, report.lineages], ["copy", 2])
        assert.deepStrictEqual(yield* saidBy(runs, "copy"), said)
        yield* isWhole(runs)
        const numbers = (thread: string) =>
          Effect.map(runs.storage.log(lineage(thread), 0, 1000), (log) =>
            log.map(({ gone, id, n }) => [n, id, gone])
          )
        assert.deepStrictEqual((yield* numbers("copy")).slice(0, -1), yield* numbers("a"))
        assert.deepStrictEqual(
          yield* runs.storage.refs(lineage("copy")),
          yield* runs.storage.refs(lineage("a"))
        )

        yield* fill(runs, { thread: "copy", from: 16, steps: 2 })
        assert.deepStrictEqual(yield* saidBy(runs, "a"), said)
        yield* pruneRuns(runs.log, runs.storage, { strategy: "keep_latest", threads: ["copy"] })
        assert.deepStrictEqual(yield* saidBy(runs, "a"), said)
        yield* isWhole(runs)
        const saidByCopy = yield* saidBy(runs, "copy")
        yield* runs.storage.deleteThread("a")
        assert.deepStrictEqual(yield* saidBy(runs, "copy"), saidByCopy)
        yield* isWhole(runs)
      }).pipe(Effect.provide(layer))
    )

    it.scoped(
      "refuses a target that is there and a source that is not, and continues what was broken off",
      () =>
        Effect.gen(function* () {
          const runs = yield* fresh
          yield* fillThread(runs)
          yield* fill(runs, { thread: "other", steps: 1 })
          const tag = (source: string, target: string) =>
            Effect.map(Effect.flip(copyThread(runs.storage, source, target)), ({ _tag }) => _tag)
          assert.strictEqual(yield* tag("nobody", "new"), "RunNotFound")
          assert.strictEqual(yield* tag("a", "other"), "NameTaken")
          assert.strictEqual(yield* tag("a", "a"), "NameTaken")
          for (const stop of [1, 2]) {
            let appends = 0
            const target = `copy ${stop}`
            const dying: Runs["storage"] = {
              ...runs.storage,
              append: (at, drafts, epoch) =>
                appends++ < stop ? runs.storage.append(at, drafts, epoch) : Effect.dieMessage("killed")
            }
            yield* Effect.exit(copyThread(dying, "a", target))
            yield* copyThread(runs.storage, "a", target)
            assert.deepStrictEqual(yield* saidBy(runs, target), yield* saidBy(runs, "a"))
            assert.strictEqual(yield* tag("a", target), "NameTaken")
            yield* fill(runs, { thread: "a", from: 20 + stop, steps: 1, parent: () => 15 })
            assert.strictEqual(yield* tag("a", target), "NameTaken")
          }
          yield* runs.storage.deleteThread("copy 1")
          yield* copyThread(runs.storage, "a", "copy 1")
          yield* isWhole(runs)
        }).pipe(Effect.provide(layer))
    )

    it.scoped("begins anew when the source is pruned meanwhile", () =>
      Effect.gen(function* () {
        const runs = yield* fresh
        yield* fillThread(runs)
        let isPruned = false
        const busy: Runs["storage"] = {
          ...runs.storage,
          append: (at, drafts, epoch) =>
            Effect.tap(runs.storage.append(at, drafts, epoch), () => {
              if (isPruned) return Effect.void
              isPruned = true
              return Effect.orDie(pruneRuns(runs.log, runs.storage, { keepLast: 1, threads: ["a"] }))
            })
        }
        yield* copyThread(busy, "a", "copy")
        assert.deepStrictEqual(yield* saidBy(runs, "copy"), yield* saidBy(runs, "a"))
        yield* isWhole(runs)
      }).pipe(Effect.provide(layer))
    )
  })

  describe(`exporting and importing ${name}`, () => {
    it.scoped("gives the same lines from the copy elsewhere, and the same chain", () =>
      Effect.gen(function* () {
        const namespace = `tenant ${++tenants}`
        const here = yield* inTenant(namespace)
        yield* fillThread(here)
        const checkpoints = yield* checkpointsOver(here)
        const first = yield* checkpoints.create({
          scaffoldId: scaffold,
          thread: "a",
          state: { text: "x".repeat(5000) }
        })
        const lines = yield* linesOf(here, "a")
        const said = yield* saidBy(here, "a")
        yield* Effect.gen(function* () {
          const there = yield* inTenant(namespace)
          const report = yield* importThread(there.storage, Stream.fromIterable(lines))
          assert.deepStrictEqual(
            [report.thread, report.lineages, report.entries],
            ["a", 3, lines.filter((line) => line.startsWith('{"n":')).length]
          )
          assert.deepStrictEqual(yield* linesOf(there, "a"), lines)
          assert.deepStrictEqual(yield* saidBy(there, "a"), said)
          assert.deepStrictEqual(
            (yield* Effect.flatMap(checkpointsOver(there), ({ load }) => load(first.id))).pipe(
              (option) => option._tag
            ),
            "Some"
          )
          yield* isWhole(there)
          const again = yield* importThread(there.storage, Stream.fromIterable(lines))
          assert.strictEqual(again.entries, 0)
          // goes on, and is there still
          yield* fill(there, { thread: "a", from: 16, steps: 1 })
          assert.strictEqual((yield* importThread(there.storage, Stream.fromIterable(lines))).entries, 0)
          yield* isWhole(there)
          // as another one, beside it
          yield* importThread(there.storage, Stream.fromIterable(lines), { as: "b" })
          assert.deepStrictEqual(yield* saidBy(there, "b"), said)
          yield* there.storage.deleteThread("b")
          yield* importThread(there.storage, Stream.fromIterable(lines), { as: "b" })
          assert.deepStrictEqual(yield* saidBy(there, "b"), said)
          yield* isWhole(there)
          // the thread has gone on elsewhere, differently
          yield* fill(here, { thread: "a", from: 17, steps: 1, parent: () => 15 })
          const taken = yield* Effect.flip(
            importThread(there.storage, Stream.fromIterable(yield* linesOf(here, "a")))
          )
          assert.strictEqual(taken._tag, "NameTaken")
        }).pipe(Effect.provide(layer))
      }).pipe(Effect.provide(layer))
    )

    it.scoped("continues an import that was broken off, and takes a later export of the same", () =>
      Effect.gen(function* () {
        const here = yield* fresh
        yield* fillThread(here)
        const lines = yield* linesOf(here, "a")
        for (const stop of [1, 2]) {
          const there = yield* fresh
          let appends = 0
          const dying: Runs["storage"] = {
            ...there.storage,
            append: (at, drafts, epoch) =>
              appends++ < stop ? there.storage.append(at, drafts, epoch) : Effect.dieMessage("killed")
          }
          yield* Effect.exit(importThread(dying, Stream.fromIterable(lines)))
          yield* importThread(there.storage, Stream.fromIterable(lines))
          assert.deepStrictEqual(yield* saidBy(there, "a"), yield* saidBy(here, "a"))
          yield* isWhole(there)
        }
        const there = yield* fresh
        yield* importThread(there.storage, Stream.fromIterable(lines))
        yield* fill(here, { thread: "a", from: 16, steps: 3 })
        yield* importThread(there.storage, Stream.fromIterable(yield* linesOf(here, "a")))
        assert.deepStrictEqual(yield* saidBy(there, "a"), yield* saidBy(here, "a"))
        yield* isWhole(there)
      }).pipe(Effect.provide(layer))
    )

    it.scoped(
      "refuses whatever is not what was exported, and writes nothing of it",
      () =>
        Effect.gen(function* () {
          const here = yield* fresh
          yield* fillThread(here)
          const lines = yield* linesOf(here, "a")
          const there = yield* fresh
          const refused = (changed: ReadonlyArray<string>) =>
            Effect.gen(function* () {
              const error = yield* Effect.flip(importThread(there.storage, Stream.fromIterable(changed)))
              assert.strictEqual(error._tag, "ImportInvalid")
              assert.deepStrictEqual(yield* there.storage.lineages(), [])
              return error._tag === "ImportInvalid" ? error.line : 0
            })
          // each line left out, or doubled, or exchanged with the next
          for (let at = 0; at < lines.length; at += 1) {
            yield* refused(lines.toSpliced(at, 1))
            yield* refused(lines.toSpliced(at, 0, lines[at] ?? ""))
            const [one, other] = [lines[at] ?? "", lines[at + 1] ?? ""]
            // two chunks may come in any order
            if (!(one.startsWith('{"chunk"') && other.startsWith('{"chunk"')) && other !== "") {
              yield* refused(lines.toSpliced(at, 2, other, one))
            }
          }
          // one character of each line
          for (const [at, line] of lines.entries()) {
            const where = line.length - 3 - ((at * 31) % Math.min(40, line.length - 4))
            const changed = `${line.slice(0, where)}${line[where] === "1" ? "2" : "1"}${line.slice(where + 1)}`
            assert.isAtMost(yield* refused(lines.with(at, changed)), lines.length, line)
          }
          assert.strictEqual(yield* refused([]), 1)
          assert.strictEqual(yield* refused(["{}"]), 1)
          assert.strictEqual(yield* refused(lines.with(4, "no json")), 5)
          assert.strictEqual(yield* refused(lines.slice(0, -1)), lines.length)
          assert.match(
            (yield* Effect.flip(importThread(there.storage, Stream.fromIterable(["{}"])))).message,
            /Line 1/
          )
          const missing = yield* Effect.flip(Stream.runDrain(exportThread(there.storage, "nobody")))
          assert.strictEqual(missing._tag, "RunNotFound")
        }).pipe(Effect.provide(layer)),
      60_000
    )
  })
}
