/** What the stores of runs promise about many who save at once. */
import { assert, describe, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { RunStorage } from "../../src/services/RunStorage.js"
import { checkedLog } from "./runDrafts.js"
import { fresh, RunDatabase, type Storage } from "./runStorages.js"
import { CheckpointStore, create, history, idsOf, on, refs, stores } from "./checkpointStoreRig.js"

export const races = (name: string, database: Layer.Layer<RunDatabase>): void => {
  sharing(database)(`the stores of runs ${name}`, (it) => {
    describe("with many at once", () => {
      const line = (thread: string, head: string, count: number) =>
        Effect.gen(function* () {
          const ids = yield* history(head)
          assert.strictEqual(ids.length, count)
          assert.strictEqual(new Set(ids).size, count)
          assert.deepStrictEqual(yield* refs(thread), { main: head })
          yield* checkedLog(yield* RunStorage, { thread, path: "\u0000aegis" })
          return yield* Effect.flatMap(CheckpointStore, (store) => store.revisions(thread, "checkpoint"))
        })

      for (const pace of [20, 100, 2048]) {
        // a server answers slowly to whoever yields at every word
        const count = pace === 20 && name.includes("Postgres") ? 10 : 50
        it.effect(`lose none of ${count} saves of one branch, yielding every ${pace} steps`, () =>
          on(
            Effect.gen(function* () {
              yield* Effect.all(
                Array.from({ length: count }, (_, n) => create({ thread: "t", state: { n } })),
                { concurrency: "unbounded" }
              )
              const { id } = yield* Effect.flatMap(CheckpointStore, (store) => store.head("t"))
              const revisions = yield* line("t", id, count)
              assert.deepStrictEqual(
                revisions.map(({ revision }) => revision),
                Array.from({ length: count }, (_, n) => n + 1)
              )
            })
          ).pipe(Effect.withMaxOpsBeforeYield(pace))
        )
      }

      it.effect("lose none of those that two stores save on one branch, and double no revision", () =>
        Effect.gen(function* () {
          const first = yield* fresh
          const { open } = yield* RunDatabase
          const second = yield* open(first.namespace)
          const writer = (storage: Storage, from: number) =>
            Effect.provide(
              Effect.all(
                Array.from({ length: 25 }, (_, n) => create({ thread: "t", state: { n: from + n } })),
                { concurrency: "unbounded" }
              ),
              stores(storage)
            )
          const saved = yield* Effect.all([writer(first, 0), writer(second, 100)], {
            concurrency: "unbounded"
          })
          yield* Effect.provide(
            Effect.gen(function* () {
              const { id } = yield* Effect.flatMap(CheckpointStore, (store) => store.head("t"))
              const revisions = yield* line("t", id, 50)
              assert.sameMembers([...idsOf(revisions)], [...idsOf(saved.flat())])
              assert.deepStrictEqual(
                revisions.map(({ revision }) => revision),
                Array.from({ length: 50 }, (_, n) => n + 1)
              )
            }),
            stores(first)
          )
        })
      )

      it.effect("begin branches of their own where all save upon the same one", () =>
        on(
          Effect.gen(function* () {
            const root = yield* create({ thread: "t", state: {} })
            const saved = yield* Effect.all(
              Array.from({ length: 10 }, (_, n) => create({ parentId: root.id, state: { n } })),
              { concurrency: "unbounded" }
            )
            assert.isTrue(saved.every(({ parentId }) => parentId === root.id))
            assert.strictEqual(new Set(saved.map(({ branch }) => branch)).size, 10)
            assert.strictEqual(saved.filter(({ branch }) => branch === "main").length, 1)
          })
        )
      )
    })
  })
}
