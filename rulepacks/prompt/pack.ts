/** Rules of prompts: what keeps them from being cached, and what makes them say two things at once. */
import type { Rule, Rulepack } from "../../src/enforce/CodePack.js"
import { anthropicFacts } from "../../src/prompt/models/anthropic.js"
import { openAiFacts } from "../../src/prompt/models/openai.js"
import { isStable } from "../../src/prompt/layout.js"
import { blocksIn } from "./blocksIn.js"
import { cacheBusters } from "./cacheBusters.js"
import { firstLine, type Found, titleOf, toResult } from "./places.js"
import { contradictions, unclosedSections } from "./sections.js"

type Prompt = ReturnType<typeof blocksIn>

const files = ["**/*.prompt.md"] as const
const file = "a.prompt.md"

/** A rule that finds things in blocks. A prompt that is being resolved has them; a file's are read from its text. */
const rule = (
  facts: Omit<Rule, "validate" | "files">,
  find: (prompt: Prompt) => ReadonlyArray<Found>
): Rule => ({
  ...facts,
  files,
  validate: (content, context) => toResult(content, facts.id, find(blocksIn(content, context)))
})

const about = (block: Found["block"], message: string): Found => ({ block, ...firstLine(block), message })

/** Characters a token, at the least: a block is called too short only if it surely is. */
const charactersPerToken = 4

const minimumOf = ({ model, provider }: Prompt): number | null => {
  if (provider === undefined || model === undefined) return null
  if (provider === "anthropic") return anthropicFacts(model).minimumCacheTokens
  return provider === "openai" ? openAiFacts(model).minimumCacheTokens : null
}

export const pack: Rulepack = {
  id: "prompt",
  name: "Prompts",
  version: "1.0.0",
  rules: [
    rule(
      {
        id: "cache-buster",
        name: "No cache-busters",
        description: "A block that leads the prompt holds nothing that differs from call to call.",
        severity: "warning",
        examples: {
          good: [
            "<requirements>\nAnswer in one sentence. Released 2026-10-21.\n</requirements>\nIt is 2026-10-21 10:00.\n"
          ],
          bad: [
            "<requirements>\nIt is 2026-10-21T10:00:00Z.\n</requirements>\nHello\n",
            "<style_guide>\nnonce: 8f3a91\n</style_guide>\nHello\n",
            "<file_map>\n/home/jane/project/a.ts\n</file_map>\nHello\n"
          ],
          file
        }
      },
      ({ blocks }) => cacheBusters(blocks)
    ),
    rule(
      {
        id: "duplicate-block",
        name: "No block twice",
        description: "The same text is not sent twice.",
        severity: "warning",
        examples: {
          good: ["<requirements>\nBe brief.\n</requirements>\nHello\n"],
          bad: [
            "<requirements>\nBe brief.\n</requirements>\n<style_guide>\nBe brief.\n</style_guide>\nHello\n"
          ],
          file
        }
      },
      ({ blocks }) => {
        const first = new Map<string, Found["block"]>()
        return blocks.flatMap((block) => {
          const before = first.get(block.hash)
          first.set(block.hash, before ?? block)
          return before === undefined ? [] : [about(block, `The block has the text of ${titleOf(before)}`)]
        })
      }
    ),
    rule(
      {
        id: "volatile-first",
        name: "Stable blocks lead",
        description: "Nothing that changes stands before what stays the same.",
        severity: "warning",
        examples: {
          good: ["Hello\n<requirements>\nBe brief.\n</requirements>\n"],
          bad: ["---\nlayout: source\n---\nHello\n<requirements>\nBe brief.\n</requirements>\n"],
          file
        }
      },
      ({ blocks }) => {
        const last = blocks.findLastIndex(({ type }) => isStable(type))
        return blocks
          .slice(0, Math.max(0, last))
          .filter(({ type }) => !isStable(type))
          .map((block) => about(block, "The block changes, and stands before one that stays the same"))
      }
    ),
    rule(
      {
        id: "below-minimum",
        name: "Long enough to be cached",
        description: "The stable blocks together are as long as the shortest prefix that the provider keeps.",
        severity: "warning",
        examples: {
          good: ["---\nprovider: anthropic\nmodel: claude-sonnet-5\n---\nHello\n"],
          bad: [
            "---\nprovider: anthropic\nmodel: claude-sonnet-5\n---\n<requirements>\nBe brief.\n</requirements>\nHello\n"
          ],
          file
        }
      },
      (prompt) => {
        const minimum = minimumOf(prompt)
        const until = prompt.blocks.findIndex(({ type }) => !isStable(type))
        const leading = until === -1 ? prompt.blocks : prompt.blocks.slice(0, until)
        const [first] = leading
        const characters = leading.reduce((sum, { content }) => sum + content.length, 0)
        if (minimum === null || first === undefined || characters >= minimum * charactersPerToken) return []
        const tokens = Math.ceil(characters / charactersPerToken)
        return [
          about(
            first,
            `The stable blocks are about ${tokens} tokens; ${prompt.provider} keeps none below ${minimum}`
          )
        ]
      }
    ),
    rule(
      {
        id: "unclosed-section",
        name: "Sections are closed",
        description: "Every tag and every code fence that is opened in a block is closed in it.",
        severity: "error",
        examples: {
          good: [
            "<requirements>\n<rule>\nBe brief.\n</rule>\n```ts\nconst a = 1\n```\n</requirements>\nHello\n"
          ],
          bad: ["<requirements>\n<rule>\nBe brief.\n</requirements>\nHello\n"],
          file
        }
      },
      ({ blocks }) => unclosedSections(blocks)
    ),
    rule(
      {
        id: "contradiction",
        name: "No contradictions",
        description: "Nothing is demanded and forbidden under the same heading.",
        severity: "error",
        examples: {
          good: [
            "<requirements>\n# Tone\n- You MUST be brief.\n- You MUST NOT be rude.\n</requirements>\nHello\n"
          ],
          bad: [
            "<requirements>\n# Tone\n- You MUST be brief.\n- You MUST NOT be brief.\n</requirements>\nHello\n"
          ],
          file
        }
      },
      ({ blocks }) => contradictions(blocks)
    )
  ]
}

export default pack
