/** A checkpoint as the model has it, read whole. */
import * as Effect from "effect/Effect"
import type { Checkpoint } from "../../domain/Checkpoint.js"
import type { Snapshot } from "../../runs/snapshot.js"
import type { ReadError, RunLog } from "../RunLog.js"
import type { RunStorage } from "../RunStorage.js"
import { stateOf, toCheckpoint } from "./native.js"
import { allNodes } from "./nodes.js"

export const readCheckpoint = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  snapshot: Snapshot
): Effect.Effect<Checkpoint, ReadError> =>
  Effect.gen(function* () {
    const state = yield* stateOf(log, snapshot)
    return yield* toCheckpoint(snapshot, state, yield* allNodes(log, storage, snapshot))
  })
