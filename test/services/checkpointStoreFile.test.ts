/** Checkpoints in one file that two processes have open, and checkpoints that are large. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { JsonObject } from "../../src/domain/Json.js"
import type { CheckpointStore } from "../../src/services/CheckpointStore.js"
import { words } from "../runs/words.js"
import { tempFile } from "../support/tempDir.js"
import { verified } from "./checkpointStoreRig.js"
import { checkedLog } from "./runDrafts.js"
import { checkpointsOver, onFile, scaffold } from "./runs/rig.js"

const save = (store: CheckpointStore["Type"], state: JsonObject) =>
  store.create({ scaffoldId: scaffold, thread: "t", state })

describe("checkpoints in a file", () => {
  for (const pace of [20, 2048]) {
    it.scopedLive(`are lost by none of two who have it open, yielding every ${pace} steps`, () =>
      Effect.gen(function* () {
        const filename = yield* tempFile("store.db")
        const runs = [yield* onFile(filename), yield* onFile(filename)] as const
        const saved = yield* Effect.forEach(
          runs,
          (each, writer) =>
            Effect.flatMap(checkpointsOver(each), (store) =>
              Effect.all(
                Array.from({ length: 25 }, (_, n) => save(store, { writer, n })),
                { concurrency: 5 }
              )
            ),
          { concurrency: "unbounded" }
        )
        const { storage } = runs[0]
        const store = yield* checkpointsOver(runs[0])
        const { id } = yield* store.head("t")
        const line = [...(yield* Stream.runCollect(store.history(id)))]
        assert.sameMembers(
          line.map((each) => each.id),
          saved.flat().map((each) => each.id)
        )
        assert.deepStrictEqual(
          line.map(({ revision }) => revision),
          Array.from({ length: 50 }, (_, n) => 50 - n)
        )
        yield* checkedLog(storage, { thread: "t", path: "\u0000aegis" })
        yield* verified(storage)
      }).pipe(Effect.withMaxOpsBeforeYield(pace))
    )
  }

  it.scopedLive("may have a state of 100 MB, of which the next one stores what changed", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile("store.db")
      const runs = yield* onFile(filename)
      const store = yield* checkpointsOver(runs)
      const block = words(1, 1_000_000)
      const list = Array.from({ length: 100 }, (_, n) => `${n} ${block}`)
      const first = yield* save(store, { list, n: 1 })
      const bytes = Effect.map(
        runs.client<{ readonly bytes: number }>`SELECT sum(length(data)) AS bytes FROM chunk`,
        ([row]) => row?.bytes ?? 0
      )
      const before = yield* bytes
      yield* save(store, { list: [...list, "more"], n: 2 })
      assert.isBelow((yield* bytes) - before, 1_500_000)
      const cold = yield* checkpointsOver(yield* onFile(filename))
      const [read] = yield* cold.list({ limit: 1 })
      assert.deepStrictEqual(read?.state, { list: [...list, "more"], n: 2 })
      assert.strictEqual(read?.parentId, first.id)
    })
  )
})
