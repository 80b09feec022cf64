import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { kinds } from "../../src/runs/entry.js"
import type { RunStorage } from "../../src/services/RunStorage.js"
import { breathe } from "../../src/services/runs/breathe.js"
import { checkedLog, draftOf, lineage, uuid } from "../services/runDrafts.js"
import { onFile } from "../services/runs/rig.js"
import { tempFile } from "../support/tempDir.js"

type Storage = RunStorage["Type"]

/** Two connections to one file, as two processes have them. */
const two = Effect.gen(function* () {
  const file = yield* tempFile("runs.db")
  const [mine, theirs] = [yield* onFile(file), yield* onFile(file)]
  return { mine: mine.storage, theirs: theirs.storage }
})

const at = lineage("t")
const put = (storage: Storage, id: number, epoch?: number) =>
  storage.append(at, [draftOf(uuid(id), { parent: id === 1 ? undefined : uuid(id - 1) })], epoch)
const newest = (storage: Storage) => Effect.map(storage.find(at), ({ checkpoint }) => checkpoint?.id)

describe("a run storage on SQLite, beside another process", () => {
  it.scopedLive("knows the newest checkpoint by heart until the other one writes", () =>
    Effect.gen(function* () {
      const { mine, theirs } = yield* two
      yield* put(mine, 1)
      assert.strictEqual(yield* newest(mine), uuid(1))
      assert.strictEqual(mine.recall(at)?.checkpoint?.id, uuid(1))
      yield* put(theirs, 2)
      assert.isUndefined(mine.recall(at))
      assert.strictEqual(yield* newest(mine), uuid(2))
    })
  )

  it.scopedLive("appends after what the other one appended", () =>
    Effect.gen(function* () {
      const { mine, theirs } = yield* two
      for (const id of [1, 3, 5, 7]) {
        yield* put(mine, id)
        yield* put(theirs, id + 1)
      }
      const log = yield* checkedLog(mine, at)
      assert.deepStrictEqual(
        log.map(({ n }) => n),
        [1, 2, 3, 4, 5, 6, 7, 8]
      )
    })
  )

  it.scopedLive("refuses what refers to a payload that the other one has removed", () =>
    Effect.gen(function* () {
      const { mine, theirs } = yield* two
      yield* put(mine, 1)
      const { epoch } = yield* put(mine, 2)
      yield* theirs.remove(at, {
        epoch,
        gone: [1],
        empty: [1],
        chunks: [],
        draft: draftOf("", { kind: kinds.prune })
      })
      assert.strictEqual((yield* Effect.flip(put(mine, 3, epoch)))._tag, "LineageMoved")
      yield* put(mine, 3)
      assert.strictEqual((yield* checkedLog(mine, at)).length, 4)
    })
  )

  it.scopedLive("finds that the thread was deleted, and that another one has its name", () =>
    Effect.gen(function* () {
      const { mine, theirs } = yield* two
      yield* put(mine, 1)
      const { epoch } = yield* put(mine, 2)
      yield* theirs.deleteThread(at.thread)
      assert.strictEqual((yield* Effect.flip(put(mine, 3, epoch)))._tag, "ThreadDeleted")
      yield* put(theirs, 1)
      assert.strictEqual((yield* Effect.flip(put(mine, 3, epoch)))._tag, "LineageMoved")
      assert.strictEqual(yield* newest(mine), uuid(1))
    })
  )

  it.scopedLive("writes what comes while the other one is in a transaction", () =>
    Effect.gen(function* () {
      const file = yield* tempFile("runs.db")
      const [mine, theirs] = [yield* onFile(file), yield* onFile(file)]
      yield* put(mine.storage, 1)
      const [begun, done] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const held = yield* theirs.client`DELETE FROM ref`.pipe(
        Effect.zipRight(Deferred.succeed(begun, undefined)),
        Effect.zipRight(Deferred.await(done)),
        theirs.client.withTransaction,
        Effect.fork
      )
      yield* Deferred.await(begun)
      const puts = yield* Effect.fork(
        Effect.forEach([2, 3, 4], (id) => put(mine.storage, id), { concurrency: "unbounded" })
      )
      yield* breathe
      assert.deepStrictEqual(yield* newest(mine.storage), uuid(1))
      yield* Deferred.succeed(done, undefined)
      yield* Fiber.join(held)
      yield* Fiber.join(puts)
      assert.strictEqual((yield* checkedLog(mine.storage, at)).length, 4)
    })
  )
})
