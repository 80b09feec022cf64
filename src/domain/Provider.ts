/** Who answers a prompt. */
import * as Schema from "effect/Schema"

/** The providers that ship with Aegis. */
export const BuiltInProvider = Schema.Literal("openai", "anthropic", "vllm", "sglang", "llama-cpp")
export type BuiltInProvider = typeof BuiltInProvider.Type

/** One added from outside as a Layer: its name starts with `x-`, so a typo of a built-in one is never taken for it. */
export const ExternalProvider = Schema.TemplateLiteral("x-", Schema.String).pipe(
  Schema.filter((name) => /^x-[a-z0-9][a-z0-9-]*$/.test(name), {
    jsonSchema: { type: "string", pattern: "^x-[a-z0-9][a-z0-9-]*$" },
    arbitrary: () => (fc) =>
      fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/).map((name) => `x-${name}` as const)
  })
)

/** A built-in provider or an external one. */
export const Provider = Schema.Union(BuiltInProvider, ExternalProvider).annotations({
  identifier: "Provider",
  description: "openai, anthropic, vllm, sglang, llama-cpp, or x-<name> for a provider added as a layer"
})
export type Provider = typeof Provider.Type
