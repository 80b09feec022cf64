/** What every RunStorage promises. Storages are compared with these words, not with one another. */
import { assert, describe, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { readChunk } from "../../src/runs/chunk.js"
import { kinds } from "../../src/runs/entry.js"
import { packName } from "../../src/runs/packed.js"
import { bodyOf, checkedLog, chunkOf, draftOf, idsOf, lineage, plain, uuid, writesOf } from "./runDrafts.js"
import { RunDatabase, type Storage } from "./runStorages.js"

/** A namespace of its own for each test. */
let namespaces = 0
export const fresh = Effect.flatMap(RunDatabase, ({ open }) => open(`namespace ${++namespaces}`))

const on = <A, E>(program: (storage: Storage) => Effect.Effect<A, E, RunDatabase>) =>
  Effect.flatMap(fresh, program)

const failure = <A, E extends { readonly _tag: string }, R>(self: Effect.Effect<A, E, R>) =>
  Effect.map(
    Effect.either(self),
    Either.match({ onLeft: ({ _tag }) => _tag, onRight: () => "success" as const })
  )

const main = lineage("thread")
const nothing = { gone: [], empty: [], chunks: [], draft: draftOf(uuid(99), { kind: kinds.prune }) }

/** Names that a database could take for one another, cut, mangle or refuse. */
const odd = [
  "",
  " ",
  "a",
  "A",
  "a\0",
  "a\0b",
  "\0",
  "é",
  "e\u0301",
  "\ud800",
  "\udfff",
  "\ufffd",
  "\uffff",
  "\u{10000}",
  "x".repeat(1000),
  uuid(171),
  uuid(171).toUpperCase(),
  uuid(171).replaceAll("-", ""),
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "__proto__",
  "'; DROP TABLE entry; --"
]

export const suite = (name: string, layer: Layer.Layer<RunDatabase>): void => {
  sharing(layer, { excludeTestServices: true })(`a run storage ${name}`, (it) => {
    describe("that appends", () => {
      it.effect("numbers entries from 1, links them, and gives them back byte for byte", () =>
        on((storage) =>
          Effect.gen(function* () {
            const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
            const drafts = [
              draftOf(uuid(1), { meta: bytes, body: Buffer.concat([bytes, bytes]), at: 0 }),
              draftOf(uuid(2), { parent: uuid(1), body: Buffer.alloc(0), at: 2 ** 48 - 1 }),
              draftOf(uuid(2), { kind: kinds.note, parent: "no uuid", meta: Buffer.alloc(0) })
            ]
            const first = yield* storage.append(main, drafts.slice(0, 1))
            const rest = yield* storage.append(main, drafts.slice(1))
            assert.deepStrictEqual([first.numbers, rest.numbers], [[1], [2, 3]])
            assert.strictEqual(first.epoch, rest.epoch)
            const log = yield* checkedLog(storage, main)
            assert.deepStrictEqual(
              log.map(({ chain: _chain, digest: _digest, payload, ...entry }) => ({
                ...entry,
                meta: Buffer.from(payload?.meta ?? []),
                body: Buffer.from(payload?.body ?? [])
              })),
              drafts.map(({ at, body, id, kind, meta, parent }, i) => ({
                n: i + 1,
                kind,
                id,
                parent,
                at,
                gone: false,
                meta: Buffer.from(meta),
                body: Buffer.from(body)
              }))
            )
          })
        )
      )

      it.effect("takes 10 MB in one entry, and in one chunk", () =>
        on((storage) =>
          Effect.gen(function* () {
            const body = Buffer.alloc(10 * 2 ** 20, "0123456789abcdef\0\xff", "latin1")
            const hash = chunkOf("large").hash
            const chunk = { hash, size: body.length, deflated: false, data: body }
            yield* storage.append(main, [draftOf(uuid(1), { body, chunks: [chunk] })])
            const { checkpoint } = yield* storage.find(main)
            assert.isTrue(body.equals(checkpoint?.payload?.body ?? Buffer.alloc(0)))
            const [read] = yield* storage.chunks([hash])
            assert.isTrue(body.equals(read?.data ?? Buffer.alloc(0)))
          })
        )
      )

      it.effect("writes nothing for no drafts, and makes no lineage for what it refuses", () =>
        on((storage) =>
          Effect.gen(function* () {
            assert.deepStrictEqual((yield* storage.append(main, [])).numbers, [])
            assert.strictEqual(yield* failure(storage.append(main, [draftOf("a")], 12345)), "LineageMoved")
            assert.deepStrictEqual(yield* storage.lineages(), [])
          })
        )
      )

      it.effect("refuses an entry that cannot be, and writes what came in the same turn", () =>
        on((storage) =>
          Effect.gen(function* () {
            const drafts = [draftOf("a"), draftOf("b", { at: -1 }), draftOf("c", { at: 0.5 }), draftOf("d")]
            const outcomes = yield* Effect.all(
              drafts.map((draft) => failure(storage.append(main, [draft]))),
              { concurrency: "unbounded" }
            )
            assert.deepStrictEqual(outcomes, ["success", "StoreError", "StoreError", "success"])
            const log = yield* checkedLog(storage, main)
            assert.deepStrictEqual(
              log.map(({ id }) => id),
              ["a", "d"]
            )
            yield* storage.append(main, [draftOf("e")])
            yield* checkedLog(storage, main)
          })
        )
      )

      it.effect("goes on when the storage is opened again, and beside another one", () =>
        Effect.gen(function* () {
          const first = yield* fresh
          const { open } = yield* RunDatabase
          yield* first.append(main, [draftOf("a")])
          const second = yield* open(first.namespace)
          for (const id of ["b", "c", "d", "e"]) {
            yield* second.append(main, [draftOf(id)])
            yield* first.append(main, [draftOf(`${id}!`)])
          }
          assert.strictEqual((yield* checkedLog(first, main)).length, 9)
          assert.deepStrictEqual(yield* second.lineages(), yield* first.lineages())
        })
      )

      for (const pace of [20, 100, 2048]) {
        it.effect(`keeps the order of calls in each lineage, yielding every ${pace} steps`, () =>
          on((storage) =>
            Effect.gen(function* () {
              const calls = Array.from({ length: 120 }, (_, i) => ({ at: lineage(`t${i % 4}`), id: `${i}` }))
              const appended = yield* Effect.all(
                calls.map(({ at, id }) => storage.append(at, [draftOf(id), writesOf(id, id)])),
                { concurrency: "unbounded" }
              )
              for (const thread of ["t0", "t1", "t2", "t3"]) {
                const log = yield* checkedLog(storage, lineage(thread))
                const mine = calls.flatMap((call, i) => (call.at.thread === thread ? [{ ...call, i }] : []))
                assert.deepStrictEqual(
                  log.map(({ id }) => id),
                  mine.flatMap(({ id }) => [id, id])
                )
                assert.deepStrictEqual(
                  mine.flatMap(({ i }) => appended[i]?.numbers ?? []),
                  log.map(({ n }) => n)
                )
              }
            }).pipe(Effect.withMaxOpsBeforeYield(pace))
          )
        )

        it.effect(`loses and doubles nothing among many fibers, yielding every ${pace} steps`, () =>
          on((storage) =>
            Effect.gen(function* () {
              const moved: Array<string> = []
              const writer = (w: number) =>
                Effect.forEach(
                  Array.from({ length: 10 }, (_, i) => `${w}-${i}`),
                  (id, i) =>
                    Effect.gen(function* () {
                      const at = lineage(`t${(w + i) % 3}`)
                      const chunks = [chunkOf(`shared ${i}`), chunkOf(`own ${id}`)]
                      if (i % 4 === 3) {
                        const { epoch } = yield* storage.find(at)
                        const result = yield* failure(storage.append(at, [draftOf(id, { chunks })], epoch))
                        if (result !== "success") moved.push(id)
                      } else yield* storage.append(at, [draftOf(id, { chunks })])
                    })
                )
              yield* Effect.all(
                Array.from({ length: 8 }, (_, w) => writer(w)),
                {
                  concurrency: "unbounded"
                }
              )
              const logs = yield* Effect.forEach(["t0", "t1", "t2"], (t) => checkedLog(storage, lineage(t)))
              const ids = logs.flat().map(({ id }) => id)
              assert.strictEqual(new Set(ids).size, ids.length)
              // an epoch may move when the lineage begins, and not later
              assert.strictEqual(ids.length + moved.length, 80)
              for (const i of [0, 5, 9]) {
                const [chunk] = yield* storage.chunks([chunkOf(`shared ${i}`).hash])
                assert.strictEqual(chunk && readChunk(chunk)?.toString(), `shared ${i}`)
              }
            }).pipe(Effect.withMaxOpsBeforeYield(pace))
          )
        )
      }
    })

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

    describe("that removes", () => {
      it.effect("empties payloads, and leaves entries and chain", () =>
        on((storage) =>
          Effect.gen(function* () {
            const chunk = chunkOf("x".repeat(2000))
            yield* storage.append(main, [
              draftOf(uuid(1), { chunks: [chunk] }),
              writesOf(uuid(1), "w"),
              draftOf(uuid(2)),
              draftOf(uuid(3), { names: ["kept"] })
            ])
            const before = yield* storage.find(main)
            const [, , base] = yield* storage.log(main, 0, 10)
            const removal = {
              epoch: before.epoch,
              gone: [1, 2, 3],
              empty: [1, 2],
              chunks: [chunk.hash, chunkOf("never there").hash],
              draft: draftOf("pruned", { kind: kinds.prune })
            }
            const freed = yield* storage.remove(main, removal)
            const bytes = [draftOf(uuid(1)), writesOf(uuid(1), "w")].reduce(
              (sum, { body, meta }) => sum + body.length + meta.length,
              chunk.data.length
            )
            assert.deepStrictEqual(freed, { entries: 3, chunks: 1, bytes })
            assert.deepStrictEqual(yield* storage.chunks([chunk.hash]), [undefined])
            const log = yield* checkedLog(storage, main)
            assert.deepStrictEqual(
              log.map(({ gone, payload }) => [gone, payload !== undefined]),
              [
                [true, false],
                [true, false],
                [true, true],
                [false, true],
                [false, true]
              ]
            )
            // others may refer to it still
            const [kept] = yield* storage.entries(main, [3])
            assert.deepStrictEqual(kept && plain(kept), base && { ...plain(base), gone: true })
            assert.deepStrictEqual(idsOf(yield* storage.list({ holds: [], limit: 10 })), [uuid(3)])
            assert.isUndefined((yield* storage.find(main, uuid(2))).checkpoint)
            assert.deepStrictEqual(yield* storage.belonging(main, kinds.writes, uuid(1)), [])

            const after = yield* storage.find(main)
            assert.notStrictEqual(after.epoch, before.epoch)
            assert.strictEqual(
              yield* failure(storage.append(main, [draftOf("x")], before.epoch)),
              "LineageMoved"
            )
            assert.strictEqual(yield* failure(storage.remove(main, removal)), "LineageMoved")
            assert.deepStrictEqual(
              (yield* storage.append(main, [draftOf(uuid(4))], after.epoch)).numbers,
              [6]
            )
            // what is gone already is not counted again
            const again = yield* storage.remove(main, {
              ...removal,
              epoch: after.epoch,
              empty: [1, 3, 2 ** 26 + 1]
            })
            assert.strictEqual(again.entries, 0)
            assert.strictEqual(again.bytes, draftOf(uuid(2)).body.length + draftOf(uuid(2)).meta.length)
            assert.strictEqual((yield* checkedLog(storage, main)).length, 7)
          })
        )
      )

      it.effect("goes back to the revision before when the newest one is gone", () =>
        on((storage) =>
          Effect.gen(function* () {
            yield* storage.append(main, [draftOf("a"), draftOf("a", { body: Buffer.from("again") })])
            const { epoch } = yield* storage.find(main)
            yield* storage.remove(main, { ...nothing, epoch, gone: [2], empty: [2] })
            assert.strictEqual((yield* storage.find(main, "a")).checkpoint?.n, 1)
          })
        )
      )

      it.effect("keeps a chunk for as long as any lineage holds it", () =>
        on((storage) =>
          Effect.gen(function* () {
            const chunk = chunkOf("shared by all")
            const draft = draftOf("a", { chunks: [chunk, chunk] })
            const lineages = [lineage("a"), lineage("a", "p"), lineage("b")]
            for (const at of lineages) yield* storage.append(at, [draft, draft])
            for (const [i, at] of lineages.entries()) {
              const [stored] = yield* storage.chunks([chunk.hash])
              assert.deepStrictEqual(stored && readChunk(stored)?.toString(), "shared by all")
              const { epoch } = yield* storage.find(at)
              const freed = yield* storage.remove(at, {
                ...nothing,
                epoch,
                chunks: [chunk.hash, chunk.hash]
              })
              const last = i === lineages.length - 1
              assert.deepStrictEqual(freed, {
                entries: 0,
                chunks: last ? 1 : 0,
                bytes: last ? chunk.data.length : 0
              })
            }
            assert.deepStrictEqual(yield* storage.chunks([chunk.hash]), [undefined])
          })
        )
      )

      it.effect("has no removal in a lineage that is not there", () =>
        on((storage) =>
          Effect.gen(function* () {
            assert.strictEqual(yield* failure(storage.remove(main, { ...nothing, epoch: 0 })), "LineageMoved")
            assert.deepStrictEqual(yield* storage.lineages(), [])
            yield* storage.reclaim
          })
        )
      )
    })

    describe("that deletes a thread", () => {
      it.effect("leaves nothing of it, and everything of others", () =>
        Effect.gen(function* () {
          const storage = yield* fresh
          const { search } = yield* RunDatabase
          const secret = `secret-${namespaces}`
          const shared = chunkOf(`shared-${namespaces}`)
          const own = chunkOf(`${secret} in a chunk`)
          const both = chunkOf(`${secret} in two lineages`)
          const draft = draftOf(`${secret}-id`, {
            parent: undefined,
            meta: Buffer.from(secret),
            body: Buffer.from(`body ${secret}`),
            chunks: [shared, own, both],
            names: [`${secret}-name`],
            refs: [{ kind: "tag", name: `${secret}-tag` }]
          })
          yield* storage.append(lineage(secret), [draft, draft])
          yield* storage.append(lineage(secret, `${secret}-path`), [draftOf(secret, { chunks: [both] })])
          yield* storage.append(lineage("other"), [draftOf("a", { chunks: [shared] })])
          const payload = ({ body, meta }: typeof draft): number => body.length + meta.length
          assert.deepStrictEqual(yield* storage.deleteThread(secret), {
            entries: 3,
            chunks: 2,
            bytes: 2 * payload(draft) + payload(draftOf(secret)) + own.data.length + both.data.length
          })
          assert.deepStrictEqual(yield* search(Buffer.from(secret)), [])
          assert.deepStrictEqual(yield* storage.chunks([own.hash, both.hash]), [undefined, undefined])
          assert.isTrue(Option.isNone(yield* storage.named(`${secret}-name`)))
          assert.deepStrictEqual(
            (yield* storage.lineages()).map(({ thread }) => thread),
            ["other"]
          )
          const [stored] = yield* storage.chunks([shared.hash])
          assert.isDefined(stored)
          assert.deepStrictEqual(yield* storage.refs(lineage(secret)), [])
        })
      )

      it.effect("takes no late write of its former run, and takes a run that begins anew", () =>
        on((storage) =>
          Effect.gen(function* () {
            const before = yield* storage.append(main, [draftOf(uuid(1))])
            yield* storage.deleteThread("thread")
            const child = draftOf(uuid(2), { parent: uuid(1) })
            assert.strictEqual(yield* failure(storage.append(main, [child])), "ThreadDeleted")
            assert.strictEqual(yield* failure(storage.append(main, [child], before.epoch)), "ThreadDeleted")
            assert.strictEqual(
              yield* failure(storage.append(main, [writesOf(uuid(1), "late")])),
              "ThreadDeleted"
            )
            assert.strictEqual(
              yield* failure(storage.append(lineage("thread", "p"), [draftOf(uuid(3)), child])),
              "ThreadDeleted"
            )
            assert.deepStrictEqual(yield* storage.lineages(), [])
            assert.isFalse((yield* storage.find(main)).reborn)

            const anew = yield* storage.append(main, [draftOf(uuid(5))])
            assert.deepStrictEqual(anew.numbers, [1])
            assert.notStrictEqual(anew.epoch, before.epoch)
            assert.strictEqual(yield* failure(storage.append(main, [child], before.epoch)), "LineageMoved")
            const found = yield* storage.find(main)
            assert.deepStrictEqual([found.reborn, found.epoch], [true, anew.epoch])
            yield* storage.append(main, [draftOf(uuid(6), { parent: uuid(5) })], anew.epoch)
            yield* checkedLog(storage, main)
            yield* storage.append(lineage("other"), [draftOf("a", { parent: "b" })])
            assert.isFalse((yield* storage.find(lineage("other"))).reborn)

            assert.strictEqual((yield* storage.deleteThread("thread")).entries, 2)
            assert.strictEqual(yield* failure(storage.append(main, [child])), "ThreadDeleted")
            assert.notStrictEqual((yield* storage.append(main, [draftOf(uuid(7))])).epoch, anew.epoch)
          })
        )
      )

      it.effect("while it is written: all is gone, or belongs to a run that began anew", () =>
        on((storage) =>
          Effect.gen(function* () {
            const chunk = chunkOf("of the thread")
            const write = (i: number) =>
              failure(
                storage.append(lineage("thread", `${i % 3}`), [
                  draftOf(`${i}`, { parent: i < 3 ? undefined : "p", chunks: [chunk] })
                ])
              )
            yield* Effect.all(
              [0, 1, 2].map((i) => write(i)),
              { concurrency: "unbounded" }
            )
            yield* Effect.all(
              Array.from({ length: 30 }, (_, i) =>
                i % 10 === 5 ? storage.deleteThread("thread") : write(i + 3)
              ),
              { concurrency: "unbounded" }
            )
            yield* storage.deleteThread("thread")
            assert.deepStrictEqual(yield* storage.lineages(), [])
            assert.deepStrictEqual(yield* storage.chunks([chunk.hash]), [undefined])
          })
        )
      )
    })

    describe("of a namespace", () => {
      it.effect("sees nothing of another one that has the same names and chunks", () =>
        Effect.gen(function* () {
          const mine = yield* fresh
          const theirs = yield* fresh
          const chunk = chunkOf("the same")
          const draft = draftOf("a", {
            chunks: [chunk],
            names: ["name"],
            refs: [{ kind: "tag", name: "tag" }]
          })
          yield* theirs.append(main, [draft])
          const theirEpoch = (yield* theirs.find(main)).epoch
          assert.isUndefined((yield* mine.find(main)).checkpoint)
          assert.deepStrictEqual(yield* mine.chunks([chunk.hash]), [undefined])
          assert.isTrue(Option.isNone(yield* mine.named("name")))
          assert.deepStrictEqual(yield* mine.lineages(), [])
          assert.deepStrictEqual(yield* mine.list({ holds: [], limit: 9 }), [])
          assert.deepStrictEqual(yield* mine.refs(main), [])
          assert.strictEqual(
            yield* failure(mine.remove(main, { ...nothing, epoch: theirEpoch })),
            "LineageMoved"
          )

          yield* mine.append(main, [draft])
          const [one] = yield* checkedLog(mine, main)
          const [other] = yield* checkedLog(theirs, main)
          assert.notDeepEqual(one?.chain, other?.chain)
          assert.strictEqual((yield* mine.deleteThread("thread")).chunks, 1)
          const [stored] = yield* theirs.chunks([chunk.hash])
          assert.isDefined(stored)
          assert.strictEqual((yield* theirs.find(main)).checkpoint?.id, "a")
          assert.strictEqual(yield* failure(theirs.append(main, [writesOf("a", "w")])), "success")
        })
      )

      it.effect("may have any name, and so may threads, paths, ids, names and tags", () =>
        Effect.gen(function* () {
          const { open } = yield* RunDatabase
          const run = `${++namespaces}`
          for (const name of odd) {
            const storage = yield* open(`${run}${name}`)
            yield* storage.append(lineage(name, name), [
              draftOf(name, { parent: name, names: [name], refs: [{ kind: "tag", name }] })
            ])
          }
          for (const name of odd) {
            const storage = yield* open(`${run}${name}`)
            const at = lineage(name, name)
            assert.deepStrictEqual(
              (yield* storage.lineages()).map(({ path, thread }) => [thread, path]),
              [[name, name]],
              JSON.stringify(name)
            )
            const [entry] = yield* checkedLog(storage, at)
            assert.deepStrictEqual([entry?.id, entry?.parent], [name, name])
            assert.deepStrictEqual(yield* storage.named(name), Option.some({ lineage: at, n: 1 }))
            assert.deepStrictEqual(yield* storage.refs(at), [{ kind: "tag", name, n: 1 }])
            assert.strictEqual((yield* storage.find(at, name)).checkpoint?.id, name)
          }
        })
      )

      it.effect("keeps apart names that look alike", () =>
        on((storage) =>
          Effect.gen(function* () {
            for (const name of odd) {
              yield* storage.append(
                lineage(name),
                odd.map((id) => draftOf(id, { body: Buffer.from(packName(id)) }))
              )
            }
            assert.strictEqual((yield* storage.lineages()).length, odd.length)
            for (const id of odd) {
              const { checkpoint } = yield* storage.find(lineage("a"), id)
              assert.deepStrictEqual(Buffer.from(checkpoint?.payload?.body ?? []), packName(id))
            }
            const listed = yield* storage.list({ thread: "a\0", holds: [], limit: 100 })
            assert.deepStrictEqual(new Set(idsOf(listed)), new Set(odd))
          })
        )
      )
    })
  })
}
