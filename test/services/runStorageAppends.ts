/** What every RunStorage promises about what is appended. */
import { assert, describe, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { readChunk } from "../../src/runs/chunk.js"
import { kinds } from "../../src/runs/entry.js"
import { checkedLog, chunkOf, draftOf, lineage, uuid, writesOf } from "./runDrafts.js"
import { failure, fresh, main, on, RunDatabase } from "./runStorages.js"

export const appends = (name: string, layer: Layer.Layer<RunDatabase>): void => {
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
  })
}
