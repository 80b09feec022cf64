/** A history of requests to any providers, through a model of each one's cache. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Provider } from "../../domain/Provider.js"
import type { ProviderRequest } from "../../domain/ProviderRequest.js"
import type { Usage } from "../../domain/Usage.js"
import { tokens } from "../../prompt/render/tokens.js"
import { makeMemory } from "./paths.js"
import type { Predicted } from "./Predicted.js"
import { rulesOf, type ServerFacts } from "./rules.js"
import { makeSimulator, type Simulator } from "./Simulator.js"

/** Nothing is predicted, and why. */
export interface Abstained {
  readonly abstained: string
}

export const isPredicted = (outcome: Predicted | Abstained): outcome is Predicted => "read" in outcome

export interface SimulateOptions {
  readonly causes?: boolean
  /** How servers of one's own were started. */
  readonly servers?: Readonly<Partial<Record<Provider, ServerFacts>>>
}

/** What comes of each request, given in the order in which they are sent. */
export const makeHistory = (
  options: SimulateOptions = {}
): ((request: ProviderRequest) => Predicted | Abstained) => {
  const { causes, servers } = options
  const memory = makeMemory()
  const simulators = new Map<Provider, Map<string, Simulator | Abstained>>()
  const make = (provider: Provider, model: string): Simulator | Abstained =>
    Either.match(rulesOf(provider, model, servers?.[provider]), {
      onLeft: (abstained): Simulator | Abstained => ({ abstained }),
      onRight: (rules) => makeSimulator(rules, { memory, ...(causes === undefined ? {} : { causes }) })
    })
  return (request) => {
    const { model, provider } = request
    const models = simulators.get(provider) ?? new Map<string, Simulator | Abstained>()
    if (models.size === 0) simulators.set(provider, models)
    const simulator = models.get(model) ?? make(provider, model)
    models.set(model, simulator)
    return "abstained" in simulator ? simulator : simulator.next(request)
  }
}

/** One outcome for each request, in order; the requests are in the order in which they were sent. */
export function* simulate(
  requests: Iterable<ProviderRequest>,
  options: SimulateOptions = {}
): Generator<Predicted | Abstained, void> {
  const history = makeHistory(options)
  for (const request of requests) yield history(request)
}

/**
 * The prediction as a provider reports it, to be priced. What OpenAI writes, for whatever time, is `cacheWrite5m`, as it is where its own
 * counters are read: it has one price.
 */
export const usageOf = ({ read, uncached, written }: Predicted, output: number): Usage => ({
  uncachedInput: tokens(uncached),
  cacheRead: Option.some(tokens(read)),
  cacheWrite5m: Option.some(tokens(written["5m"] + written["30m"] + written["12h"])),
  cacheWrite1h: Option.some(tokens(written["1h"])),
  output: tokens(output),
  reasoning: Option.none()
})
