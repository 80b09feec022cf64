/**
 * What is known of a provider's prefix cache. Facts are data with their sources (docs/decisions/0030); what nobody says stays
 * unknown: a model without rules has none, and what is not sure in the rules is told in `assumed`.
 */
import * as Either from "effect/Either"
import type { Provider } from "../../domain/Provider.js"
import type { RequestMark } from "../../domain/ProviderRequest.js"
import { anthropicFacts, anthropicModels } from "../../prompt/models/anthropic.js"
import { isModel } from "../../prompt/models/ModelFacts.js"
import { openAiFacts } from "../../prompt/models/openai.js"

export type Ttl = RequestMark["ttl"]

/** In milliseconds. */
export const ttlMillis: Readonly<Record<Ttl, number>> = {
  "5m": 5 * 60_000,
  "30m": 30 * 60_000,
  "1h": 60 * 60_000,
  "12h": 12 * 60 * 60_000
}

interface Common {
  /** What of a request's `parameters` breaks: everything, the messages alone, or nothing. */
  readonly parametersBreak: "all" | "messages" | "nothing"
  /** Whether requests of different routing keys have different caches. */
  readonly routed: boolean
  /** What is taken for granted without being documented for this model, in words. */
  readonly assumed: ReadonlyArray<string>
}

/** Prefixes are kept where marks are, and found there alone. */
export interface MarkedRules extends Common {
  readonly _tag: "Marked"
  /** The shortest prefix that is kept, in tokens; where it is not known, `least` and `most` hold it between them. */
  readonly minimum: { readonly least: number; readonly most: number }
  /** How many blocks back from a mark an entry is looked for, the mark's own included. */
  readonly lookback: number
  /** How many of the latest marks are looked at, and how many are written. */
  readonly reads: number
  readonly writes: number
  /** The mark that the mode `automatic` adds at the end. `alone` says whether nothing else is read then. */
  readonly implicit: { readonly ttl: Ttl; readonly alone: boolean }
}

/** The longest prefix of any earlier request is found. */
export interface AutomaticRules extends Common {
  readonly _tag: "Automatic"
  /** The shortest prefix that is read, in tokens. */
  readonly minimum: number
  /** Prefixes are read in whole pages of so many tokens. */
  readonly page: number
  /** The last token is never read, for the model needs one to start from. */
  readonly rereadsLast: boolean
  /** How long an unused prefix is kept, in milliseconds, and how long it may be kept beyond that. */
  readonly ttl: number
  readonly mayLast: number
  /** Answers are kept, too: what goes on from one may be read beyond the end of the request that it answered. */
  readonly keepsAnswers: boolean
  /** Tokens that are kept in all, the least recently used ones going first; null where there is no such limit. */
  readonly capacity: number | null
}

export type CacheRules = MarkedRules | AutomaticRules

/** How a server of one's own was started; what is left out is as the server has it by default. */
export interface ServerFacts {
  /** vLLM's `--block-size`, SGLang's `--page-size`, in tokens. */
  readonly page?: number
  /** Tokens that its cache holds, as the server says when it starts. */
  readonly capacity?: number
}

/** The least and the greatest minimum of all of Anthropic's models whose minimum is published. */
const anyAnthropic = { least: 512, most: 4096 }

const anthropic = (model: string): Either.Either<CacheRules, string> => {
  if (!anthropicModels.some((id) => isModel(id, model)))
    return Either.left(`nothing is known of the cache of ${model}`)
  const { minimumCacheTokens: known } = anthropicFacts(model)
  return Either.right({
    _tag: "Marked",
    parametersBreak: "messages",
    routed: false,
    minimum: known === null ? anyAnthropic : { least: known, most: known },
    lookback: 20,
    reads: 4,
    writes: 4,
    implicit: { ttl: "5m", alone: true },
    assumed:
      known === null
        ? [
            `from how many tokens ${model} caches is not published: ${anyAnthropic.least} to ${anyAnthropic.most}, as all others`
          ]
        : []
  })
}

const openAiMinimum = 1024

const openAi = (model: string): Either.Either<CacheRules, string> => {
  const facts = openAiFacts(model)
  if (facts.caching === "none") return Either.left(`${model} has no cache`)
  if (facts.minimumCacheTokens === null) return Either.left(`nothing is known of the cache of ${model}`)
  const common = { parametersBreak: "all", routed: true } as const
  if (facts.caching === "marked") {
    return Either.right({
      _tag: "Marked",
      ...common,
      minimum: { least: openAiMinimum, most: openAiMinimum },
      lookback: 1,
      reads: 80,
      writes: 4,
      implicit: { ttl: "30m", alone: false },
      assumed: /^gpt-5\.6(?=[-:]|$)/.test(model)
        ? []
        : [`from how many tokens ${model} caches is not published: ${openAiMinimum}, as gpt-5.6`]
    })
  }
  const lasting = /^gpt-5\.5(?=[-:]|$)/.test(model)
  return Either.right({
    _tag: "Automatic",
    ...common,
    minimum: openAiMinimum,
    page: 128,
    rereadsLast: false,
    ttl: lasting ? 24 * 60 * 60_000 : 10 * 60_000,
    mayLast: lasting ? 0 : 24 * 60 * 60_000,
    keepsAnswers: false,
    capacity: null,
    assumed: [
      "prefixes grow in steps of 128 tokens, as OpenAI's cookbook says; its guide no longer does",
      ...(lasting
        ? []
        : ["an unused prefix is kept for ten minutes: the guide says five to ten, at most an hour"])
    ]
  })
}

const local = (page: number, server: ServerFacts, assumed: ReadonlyArray<string>): CacheRules => ({
  _tag: "Automatic",
  parametersBreak: "nothing",
  routed: false,
  minimum: 0,
  page: Math.max(1, server.page ?? page),
  rereadsLast: true,
  ttl: Number.POSITIVE_INFINITY,
  mayLast: 0,
  keepsAnswers: true,
  capacity: server.capacity ?? null,
  assumed: [
    ...assumed,
    ...(server.capacity === undefined ? ["the server's memory holds every prefix of the history"] : [])
  ]
})

/** The rules of the provider's cache for the model, or why there are none to go by. */
export const rulesOf = (
  provider: Provider,
  model: string,
  server: ServerFacts = {}
): Either.Either<CacheRules, string> => {
  switch (provider) {
    case "anthropic":
      return anthropic(model)
    case "openai":
      return openAi(model)
    case "vllm":
      return Either.right(local(16, server, server.page === undefined ? ["the block size is 16 tokens"] : []))
    case "sglang":
      return Either.right(local(1, server, server.page === undefined ? ["the page size is one token"] : []))
    case "llama-cpp":
      return Either.right(
        local(1, server, ["its host cache (--cache-ram) holds what its slots had to give up"])
      )
    default:
      return Either.left(`nothing is known of the caches of ${provider}`)
  }
}
