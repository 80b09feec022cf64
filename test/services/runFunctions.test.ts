/** The functions of the run store for input as it comes, as Effects and as promises. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { layerRuns } from "../../layers/RunStores.js"
import * as AegisPromise from "../../layers/promise.js"
import {
  addScratchpad,
  addToolTrace,
  branchFrom,
  getCheckpoint,
  listScratchpads,
  listToolTraces,
  saveCheckpoint
} from "../../src/index.js"
import { layerMemory } from "../../src/services/runStorageMemory.js"
import { tempDir } from "../support/tempDir.js"

const scaffold = "11111111-1111-5111-8111-111111111111"
const nowhere = "22222222-2222-5222-8222-222222222222"
const runs = layerRuns(layerMemory("default"))

/** What is thrown by a call, whatever it is. */
const thrownBy = (call: () => Promise<unknown>): Effect.Effect<unknown> =>
  Effect.promise(() =>
    call().then(
      () => "nothing",
      (error: unknown) => error
    )
  )
const includes = (actual: unknown, facts: Readonly<Record<string, unknown>>): void => {
  assert(typeof actual === "object" && actual !== null)
  assert.deepInclude(actual, facts)
}

describe("the functions of the run store", () => {
  it.effect("save, find and branch checkpoints, and keep what belongs to them", () =>
    Effect.gen(function* () {
      const first = yield* saveCheckpoint(scaffold, { step: 1 }, "plan")
      const next = yield* saveCheckpoint(scaffold, { step: 2 }, "plan", { parentId: first.id })
      includes(next, { name: "plan", revision: 2, thread: first.id, state: { step: 2 } })
      assert.deepStrictEqual(yield* getCheckpoint(next.id), next)
      includes(yield* branchFrom(first.id, "idea"), { branch: "idea", state: { step: 1 } })
      const note = yield* addScratchpad(next.id, "x", "note")
      const call = yield* addToolTrace(next.id, "search", { q: 1 }, { hits: [] }, { duration: 3 })
      assert.deepStrictEqual(yield* listScratchpads(next.id), [note])
      assert.deepStrictEqual(yield* listToolTraces(next.id), [call])
    }).pipe(Effect.provide(runs))
  )

  it.effect("name the argument that is not what it should be, and quote nothing of it", () =>
    Effect.gen(function* () {
      const { id } = yield* saveCheckpoint(scaffold, {})
      const wrong = [
        [Effect.flip(saveCheckpoint("SECRET", {})), "/scaffoldId", "Checkpoint"],
        [Effect.flip(saveCheckpoint(scaffold, ["SECRET"])), "/state", "Checkpoint"],
        [Effect.flip(saveCheckpoint(scaffold, null)), "/state", "Checkpoint"],
        [Effect.flip(addScratchpad("SECRET", "", "note")), "/checkpointId", "ToolTrace"],
        [Effect.flip(addScratchpad(id, "", "SECRET")), "/type", "ScratchpadArtifact"],
        [Effect.flip(addToolTrace(id, "x", "SECRET", {})), "/inputs", "ToolTrace"],
        [Effect.flip(addToolTrace(id, "x", {}, 5)), "/outputs", "ToolTrace"]
      ] as const
      for (const [call, path, schema] of wrong) {
        const error = yield* call
        includes(error, { _tag: "InvalidInput", path, schema })
        assert.notInclude(error.message, "SECRET")
        assert.include(error.message, `aegis schema ${schema}`)
      }
      includes(yield* Effect.flip(getCheckpoint(nowhere)), { _tag: "RunNotFound", name: nowhere })
      includes(yield* Effect.flip(branchFrom(nowhere, "x")), { _tag: "RunNotFound" })
    }).pipe(Effect.provide(runs))
  )

  it.scoped("give promises, and open the run store for the first of them", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const file = Path.join(root, ".aegis/store.db")
      const aegis = AegisPromise.openAegis({ cwd: root, env: {} })
      yield* Effect.promise(() =>
        aegis.resolveScaffold({ prompt: "Say hello.", provider: "openai", model: "gpt-4o" })
      )
      assert.isFalse(Fs.existsSync(file))
      const saved = yield* Effect.promise(async () => {
        const first = await aegis.saveCheckpoint(scaffold, { step: 1 }, "plan")
        await aegis.addScratchpad(first.id, "x", "note")
        await aegis.addToolTrace(first.id, "search", {}, {})
        await aegis.branchFrom(first.id, "idea")
        return first
      })
      assert.isTrue(Fs.existsSync(file))
      includes(yield* thrownBy(() => aegis.getCheckpoint(nowhere)), { _tag: "RunNotFound" })
      includes(yield* thrownBy(() => aegis.saveCheckpoint("x", {})), { _tag: "InvalidInput" })
      yield* Effect.promise(aegis.close)
      includes(yield* thrownBy(() => aegis.getCheckpoint(saved.id)), { _tag: "AegisClosed" })

      const again = AegisPromise.openAegis({ cwd: root, env: {} })
      assert.deepStrictEqual(yield* Effect.promise(() => again.getCheckpoint(saved.id)), saved)
      assert.strictEqual((yield* Effect.promise(() => again.listScratchpads(saved.id))).length, 1)
      assert.strictEqual((yield* Effect.promise(() => again.listToolTraces(saved.id))).length, 1)
      yield* Effect.promise(again.close)
    })
  )
})
