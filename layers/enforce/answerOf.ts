/** What another program prints, and how it ends. What it says on stderr is not told on. */
import * as Command from "@effect/platform/Command"
import type { CommandExecutor } from "@effect/platform/CommandExecutor"
import type { PlatformError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

export interface Answer {
  readonly code: number
  readonly text: string
}

export const answerOf = (command: Command.Command): Effect.Effect<Answer, PlatformError, CommandExecutor> =>
  Effect.scoped(
    Effect.flatMap(Command.start(command), (process) =>
      Effect.all(
        {
          text: process.stdout.pipe(Stream.decodeText(), Stream.mkString),
          noise: Stream.runDrain(process.stderr),
          code: process.exitCode
        },
        { concurrency: 3 }
      )
    )
  )
