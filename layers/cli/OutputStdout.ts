/** Output to stdout. A reader that went away (`| head`) ends the command quietly, as it would end any other. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { make, Output } from "../../src/cli/Output.js"
import { open, type Sink, styleOf } from "./stdout.js"

export { direct, open, type Sink, styleOf } from "./stdout.js"

/** Writes and waits until it is handed over. When nobody reads any more, the program is interrupted. */
export const writeTo =
  (sink: Sink, closed: () => void) =>
  (text: string): Effect.Effect<void> =>
    Effect.async<void>((resume) => {
      sink.write(text, (error) => {
        if (error === null || error === undefined) return resume(Effect.void)
        closed()
        resume(Effect.interrupt)
      })
    })

export const layer = (json: boolean, closed: () => void): Layer.Layer<Output> =>
  Layer.sync(Output, () => {
    const sink = open()
    return make({ json, style: styleOf(sink, process.env), write: writeTo(sink, closed) })
  })
