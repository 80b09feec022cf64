/** The prompts of the fault campaign, and what is looked at in their results. */
import type { ResolvedScaffold } from "../../src/domain/ResolvedScaffold.js"
import type { ResolveInput } from "../../src/domain/ResolveInput.js"

/** The i-th prompt of a name: every two share a block, none are equal. */
export const inputsOf = (name: string, i: number): typeof ResolveInput.Encoded => ({
  prompt: [
    "<requirements>",
    "Answer in one sentence. ".repeat(10),
    "</requirements>",
    "<style_guide>",
    `House ${name}, style ${i % 4}. `.repeat(20),
    "</style_guide>",
    `Task ${i} of ${name}. `.repeat(30)
  ].join("\n"),
  provider: i % 2 === 0 ? "openai" : "anthropic",
  model: i % 2 === 0 ? "gpt-4o" : "claude-sonnet-5",
  context: { commit: `${name} ${i}` }
})

/** What the cache tells of itself; the other warnings are about the prompt. */
export const cacheWarnings = ({ warnings }: ResolvedScaffold): ResolvedScaffold["warnings"] =>
  warnings.filter(({ code }) => ["cache-fault", "corrupt-row", "not-cached"].includes(code))
