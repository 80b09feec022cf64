/** Sends the prompt of review.prompt.md for two weeks, and keeps the ledger of the current project. */
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { AegisLive } from "aegis-prompt-cache/layers"
import { history, key, provider } from "./history.js"

const program = Effect.gen(function* () {
  const { url } = yield* provider
  process.env["ANTHROPIC_API_KEY"] = key
  process.env["AEGIS_ANTHROPIC_BASE_URL"] = url
  const source = readFileSync("examples/history/review.prompt.md", "utf8")
  return yield* Effect.provide(history(source), AegisLive)
})

Effect.runPromise(Effect.scoped(program)).then(
  (calls) => console.log(`${calls} calls in two weeks`),
  (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  }
)
