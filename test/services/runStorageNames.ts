/** What every RunStorage promises about namespaces and names. */
import { assert, describe, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { kinds } from "../../src/runs/entry.js"
import { packName } from "../../src/runs/packed.js"
import { checkedLog, chunkOf, draftOf, idsOf, lineage, uuid, writesOf } from "./runDrafts.js"
import { failure, fresh, main, nothing, on, RunDatabase } from "./runStorages.js"

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

export const names = (name: string, layer: Layer.Layer<RunDatabase>): void => {
  sharing(layer, { excludeTestServices: true })(`a run storage ${name}`, (it) => {
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
          const run = (yield* fresh).namespace
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

    describe("with names that must point somewhere before", () => {
      const refs = (from: number) => ({ refs: [{ kind: "branch" as const, name: "main", from }] })

      it.effect("writes where they do, and nothing where they do not", () =>
        on((storage) =>
          Effect.gen(function* () {
            const tries = [
              ["a", 1, "LineageMoved"],
              ["a", 0, "success"],
              ["b", 0, "LineageMoved"],
              ["b", 1, "success"],
              ["c", 1, "LineageMoved"]
            ] as const
            for (const [id, from, outcome] of tries) {
              assert.strictEqual(yield* failure(storage.append(main, [draftOf(id, refs(from))])), outcome)
            }
            assert.deepStrictEqual(idsIn(yield* checkedLog(storage, main)), ["a", "b"])
            assert.deepStrictEqual(yield* storage.refs(main), [{ kind: "branch", name: "main", n: 2 }])
            // no lineage is begun by what is refused
            const other = storage.append(lineage("other"), [draftOf("a", refs(1))])
            assert.strictEqual(yield* failure(other), "LineageMoved")
            assert.strictEqual((yield* storage.lineages()).length, 1)
          })
        )
      )

      it.effect(
        "lets one of many writers through who saw the same, beside those who write other things",
        () =>
          Effect.gen(function* () {
            const first = yield* fresh
            const { open } = yield* RunDatabase
            const second = yield* open(first.namespace)
            for (const round of [0, 1, 2]) {
              const from = (yield* first.refs(main))[0]?.n ?? 0
              const outcomes = yield* Effect.all(
                Array.from({ length: 20 }, (_, i) =>
                  failure(
                    (i % 2 === 0 ? first : second).append(main, [
                      draftOf(`${round} ${i}`, i % 5 === 4 ? { kind: kinds.note } : refs(from))
                    ])
                  )
                ),
                { concurrency: "unbounded" }
              )
              assert.strictEqual(outcomes.filter((outcome) => outcome === "success").length, 5)
            }
            assert.strictEqual((yield* checkedLog(first, main)).length, 15)
          })
      )

      it.effect("takes a removal whose entry says so of any name", () =>
        on((storage) =>
          Effect.gen(function* () {
            yield* storage.append(main, [draftOf("a")])
            const { epoch } = yield* storage.find(main)
            yield* storage.remove(main, { ...nothing, epoch, draft: draftOf("b", refs(7)) })
            assert.deepStrictEqual(idsIn(yield* checkedLog(storage, main)), ["a", "b"])
          })
        )
      )
    })
  })
}

const idsIn = (log: ReadonlyArray<{ readonly id: string }>): ReadonlyArray<string> => log.map(({ id }) => id)
