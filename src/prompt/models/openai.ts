/** OpenAI's models, by family: the first two parts of a name (`gpt-5.6`, `gpt-4o`, `o3`) decide, never a bare prefix. */
import type { ModelFacts, Tokenizer } from "./ModelFacts.js"

/** tiktoken 0.14 maps these families to the encoding; only the framing of messages is not exact. */
const exact = (encoding: Tokenizer["encoding"]): Tokenizer => ({
  encoding,
  factor: 1,
  label: encoding,
  errorBand: 0.02
})

/** tiktoken says nothing about the family. */
const assumed = (family: string): Tokenizer => ({
  encoding: "o200k_base",
  factor: 1,
  label: `o200k_base (assumed for ${family})`,
  errorBand: 0.1
})

/** The caching guide's minimum for models that cache by themselves; the same was said of gpt-5.6 in August 2026. */
const minimumCacheTokens = 1024

/** No price of cached input is listed for these. */
const legacy: ModelFacts = {
  caching: "none",
  minimumCacheTokens: null,
  takesTemperature: true,
  takesSeed: false,
  tokenizer: exact("cl100k_base")
}
const chat: ModelFacts = {
  caching: "automatic",
  minimumCacheTokens,
  takesTemperature: true,
  takesSeed: false,
  tokenizer: exact("o200k_base")
}
/** Reasoning models refuse sampling parameters. The Responses API has no seed for any model. */
const reasoning: ModelFacts = { ...chat, takesTemperature: false }
/** From gpt-5.6 on a request marks the prefixes to keep, and writing them is paid for. */
const marked: ModelFacts = { ...reasoning, caching: "marked" }

const families: Readonly<Record<string, ModelFacts>> = {
  "gpt-3.5": legacy,
  "gpt-4": legacy,
  "gpt-4o": chat,
  "chatgpt-4o": chat,
  "gpt-4.1": chat,
  "gpt-4.5": chat,
  o1: reasoning,
  o3: reasoning,
  o4: reasoning
}

const family = /^(?:ft:)?(gpt-\d+(?:\.\d+)?o?|chatgpt-4o|o\d+)(?=[-:]|$)/
const version = /^gpt-(\d+)(?:\.(\d+))?$/

/** What is known of a model by its family; nothing is sent that a new model could refuse. */
export const openAiFacts = (model: string): ModelFacts => {
  const name = family.exec(model)?.[1]
  if (name === undefined) return { ...reasoning, minimumCacheTokens: null, tokenizer: assumed("this model") }
  const known = Object.hasOwn(families, name) ? families[name] : undefined
  if (known !== undefined) return known
  const [, major, minor] = version.exec(name) ?? []
  if (major === undefined) return { ...reasoning, minimumCacheTokens: null, tokenizer: assumed(name) }
  const at = Number(major) * 100 + Number(minor ?? 0)
  if (at < 500) return { ...reasoning, minimumCacheTokens: null, tokenizer: assumed(name) }
  if (at < 506) return reasoning
  return at < 600 ? marked : { ...marked, tokenizer: assumed(name) }
}

/** Known by name, newest first. */
export const openAiModels: ReadonlyArray<string> = [
  "gpt-6.1-sol",
  "gpt-6.1-terra",
  "gpt-6-astra",
  "gpt-6-sol",
  "gpt-6-luna",
  "gpt-5.6-sol",
  "gpt-5.6-terra",
  "gpt-5.6-luna",
  "gpt-5.5",
  "gpt-5.4",
  "gpt-5.4-mini",
  "gpt-5.4-nano",
  "gpt-5.2",
  "gpt-5.1",
  "gpt-5",
  "gpt-5-mini",
  "gpt-5-nano",
  "gpt-4.1",
  "gpt-4.1-mini",
  "gpt-4o",
  "gpt-4o-mini",
  "o3",
  "o4-mini"
]
