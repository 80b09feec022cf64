/**
 * Prices from three lists: the user's own file (`prices` in aegis.config.json), Aegis' list of what the bundled one does
 * not have, and the bundled one. The first that knows the model answers. Local servers have no price until a user gives
 * one: the electricity is not free, and nobody here knows what it costs.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { totalMoney } from "../src/domain/Money.js"
import type { Provider } from "../src/domain/Provider.js"
import type { Usage } from "../src/domain/Usage.js"
import { sha256 } from "../src/prompt/digest.js"
import { AegisConfig, ConfigInvalid } from "../src/services/AegisConfig.js"
import { PriceList, type Price } from "../src/services/PriceList.js"
import { findInGenai, genaiVersion, type Found } from "./prices/genai.js"
import { overrides } from "./prices/overrides.js"
import { findRates, PriceFile } from "./prices/PriceFile.js"
import { moneyOf } from "./prices/rates.js"
import { pricesVersion } from "./prices/version.js"

/** A list of prices under the name that a price carries. */
interface NamedFile {
  readonly source: string
  readonly file: PriceFile
}

/** What a list said about a model. */
interface Known extends Found {
  readonly source: string
  readonly version: string
}

const day = 24 * 60 * 60 * 1000

/** Models whose rates are kept until the day is over: looking one up takes a hundred times as long as using it. */
const capacity = 1000

const unknown: Price = {
  source: "none",
  version: "",
  match: "unknown",
  amount: Option.none(),
  money: Option.none()
}

const PriceFileJson = Schema.parseJson(PriceFile)

/** Reads the file that the setting `prices` names. Fails where it is missing or is not a list of prices. */
const readUserFile = Effect.fnUntraced(function* (root: string, name: string) {
  const refuse = (problem: string, fix: string): ConfigInvalid =>
    new ConfigInvalid({ origin: name, key: "prices", problem, fix })
  const text = yield* Effect.tryPromise({
    try: () => Fs.readFile(Path.resolve(root, name), "utf8"),
    catch: () =>
      refuse("the file of prices cannot be read", "Check the path; it is relative to the project's root.")
  })
  const file = yield* Schema.decodeUnknown(PriceFileJson, { onExcessProperty: "error" })(text).pipe(
    Effect.mapError((error) => {
      const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
      return refuse(
        `is not a list of prices: ${issue?.message ?? "malformed"} at /${issue?.path.map(String).join("/") ?? ""}`,
        `Write {"asOf": "2026-11-23", "prices": [{"provider": "vllm", "model": "…", "usdPerMillion": {"input": 0.1, "output": 0.2}}]}.`
      )
    })
  )
  return { source: name, file, digest: sha256(text) }
})

export const make: Effect.Effect<PriceList["Type"], ConfigInvalid, AegisConfig> = Effect.gen(function* () {
  const { root, settings } = yield* AegisConfig
  const users = settings.prices === undefined ? undefined : yield* readUserFile(root, settings.prices)
  const files = yield* Effect.cached(
    Effect.map(Effect.orDie(Schema.decode(PriceFile)(overrides)), (file): ReadonlyArray<NamedFile> => {
      const own = { source: "aegis", file }
      return users === undefined ? [own] : [users, own]
    })
  )
  const genai = yield* Effect.cached(Effect.promise(() => import("@pydantic/genai-prices")))
  const kept = new Map<string, { readonly day: number; readonly known: Known | undefined }>()

  const find = Effect.fnUntraced(function* (provider: Provider, model: string, at: number) {
    for (const { file, source } of yield* files) {
      const rates = findRates(file, provider, model, at)
      if (rates !== undefined) return { source, version: file.asOf, rates, match: "exact" } satisfies Known
    }
    // the bundled list knows other vendors too, but a local server's model of the same name is not theirs to sell
    if (provider !== "openai" && provider !== "anthropic") return undefined
    const found = findInGenai(yield* genai, provider, model, at)
    return found === undefined
      ? undefined
      : ({ source: "genai-prices", version: genaiVersion, ...found } satisfies Known)
  })

  // three prices are asked for in every miss: no span and no generator where nothing has to be looked up
  const knownNow = <A>(
    provider: Provider,
    model: string,
    then: (known: Known | undefined) => A
  ): Effect.Effect<A> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const today = Math.floor(now / day)
      // with its length before it, a name cannot reach into the other
      const key = `${provider.length}:${provider}${model}`
      const entry = kept.get(key)
      if (entry?.day === today) return Effect.succeed(then(entry.known))
      return Effect.map(find(provider, model, now), (known) => {
        if (kept.size >= capacity) kept.clear()
        kept.set(key, { day: today, known })
        return then(known)
      })
    })

  return {
    version: pricesVersion(users?.digest),
    price: (provider, model, usage) => knownNow(provider, model, (known) => chargedAt(known, usage)),
    pricing: (provider, model) =>
      knownNow(
        provider,
        model,
        (known) =>
          (usage: Usage): Price =>
            chargedAt(known, usage)
      )
  }
})

const chargedAt = (known: Known | undefined, usage: Usage): Price => {
  if (known === undefined) return unknown
  const { match, rates, source, version } = known
  const money = moneyOf(rates, usage)
  return { source, version, match, amount: Option.some(totalMoney(money)), money: Option.some(money) }
}

export const layer: Layer.Layer<PriceList, ConfigInvalid, AegisConfig> = Layer.effect(PriceList, make)
