/** A run of as many nodes as one likes: a plan, and files that follow from it, each by one call of a tool. */
import * as Effect from "effect/Effect"
import {
  Recorder,
  layer as recorder,
  type Ran,
  type RecorderOptions
} from "../../../src/services/Recorder.js"
import type { RecorderError } from "../../../src/services/Recorder.js"
import type { Recordings } from "../../../src/services/Recordings.js"
import type { SyntaxTrees } from "../../../src/services/SyntaxTrees.js"

export interface Crew {
  readonly files: number
  /** How long a call takes. */
  readonly millis?: number
  /** Told the name of each call that is made. */
  readonly called?: (name: string) => Effect.Effect<void>
  /** Told the name of each node once it has ended. */
  readonly ended?: (name: string) => Effect.Effect<void>
  readonly answer?: (name: string) => string
}

export const crew = (
  { answer = (name) => `text of ${name}`, called, ended, files, millis = 0 }: Crew,
  options: RecorderOptions
): Effect.Effect<Ran<ReadonlyArray<string>>, RecorderError, Recordings | SyntaxTrees> =>
  Effect.gen(function* () {
    const { node, run, tool } = yield* Recorder
    const call = (name: string) =>
      tool(
        "model",
        { prompt: `write ${name}` },
        Effect.gen(function* () {
          yield* called?.(name) ?? Effect.void
          if (millis > 0) yield* Effect.sleep(millis)
          return answer(name)
        })
      )
    return yield* run(
      "crew",
      {},
      Effect.gen(function* () {
        const plan = yield* node("plan", "plan", {}, () => call("plan"))
        const names = Array.from({ length: files }, (_, file) => `file ${file}`)
        const all = yield* Effect.forEach(
          names,
          (name) =>
            Effect.tap(
              node("file", name, { plan }, () => call(name)),
              () => ended?.(name) ?? Effect.void
            ),
          { concurrency: 8 }
        )
        return all.map(({ value }) => value)
      })
    )
  }).pipe(Effect.provide(recorder(options)))
