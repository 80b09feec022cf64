/** Who answers a prompt. */
import * as Schema from "effect/Schema"

/** The providers that ship with Aegis. */
export const BuiltInProvider = Schema.Literal("openai", "anthropic", "vllm", "sglang", "llama-cpp")
export type BuiltInProvider = typeof BuiltInProvider.Type

/** A built-in provider, or one added from outside as a Layer: its name starts with `x-`, so a typo is never one. */
export const Provider = Schema.Union(
  BuiltInProvider,
  Schema.TemplateLiteral("x-", Schema.String)
).annotations({
  identifier: "Provider",
  description: "openai, anthropic, vllm, sglang, llama-cpp, or x-<name> for a provider added as a layer"
})
export type Provider = typeof Provider.Type
