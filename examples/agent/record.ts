/** Records a run of the agent. Without ANTHROPIC_API_KEY the provider is the one that the tests have. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerRecorder } from "aegis-prompt-cache"
import { AegisLive } from "aegis-prompt-cache/layers"
import { agentProvider } from "../../test/support/agentProvider.js"
import { agent } from "./agent.js"

const keyed = (process.env["ANTHROPIC_API_KEY"] ?? "") !== ""

const standIn = Layer.scopedDiscard(
  Effect.map(agentProvider("not-a-key"), ({ url }) => {
    process.env["ANTHROPIC_API_KEY"] = "not-a-key"
    process.env["AEGIS_ANTHROPIC_BASE_URL"] = url
  })
)

const program = agent.pipe(
  Effect.provide(layerRecorder({ mode: "record" })),
  Effect.provide(AegisLive),
  Effect.provide(keyed ? Layer.empty : standIn)
)

Effect.runPromise(program).then(
  ({ value }) => {
    for (const { errors, path } of value)
      console.log(path, errors === 0 ? "keeps the rules" : `breaks them ${errors} times`)
  },
  (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  }
)
