/** Runs to record: a plan, modules that follow from it, and files that follow from these; each node asks the provider once. */
import * as Effect from "effect/Effect"
import { type Ran, Recorder, type RecorderError } from "../../src/services/Recorder.js"

export const modules = 19
export const files = 180
export const nodes = 1 + modules + files

/** What module or file `name` is told: a part of the run's input, if it has one of this name. */
const hint = (name: string): Effect.Effect<string, never, Recorder> =>
  Effect.flatMap(Recorder, ({ read }) =>
    Effect.map(read(name), (told) => (typeof told === "string" ? told : ""))
  )

/** So many nodes at a time. */
export const crew = (
  ask: (prompt: string) => Effect.Effect<string>,
  together: number
): Effect.Effect<Ran<number>, RecorderError, Recorder> =>
  Effect.flatMap(Recorder, ({ node, run }) =>
    run(
      "crew",
      {},
      Effect.gen(function* () {
        const plan = yield* node("plan", "plan", {}, () => ask("plan"))
        const made = yield* Effect.forEach(
          Array.from({ length: modules }, (_, at) => `module ${at}`),
          (name) =>
            node("module", name, { plan }, () =>
              Effect.flatMap(hint(name), (told) => ask(`${name} ${told}`))
            ),
          { concurrency: together }
        )
        const written = yield* Effect.forEach(
          Array.from({ length: files }, (_, at) => at),
          (at) => {
            const name = `file ${at}`
            const module = made[at % modules] ?? plan
            return node("file", name, { module }, () =>
              Effect.flatMap(hint(name), (told) => ask(`${name} ${told}`))
            )
          },
          { concurrency: together }
        )
        return written.length
      })
    )
  )

/** A run of so many nodes that ask nobody. */
export const many = (count: number): Effect.Effect<Ran<number>, RecorderError, Recorder> =>
  Effect.flatMap(Recorder, ({ node, run, tool }) =>
    run(
      "many",
      {},
      Effect.gen(function* () {
        const plan = yield* node("plan", "plan", {}, () => Effect.succeed("plan"))
        const all = yield* Effect.forEach(
          Array.from({ length: count - 1 }, (_, at) => `file ${at}`),
          (name) =>
            node("file", name, { plan }, () => tool("model", { name }, Effect.succeed(name.repeat(40)))),
          { concurrency: 8 }
        )
        return all.length
      })
    )
  )
