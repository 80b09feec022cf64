/** What every RunStorage promises about what is removed. */
import { assert, describe, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { readChunk } from "../../src/runs/chunk.js"
import { kinds } from "../../src/runs/entry.js"
import { checkedLog, chunkOf, draftOf, idsOf, lineage, plain, uuid, writesOf } from "./runDrafts.js"
import { failure, fresh, main, nothing, on, RunDatabase } from "./runStorages.js"

export const removals = (name: string, layer: Layer.Layer<RunDatabase>): void => {
  sharing(layer, { excludeTestServices: true })(`a run storage ${name}`, (it) => {
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

      it.effect("lets go of chunks before the log's own entry holds some", () =>
        on((storage) =>
          Effect.gen(function* () {
            const chunk = chunkOf("in the log now")
            const { epoch } = yield* storage.append(main, [draftOf("a")])
            const draft = draftOf("b", { kind: kinds.prune, chunks: [chunk] })
            const freed = yield* storage.remove(main, { ...nothing, epoch, chunks: [chunk.hash], draft })
            assert.strictEqual(freed.chunks, 0)
            assert.notInclude(yield* storage.chunks([chunk.hash]), undefined)
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
          const secret = `secret of ${storage.namespace}`
          const shared = chunkOf(`shared in ${storage.namespace}`)
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
  })
}
