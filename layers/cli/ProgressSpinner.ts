/** A spinner on stderr for what takes longer than a second; nothing when stderr is no terminal. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { Progress } from "../../src/cli/Progress.js"

const patience = "1 second"

/** Whether a person looks at the stream: a terminal that can move its cursor. */
export const isWatched = (
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>
): boolean => stream.isTTY === true && env["TERM"] !== "dumb" && (env["CI"] ?? "") === ""

/** `start` shows a label and returns what takes it away again. */
export const make = (start: (label: string) => Effect.Effect<Effect.Effect<void>>): Progress["Type"] => ({
  during: (label) => (effect) =>
    Effect.acquireUseRelease(
      // Interrupted while it waits: nothing was shown, nothing is to be taken away. Once it starts, it gets to the end.
      Effect.forkDaemon(Effect.zipRight(Effect.interruptible(Effect.sleep(patience)), start(label))),
      () => effect,
      (shown) =>
        Effect.flatMap(Fiber.interrupt(shown), (exit) => (exit._tag === "Success" ? exit.value : Effect.void))
    )
})

const spin = (label: string): Effect.Effect<Effect.Effect<void>> =>
  Effect.map(
    Effect.promise(() => import("yocto-spinner")),
    ({ default: spinner }) => {
      const running = spinner({ text: label, stream: process.stderr }).start()
      return Effect.sync(() => void running.stop())
    }
  )

/** Whether anybody watches is asked when there is something to see: setting stderr up takes time too. */
export const layer: Layer.Layer<Progress> = Layer.sync(Progress, () =>
  make((label) =>
    Effect.suspend(() => (isWatched(process.stderr, process.env) ? spin(label) : Effect.succeed(Effect.void)))
  )
)
