/** Output to stdout. What cannot be written ends the command: there is nothing that it could still do. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { make, Output } from "../../src/cli/Output.js"
import { open, type Sink, styleOf } from "./stdout.js"

/** Writes and waits until it is handed over. When it cannot be, the program is interrupted. */
export const writeTo =
  (sink: Sink, closed: (error: Error) => void) =>
  (text: string): Effect.Effect<void> =>
    Effect.async<void>((resume) => {
      sink.write(text, (error) => {
        if (error === null || error === undefined) return resume(Effect.void)
        closed(error)
        resume(Effect.interrupt)
      })
    })

export const layer = (json: boolean, closed: (error: Error) => void): Layer.Layer<Output> =>
  Layer.sync(Output, () => {
    const sink = open()
    return make({ json, style: styleOf(sink, process.env), write: writeTo(sink, closed) })
  })
