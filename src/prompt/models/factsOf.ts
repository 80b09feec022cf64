/** The facts of a built-in provider's models. */
import type { Provider } from "../../domain/Provider.js"
import { anthropicFacts } from "./anthropic.js"
import { localFacts } from "./local.js"
import type { ModelFacts } from "./ModelFacts.js"
import { openAiFacts } from "./openai.js"

/** Undefined for a provider that was added from outside. */
export const factsOf = (provider: Provider, model: string): ModelFacts | undefined => {
  switch (provider) {
    case "anthropic":
      return anthropicFacts(model)
    case "openai":
      return openAiFacts(model)
    case "vllm":
    case "sglang":
    case "llama-cpp":
      return localFacts
    default:
      return undefined
  }
}
