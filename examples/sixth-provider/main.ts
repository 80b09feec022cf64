/** Runs the program with everything that Aegis has, and one provider more. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AegisLive } from "../../layers/AegisLive.js"
import { EchoLive } from "./echo.js"
import { program } from "./program.js"

const Main = EchoLive.pipe(Layer.provideMerge(AegisLive))

Effect.runPromise(Effect.provide(program, Main)).then(
  (lines) => console.log(lines.join("\n")),
  (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  }
)
