/** `aegis provenance ID`: where something came from, down to the blocks of the prompt. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Provenance } from "../domain/Provenance.js"
import { findCheckpoint } from "../services/checkpoints/names.js"
import { provenance as trace } from "../services/provenance.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { operand } from "./textInput.js"
import { provenanceView } from "./views/provenance.js"

export const provenance = Effect.fn("aegis provenance")(function* (options: {
  readonly id: string
  readonly thread: Option.Option<string>
}) {
  const output = yield* Output
  const { during } = yield* Progress
  const word = yield* operand(options.id)
  const found = yield* trace(word.toLowerCase()).pipe(
    // an artifact, a call and a node are known by their ids alone, a checkpoint by whatever names it
    Effect.catchTag("RunNotFound", () =>
      Effect.flatMap(findCheckpoint(word, { thread: Option.getOrUndefined(options.thread) }), ({ id }) =>
        trace(id)
      )
    ),
    during("following")
  )
  yield* output.emit(Provenance, found, provenanceView)
})
