/** What every RunStorage promises about what is read. */
import { assert, describe, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { kinds } from "../../src/runs/entry.js"
import { bodyOf, checkedLog, chunkOf, draftOf, idsOf, lineage, uuid, writesOf } from "./runDrafts.js"
import { main, on, type RunDatabase, type Storage } from "./runStorages.js"

export const reads = (name: string, layer: Layer.Layer<RunDatabase>): void => {
  sharing(layer, { excludeTestServices: true })(`a run storage ${name}`, (it) => {
    describe("that finds", () => {
      it.effect("has nothing of what is not there", () =>
        on((storage) =>
          Effect.gen(function* () {
            const none = { epoch: 0, reborn: false, checkpoint: undefined, writes: [] }
            assert.deepStrictEqual(yield* storage.find(main), none)
            assert.deepStrictEqual(yield* storage.find(main, uuid(1)), none)
            assert.deepStrictEqual(yield* storage.entries(main, [1]), [])
            assert.deepStrictEqual(yield* storage.belonging(main, kinds.writes, uuid(1)), [])
            assert.deepStrictEqual(yield* storage.list({ holds: [], limit: 10 }), [])
            assert.deepStrictEqual(yield* storage.log(main, 0, 10), [])
            assert.deepStrictEqual(yield* storage.lineages(), [])
            assert.deepStrictEqual(yield* storage.chunks([]), [])
            assert.deepStrictEqual(yield* storage.chunks([chunkOf("a").hash]), [undefined])
            assert.isTrue(Option.isNone(yield* storage.named("a")))
            assert.deepStrictEqual(yield* storage.refs(main), [])
            assert.deepStrictEqual(yield* storage.deleteThread("thread"), {
              entries: 0,
              chunks: 0,
              bytes: 0
            })
            const { epoch } = yield* storage.append(main, [draftOf("a")], 0)
            assert.notStrictEqual(epoch, 0)
            assert.deepStrictEqual(yield* storage.find(main, "b"), { ...none, epoch })
          })
        )
      )

      it.effect("gives the newest checkpoint by id, in its newest revision, with its writes", () =>
        on((storage) =>
          Effect.gen(function* () {
            yield* storage.append(main, [
              draftOf(uuid(2)),
              writesOf(uuid(2), "one"),
              draftOf(uuid(1)),
              writesOf(uuid(1), "other"),
              draftOf(uuid(2), { body: Buffer.from("again") }),
              writesOf(uuid(2), "two"),
              draftOf(uuid(3), { kind: kinds.note })
            ])
            yield* storage.append(lineage("thread", "path"), [draftOf(uuid(9))])
            const newest = yield* storage.find(main)
            assert.deepStrictEqual([newest.checkpoint?.id, bodyOf(newest.checkpoint)], [uuid(2), "again"])
            assert.deepStrictEqual(newest.writes.map(bodyOf), ["one", "two"])
            const { checkpoint, writes } = yield* storage.find(main, uuid(1))
            assert.strictEqual(checkpoint?.n, 3)
            assert.deepStrictEqual(writes.map(bodyOf), ["other"])
            assert.isUndefined((yield* storage.find(main, uuid(3))).checkpoint)
          })
        )
      )

      it.effect("orders ids as texts, be they UUIDs or not", () =>
        on((storage) =>
          Effect.gen(function* () {
            // these stand in order
            const ids = [
              "",
              "0",
              uuid(1),
              uuid(1).toUpperCase(),
              "1f",
              uuid(2),
              "a",
              "z",
              "\uffff",
              "\u{10000}"
            ]
              .slice()
              .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
            for (const [i, id] of [...ids.entries()].sort(([a], [b]) => ((a * 7) % 10) - ((b * 7) % 10))) {
              yield* storage.append(main, [draftOf(id, { body: Buffer.from(`${i}`) })])
              const { checkpoint } = yield* storage.find(main)
              const there = yield* storage.log(main, 0, 100)
              assert.strictEqual(
                bodyOf(checkpoint),
                String(Math.max(...there.map((entry) => Number(bodyOf(entry)))))
              )
            }
            const newestFirst = ids.toReversed()
            const list = (before: string | undefined, limit: number) =>
              Effect.map(storage.list({ thread: "thread", before, holds: [], limit }), idsOf)
            assert.deepStrictEqual(yield* list(undefined, 100), newestFirst)
            for (const [i, before] of newestFirst.entries()) {
              assert.deepStrictEqual(yield* list(before, 100), newestFirst.slice(i + 1), before)
              assert.deepStrictEqual(yield* list(before, 2), newestFirst.slice(i + 1, i + 3), before)
            }
            assert.deepStrictEqual(yield* list(undefined, 3), newestFirst.slice(0, 3))
          })
        )
      )

      it.effect("gives entries by number, and the log from a number on", () =>
        on((storage) =>
          Effect.gen(function* () {
            yield* storage.append(lineage("before"), [draftOf("x")])
            yield* storage.append(
              main,
              Array.from({ length: 10 }, (_, i) => draftOf(`${i + 1}`))
            )
            yield* storage.append(lineage("later"), [draftOf("y")])
            const entries = yield* storage.entries(main, [
              7,
              2,
              2,
              0,
              -1,
              11,
              1.5,
              2 ** 26 + 1,
              2 ** 31,
              2 ** 40
            ])
            assert.deepStrictEqual(entries.map(({ id }) => id).sort(), ["2", "7"])
            const log = (after: number, limit: number) =>
              Effect.map(storage.log(main, after, limit), (found) => found.map(({ n }) => n))
            assert.deepStrictEqual(yield* log(0, 3), [1, 2, 3])
            assert.deepStrictEqual(yield* log(8, 5), [9, 10])
            assert.deepStrictEqual(yield* log(10, 5), [])
            assert.deepStrictEqual(yield* log(-5, 2), [1, 2])
            assert.deepStrictEqual(yield* log(0, 0), [])
            assert.deepStrictEqual(yield* log(0, -1), [])
            assert.strictEqual((yield* log(0, Number.MAX_SAFE_INTEGER)).length, 10)
            assert.strictEqual((yield* log(0, Infinity)).length, 10)
          })
        )
      )

      it.effect("tells what belongs to a checkpoint by its kind", () =>
        on((storage) =>
          Effect.gen(function* () {
            yield* storage.append(main, [
              draftOf("a", { kind: kinds.node }),
              draftOf("a", { kind: kinds.toolTrace }),
              draftOf("b", { kind: kinds.node }),
              draftOf("a", { kind: kinds.node })
            ])
            const numbers = (kind: typeof kinds.node | typeof kinds.toolTrace, id: string) =>
              Effect.map(storage.belonging(main, kind, id), (found) => found.map(({ n }) => n))
            assert.deepStrictEqual(yield* numbers(kinds.node, "a"), [1, 4])
            assert.deepStrictEqual(yield* numbers(kinds.toolTrace, "a"), [2])
            assert.deepStrictEqual(yield* numbers(kinds.toolTrace, "b"), [])
          })
        )
      )

      it.effect("lists across threads and paths, newest id first, filtered", () =>
        on((storage) =>
          Effect.gen(function* () {
            const put = (thread: string, path: string, n: number, meta: string) =>
              storage.append(lineage(thread, path), [draftOf(uuid(n), { meta: Buffer.from(meta) })])
            yield* put("a", "", 1, '{"k":1}')
            yield* put("b", "", 5, '{"k":1,"step":2}')
            yield* put("a", "p", 3, '{"k":2}')
            yield* put("a", "", 4, '{"k":1,"step":3}')
            yield* put("c", "p", 2, "{}")
            yield* storage.append(lineage("b"), [writesOf(uuid(5), "w")])
            yield* put("b", "", 5, '{"k":3}')
            const list = (query: Partial<Parameters<Storage["list"]>[0]>) =>
              Effect.map(storage.list({ holds: [], limit: 100, ...query }), (found) =>
                found.map(
                  ({ entry, lineage: { path, thread } }) => `${Number(entry.id.slice(-2))}${thread}${path}`
                )
              )
            assert.deepStrictEqual(yield* list({}), ["5b", "4a", "3ap", "2cp", "1a"])
            assert.deepStrictEqual(yield* list({ limit: 2 }), ["5b", "4a"])
            assert.deepStrictEqual(yield* list({ limit: 0 }), [])
            assert.strictEqual((yield* list({ limit: Number.MAX_SAFE_INTEGER })).length, 5)
            assert.deepStrictEqual(yield* list({ thread: "a" }), ["4a", "3ap", "1a"])
            assert.deepStrictEqual(yield* list({ thread: "a", path: "" }), ["4a", "1a"])
            assert.deepStrictEqual(yield* list({ path: "p" }), ["3ap", "2cp"])
            assert.deepStrictEqual(yield* list({ before: uuid(3) }), ["2cp", "1a"])
            assert.deepStrictEqual(yield* list({ id: uuid(4) }), ["4a"])
            assert.deepStrictEqual(yield* list({ id: uuid(4), before: uuid(4) }), [])
            assert.deepStrictEqual(yield* list({ holds: [Buffer.from('"k":1')] }), ["4a", "1a"])
            assert.deepStrictEqual(
              yield* list({ holds: [Buffer.from('"k":1'), Buffer.from('"step":')], limit: 1 }),
              ["4a"]
            )
            const [newest] = yield* storage.list({ holds: [], limit: 1 })
            assert.deepStrictEqual(newest?.writes.map(bodyOf), ["w"])
            assert.strictEqual(newest?.epoch, (yield* storage.find(lineage("b"))).epoch)
            const states = yield* storage.lineages()
            assert.deepStrictEqual(
              states.map(({ n, path, thread }) => [thread, path, n]),
              [
                ["a", "", 2],
                ["b", "", 3],
                ["a", "p", 1],
                ["c", "p", 1]
              ]
            )
            assert.strictEqual(states[3]?.bytes, 2 + draftOf(uuid(2)).body.length)
            assert.strictEqual((yield* storage.lineages("a")).length, 2)
          })
        )
      )

      it.effect("finds entries by the names that they were given, whatever their lineage", () =>
        on((storage) =>
          Effect.gen(function* () {
            yield* storage.append(main, [draftOf("a", { names: ["one", "two"] }), draftOf("b")])
            yield* storage.append(lineage("other", "p"), [draftOf("c", { names: ["three"] })])
            const named = (name: string) => Effect.map(storage.named(name), Option.getOrUndefined)
            assert.deepStrictEqual(yield* named("one"), { lineage: main, n: 1 })
            assert.deepStrictEqual(yield* named("two"), { lineage: main, n: 1 })
            assert.deepStrictEqual(yield* named("three"), { lineage: lineage("other", "p"), n: 1 })
            yield* storage.append(main, [
              draftOf("d", { names: ["three"] }),
              draftOf("e", { names: ["three"] })
            ])
            assert.deepStrictEqual(yield* named("three"), { lineage: main, n: 4 })
            assert.isUndefined(yield* named("four"))
          })
        )
      )

      it.effect("keeps branches and tags, moves them and takes them away", () =>
        on((storage) =>
          Effect.gen(function* () {
            const ref = (kind: "branch" | "tag", name: string, n?: number) =>
              draftOf(name, { kind: kind === "tag" ? kinds.tag : kinds.branch, refs: [{ kind, name, n }] })
            yield* storage.append(main, [
              draftOf("a"),
              ref("tag", "b"),
              ref("branch", "b", 1),
              ref("tag", "a", 1)
            ])
            assert.deepStrictEqual(yield* storage.refs(main), [
              { kind: "branch", name: "b", n: 1 },
              { kind: "tag", name: "a", n: 1 },
              { kind: "tag", name: "b", n: 2 }
            ])
            yield* storage.append(main, [ref("tag", "b", 3), ref("tag", "b")])
            yield* storage.dropRef(main, { kind: "tag", name: "a" }, draftOf("a", { kind: kinds.tag }))
            yield* storage.dropRef(
              main,
              { kind: "branch", name: "none" },
              draftOf("x", { kind: kinds.branch })
            )
            assert.deepStrictEqual(yield* storage.refs(main), [
              { kind: "branch", name: "b", n: 1 },
              { kind: "tag", name: "b", n: 6 }
            ])
            assert.strictEqual((yield* checkedLog(storage, main)).length, 8)
            // in one turn the order of the calls counts
            yield* Effect.all(
              [
                storage.append(main, [ref("tag", "c")]),
                storage.dropRef(main, { kind: "tag", name: "c" }, draftOf("c", { kind: kinds.tag })),
                storage.append(main, [ref("tag", "d")]),
                storage.dropRef(main, { kind: "tag", name: "d" }, draftOf("d", { kind: kinds.tag })),
                storage.append(main, [ref("tag", "d")])
              ],
              { concurrency: "unbounded" }
            )
            assert.deepStrictEqual(
              (yield* storage.refs(main)).map(({ name, n }) => [name, n]),
              [
                ["b", 1],
                ["b", 6],
                ["d", 13]
              ]
            )
          })
        )
      )
    })
  })
}
