/** Models on a server of one's own: vLLM, SGLang and llama.cpp take every parameter and keep prefixes by themselves. */
import type { ModelFacts } from "./ModelFacts.js"

/**
 * The vocabulary is the model's own and only its server knows it. Current open models with 128,000 tokens and more come
 * close to o200k_base; older ones with 32,000 need up to a third more.
 */
export const localFacts: ModelFacts = {
  caching: "automatic",
  // vLLM keeps whole blocks of a configured size, SGLang pages, llama.cpp single tokens: no request can know
  minimumCacheTokens: null,
  takesTemperature: true,
  takesSeed: true,
  tokenizer: {
    encoding: "o200k_base",
    factor: 1,
    label: "o200k_base (assumed: the server was not asked)",
    errorBand: 0.3
  }
}
