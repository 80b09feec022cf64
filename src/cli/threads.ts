/** Runs by their names. */
import * as Effect from "effect/Effect"
import { nearest } from "../domain/nearest.js"
import { RunNotFound } from "../domain/RunErrors.js"
import type { StoreError } from "../domain/StoreErrors.js"
import { RunStorage } from "../services/RunStorage.js"

/** That there is a run of this name. */
export const knownThread = (thread: string): Effect.Effect<void, RunNotFound | StoreError, RunStorage> =>
  Effect.gen(function* () {
    const storage = yield* RunStorage
    if ((yield* storage.lineages(thread)).length > 0) return
    const all = yield* storage.lineages()
    const near = nearest(
      thread,
      all.map((lineage) => lineage.thread)
    )
    return yield* new RunNotFound({ kind: "thread", name: thread, ...(near === undefined ? {} : { near }) })
  })
