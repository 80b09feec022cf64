/** What a change of a prompt does to what its calls cost. */
import * as Option from "effect/Option"
import type { PromptEconomics } from "../domain/CachePerformance.js"
import type { TokenCount, Usd } from "../domain/Measures.js"
import type { Provider } from "../domain/Provider.js"
import type { ProviderRequest } from "../domain/ProviderRequest.js"
import type { Usage } from "../domain/Usage.js"
import {
  prefixFindings,
  replayedFindings,
  tokenFindings,
  volatileFindings,
  warmFindings,
  type EconomicsFinding
} from "./economicsFindings.js"
import { stablePrefixOf, warmUsageOf, type PromptLayout } from "./promptLayout.js"
import { replayedCosts } from "./replayedCosts.js"

/**
 * A prompt before and after a change, for one model. `before` is left out where the prompt is new. `price` is what the usage costs in USD,
 * none where the model's price is not known. `history` are recorded requests: those of this prompt are sent again as either layout.
 */
export interface PromptChange {
  readonly file: string
  readonly provider: Provider
  readonly model: string
  readonly before?: PromptLayout
  readonly after: PromptLayout
  readonly price: (usage: Usage) => Option.Option<number>
  readonly history?: Iterable<ProviderRequest>
}

/** The figures of a change, and the findings as sentences in them and for a program beside them. */
export interface Economics {
  readonly economics: PromptEconomics
  readonly findings: ReadonlyArray<EconomicsFinding>
}

/**
 * Compares a prompt before and after a change. Of a new prompt there are figures and, if a block of it changes in each call and is not of a
 * type that does, a finding.
 */
export const economicsOf = (change: PromptChange): Economics => {
  const { after, before, file, history, model, price, provider } = change
  const warmCostOf = (layout: PromptLayout): Option.Option<Usd> =>
    Option.map(price(warmUsageOf(layout)), (amount) => amount as Usd) // a price is finite and not negative
  const warmCost = {
    before: before === undefined ? Option.none() : warmCostOf(before),
    after: warmCostOf(after)
  }
  const replayed =
    before === undefined || history === undefined
      ? undefined
      : replayedCosts({ provider, model, before, after, price }, history)
  const findings = [
    ...volatileFindings(before, after),
    ...(before === undefined ? [] : prefixFindings(before, after)),
    ...(before === undefined ? [] : tokenFindings(before, after)),
    ...Option.match(Option.all(warmCost), {
      onNone: () => [],
      onSome: (warm) => warmFindings(warm.before, warm.after)
    }),
    ...(replayed === undefined ? [] : replayedFindings(replayed))
  ]
  return {
    economics: {
      file,
      provider,
      model,
      stablePrefix: {
        before: before === undefined ? nothing : stablePrefixOf(before),
        after: stablePrefixOf(after)
      },
      tokens: { before: before?.tokens ?? nothing, after: after.tokens },
      warmCost,
      ...(replayed === undefined ? {} : { replayedCost: { before: replayed.before, after: replayed.after } }),
      findings: findings.map(({ summary }) => summary)
    },
    findings
  }
}

const nothing = 0 as TokenCount // none is a count
