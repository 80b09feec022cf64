import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { sha256 } from "../../../src/prompt/digest.js"
import { ScaffoldStorage } from "../../../src/services/ScaffoldStorage.js"
import { rowOf } from "../../services/scaffoldStorageContract.js"
import { sqliteIn } from "../../services/storages.js"
import { tempDir } from "../../support/tempDir.js"

const storageIn = (root: string) =>
  Effect.map(Layer.build(sqliteIn(root)), (context) => Context.get(context, ScaffoldStorage))

const namesIn = (storage: ScaffoldStorage["Type"], limit = 8) =>
  Effect.map(storage.recent("default", "openai", "gpt-5", limit), (rows) => rows.map(({ header }) => header))

describe("the newest entries, remembered", () => {
  it.scoped("are those of all processes, in the order in which they were written", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const mine = yield* storageIn(root)
      const theirs = yield* storageIn(root)
      assert.deepStrictEqual(yield* namesIn(mine), [])
      const expected: Array<string> = []
      for (let i = 0; i < 24; i++) {
        yield* (i % 3 === 0 ? theirs : mine).put(rowOf(`${i}`))
        expected.unshift(`${i}`)
        assert.deepStrictEqual(yield* namesIn(mine), expected.slice(0, 8))
        assert.deepStrictEqual(yield* namesIn(mine, 20), expected.slice(0, 20))
        if (i % 5 === 0) assert.deepStrictEqual(yield* namesIn(theirs, 2), expected.slice(0, 2))
      }
    })
  )

  it.scoped("are without what was removed, by whatever process and way", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const mine = yield* storageIn(root)
      const theirs = yield* storageIn(root)
      yield* Effect.forEach(["a", "b", "c", "d", "e"], (name) => mine.put(rowOf(name)))
      assert.deepStrictEqual(yield* namesIn(mine), ["e", "d", "c", "b", "a"])
      yield* mine.invalidate("default", sha256("c"))
      assert.deepStrictEqual(yield* namesIn(mine), ["e", "d", "b", "a"])
      yield* theirs.invalidate("default", sha256("e"))
      assert.deepStrictEqual(yield* namesIn(mine), ["d", "b", "a"])
      yield* mine.quarantine("default", sha256("b"), "altered")
      assert.deepStrictEqual(yield* namesIn(mine), ["d", "a"])
      yield* mine.replace(rowOf("a"))
      assert.deepStrictEqual(yield* namesIn(mine), ["a", "d"])
      yield* mine.prune({ maxEntries: 1 }, 0, false)
      assert.deepStrictEqual(yield* namesIn(mine), ["a"])
    })
  )
})
