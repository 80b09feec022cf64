/** `aegis checkpoint save [FILE|-]`: keeps the state of a run as its next checkpoint. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Checkpoint } from "../domain/Checkpoint.js"
import { noScaffold } from "../services/checkpoints/native.js"
import { CheckpointStore } from "../services/CheckpointStore.js"
import { jsonOption } from "./jsonObject.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { meant, referable } from "./refOptions.js"
import { Scaffolds } from "./Scaffolds.js"
import { jsonInput } from "./textInput.js"
import { savedView } from "./views/checkpoint.js"

export interface SaveOptions {
  /** A path, or `-` for stdin. */
  readonly file: Option.Option<string>
  readonly scaffold: Option.Option<string>
  readonly name: Option.Option<string>
  readonly thread: Option.Option<string>
  /** Whatever names a checkpoint. */
  readonly parent: Option.Option<string>
  readonly branch: Option.Option<string>
  /** A JSON object. */
  readonly metadata: Option.Option<string>
}

export const checkpointSave = Effect.fn("aegis checkpoint save")(function* (options: SaveOptions) {
  const store = yield* CheckpointStore
  const output = yield* Output
  const { during } = yield* Progress
  const metadata = yield* jsonOption(options.metadata, "--metadata")
  const state = yield* jsonInput(options.file, "state")
  const scaffold = Option.isNone(options.scaffold)
    ? { id: noScaffold, blocks: Option.none() }
    : yield* (yield* Scaffolds).find(options.scaffold.value)
  const thread = Option.getOrUndefined(options.thread)
  const saved = yield* Effect.gen(function* () {
    const parentId = Option.isNone(options.parent)
      ? undefined
      : yield* Effect.flatMap(meant({ ref: options.parent.value, thread: options.thread }), referable)
    return yield* store.create({
      scaffoldId: scaffold.id,
      state,
      blocks: Option.getOrUndefined(scaffold.blocks),
      name: Option.getOrUndefined(options.name),
      branch: Option.getOrUndefined(options.branch),
      metadata,
      thread,
      parentId
    })
  }).pipe(during("saving"))
  yield* output.emit(Checkpoint, saved, savedView)
})
