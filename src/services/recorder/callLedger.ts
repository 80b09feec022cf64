/**
 * The calls that a recorded program makes by itself, by whatever client, in the ledger: a record of each request that asks a model. What the
 * Executor sends is in the record of its execution.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type { Provider } from "../../domain/Provider.js"
import { type ChatApi, chatApis } from "../../prompt/render/requestOfBody.js"
import { AegisConfig, type Settings } from "../AegisConfig.js"
import { PriceList } from "../PriceList.js"
import { Telemetry } from "../Telemetry.js"
import { type Call, eventOf } from "./callEvent.js"
import type { Asked } from "./request.js"
import { isPrompt } from "./surroundings.js"

/** A request that has ended, whatever it asked. */
export type Ended = Omit<Call, "api" | "body" | "namespace" | "provider"> &
  Pick<Asked, "method" | "url" | "body">

export interface CallLedger {
  /** Records it, if it asked a model. Nobody waits for that. */
  readonly record: (ended: Ended) => Effect.Effect<void>
  /** Waits for what is not recorded yet. */
  readonly settled: Effect.Effect<void>
}

/** Whose address a setting is. */
const addresses = [
  ["openaiBaseUrl", "openai"],
  ["anthropicBaseUrl", "anthropic"],
  ["vllmBaseUrl", "vllm"],
  ["sglangBaseUrl", "sglang"],
  ["llamaCppBaseUrl", "llama-cpp"]
] as const

/** Who speaks like this; where several do, only an address can tell them apart. */
const speakers: Readonly<Record<ChatApi, Provider | undefined>> = {
  messages: "anthropic",
  responses: "openai",
  "chat/completions": undefined
}

/** As the settings have it, then as the providers' own addresses say, then as the interface does. */
const providerAt = (url: URL, api: ChatApi, settings: Partial<Settings>): Provider | undefined => {
  const known = addresses.find(([name]) => {
    const base = settings[name]?.replace(/(\/v1)?\/*$/, "")
    return base !== undefined && (url.href === base || url.href.startsWith(`${base}/`))
  })
  return known?.[1] ?? (url.host === "api.openai.com" ? "openai" : speakers[api])
}

/** Undefined where the program keeps no ledger. */
export const makeCallLedger = Effect.fnUntraced(function* (
  clock: Clock.Clock
): Effect.fn.Return<CallLedger | undefined> {
  const telemetry = Option.getOrUndefined(yield* Effect.serviceOption(Telemetry))
  if (telemetry === undefined) return undefined
  const prices = Option.getOrUndefined(yield* Effect.serviceOption(PriceList))
  const config = Option.getOrUndefined(yield* Effect.serviceOption(AegisConfig))
  const settings: Partial<Settings> = config?.settings ?? {}
  const pending = new Set<Fiber.Fiber<unknown>>()

  const callIn = ({ body, method, url, ...rest }: Ended): Call | undefined => {
    if (method !== "POST" || typeof body !== "object" || body === null || !isPrompt(body)) return undefined
    const place = new URL(url)
    const api = chatApis.find((each) => place.pathname.endsWith(`/${each}`))
    return api === undefined
      ? undefined
      : { ...rest, api, body, namespace: settings.namespace, provider: providerAt(place, api, settings) }
  }

  return {
    record: (ended) =>
      Effect.suspend(() => {
        const call = callIn(ended)
        if (call === undefined) return Effect.void
        return eventOf(prices, call).pipe(
          Effect.flatMap(telemetry.record),
          // the prices are those of the time of the run
          Effect.withClock(clock),
          Effect.forkDaemon,
          Effect.map((fiber) => {
            pending.add(fiber)
            fiber.addObserver(() => pending.delete(fiber))
          })
        )
      }),
    settled: Effect.suspend(() => Fiber.awaitAll(pending))
  }
})
