/** Output to stdout. A reader that went away (`| head`) ends the command quietly, as it would end any other. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { make, Output } from "../../src/cli/Output.js"
import type { Style } from "../../src/cli/views/Style.js"

/** How text may look on a stream: NO_COLOR and FORCE_COLOR are honoured, and what is no terminal gets no colour. */
export const styleOf = (
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>
): Style => {
  const forced = env["FORCE_COLOR"]
  const asked = forced !== undefined && forced !== "" && forced !== "0"
  const refused = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb" || forced === "0"
  const terminal = stream.isTTY === true
  return {
    color: !refused && (asked || terminal),
    width: terminal ? Math.max(40, stream.columns ?? 80) : 120
  }
}

/** Writes and waits until it is handed over. When nobody reads any more, the program is interrupted. */
export const writeTo =
  (stream: NodeJS.WritableStream, closed: () => void) =>
  (text: string): Effect.Effect<void> =>
    Effect.async<void>((resume) => {
      stream.write(text, (error) => {
        if (error === null || error === undefined) return resume(Effect.void)
        closed()
        resume(Effect.interrupt)
      })
    })

export const layer = (json: boolean, closed: () => void): Layer.Layer<Output> =>
  Layer.sync(Output, () => {
    // The error comes to the write's own callback; without a listener it would end the process first.
    process.stdout.on("error", () => {})
    return make({ json, style: styleOf(process.stdout, process.env), write: writeTo(process.stdout, closed) })
  })
