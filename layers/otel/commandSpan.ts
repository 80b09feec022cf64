/**
 * The span around a whole command, as the conventions for programs of a command line have it (cli/cli-spans.md): all others are below it,
 * and it continues the trace of who started the command. Its words are not told: paths and texts stand in them.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { exitCodes, failureOf } from "../../src/cli/exitCode.js"

const executable = "aegis"

export const withCommandSpan = <A, E, R>(command: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.useSpan(
    executable,
    {
      captureStackTrace: false,
      attributes: { "process.executable.name": executable, "process.pid": process.pid }
    },
    (span) =>
      Effect.withParentSpan(command, span).pipe(
        Effect.onExit((exit) =>
          Effect.sync(() =>
            span.attribute(
              "process.exit.code",
              Exit.isSuccess(exit) ? exitCodes.done : failureOf(exit.cause).code
            )
          )
        )
      )
  )
