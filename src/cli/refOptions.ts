/** What most commands about runs are given: a checkpoint, by whatever names it, and the run that it is in. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { CheckpointId } from "../domain/Ids.js"
import type { Snapshot } from "../runs/snapshot.js"
import { findCheckpoint, type NameError } from "../services/checkpoints/names.js"
import type { RunLog } from "../services/RunLog.js"
import type { RunStorage } from "../services/RunStorage.js"
import { operand } from "./textInput.js"
import { UsageError } from "./UsageError.js"

export interface RefOptions {
  readonly ref: string
  readonly thread: Option.Option<string>
}

const isCheckpointId = Schema.is(CheckpointId)

/** The id of a checkpoint, for what is to refer to it. LangGraph lets its user choose ids that are no UUIDs. */
export const referable = ({ id }: Pick<Snapshot, "id">): Effect.Effect<CheckpointId, UsageError> =>
  isCheckpointId(id)
    ? Effect.succeed(id)
    : new UsageError({
        problem: "The id of this checkpoint is no UUID",
        fix: "Name one of Aegis, or one that LangGraph named itself."
      })

/** The checkpoint that is meant. */
export const meant = ({
  ref,
  thread
}: RefOptions): Effect.Effect<Snapshot, NameError | UsageError, RunLog | RunStorage> =>
  Effect.flatMap(operand(ref), (word) => findCheckpoint(word, { thread: Option.getOrUndefined(thread) }))
