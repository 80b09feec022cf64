/** `aegis checkpoint branch REF NAME`: begins a branch at a checkpoint, whose state it shares. */
import * as Effect from "effect/Effect"
import { Checkpoint } from "../domain/Checkpoint.js"
import { CheckpointStore } from "../services/CheckpointStore.js"
import { Output } from "./Output.js"
import { meant, type RefOptions } from "./refOptions.js"
import { operand } from "./textInput.js"
import { savedView } from "./views/checkpoint.js"

export const checkpointBranch = Effect.fn("aegis checkpoint branch")(function* (
  options: RefOptions & { readonly name: string }
) {
  const store = yield* CheckpointStore
  const output = yield* Output
  const name = yield* operand(options.name)
  const { id } = yield* meant(options)
  yield* output.emit(Checkpoint, yield* store.branch(id, name), savedView)
})
