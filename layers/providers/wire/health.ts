/** Whether a provider is there, asked in the cheapest way it offers. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { BuiltInProvider } from "../../../src/domain/Provider.js"
import type { Health } from "../../../src/services/ProviderAdapter.js"
import { toFailure } from "./errors.js"
import { variables } from "./keys.js"

const named = 5

/** "12 models: a, b, …": enough to see whether the wanted one is among them. */
export const listOf = (models: ReadonlyArray<string>): string =>
  `${models.length} model${models.length === 1 ? "" : "s"}${models.length === 0 ? "" : ": "}${models.slice(0, named).join(", ")}${models.length > named ? ", …" : ""}`

/**
 * Turns asking into a health. `unset` is what to say when nothing answers at an address that nobody chose; without it
 * silence is `unreachable`. Waits five seconds at most and never fails.
 */
export const healthOf = (options: {
  readonly provider: BuiltInProvider
  readonly address: string
  readonly unset?: string
  readonly ask: Effect.Effect<string, unknown>
}): Effect.Effect<Health> =>
  options.ask.pipe(
    Effect.map((detail): Health => ({ status: "ok", detail })),
    Effect.timeoutFail({ duration: "5 seconds", onTimeout: () => new Error("timed out") }),
    Effect.catchAll((thrown) =>
      Effect.map(Clock.currentTimeMillis, (now): Health => {
        const variable = variables[options.provider]
        const { error } = toFailure(thrown, { provider: options.provider, model: "-", variable, now })
        if (error._tag === "AuthFailed") {
          return { status: "unauthorized", detail: `${options.address} refused the key in ${variable}` }
        }
        const silent = error._tag === "ProviderUnavailable" && error.status === undefined
        if (silent && options.unset !== undefined) return { status: "unconfigured", detail: options.unset }
        return {
          status: "unreachable",
          detail: silent
            ? `no answer from ${options.address}`
            : `${options.address} answered, but not as expected (${error._tag})`
        }
      })
    ),
    Effect.withSpan("ProviderAdapter.health", { attributes: { "aegis.provider": options.provider } })
  )
