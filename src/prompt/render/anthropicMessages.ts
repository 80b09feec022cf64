/** Requests to Anthropic Messages. */
import type Anthropic from "@anthropic-ai/sdk"
import type { RequestParts } from "./request.js"

export const anthropicFormat = "anthropic.messages/2026-10-21"

/** The API demands a limit for the answer; a caller's own goes over it when the request is sent. */
const maxTokens = 8192

/** The system part as text blocks with marks, the rest as the user's text blocks. */
export const anthropicMessages = (parts: RequestParts): Anthropic.MessageCreateParamsNonStreaming => {
  const ttls = new Map(
    parts.breakpoints.map(({ block, ttl }) => [block, ttl === "1h" ? "1h" : "5m"] as const)
  )
  const textBlock = (text: string, block: number): Anthropic.TextBlockParam => {
    const ttl = ttls.get(block)
    return {
      type: "text",
      text,
      ...(ttl === undefined ? {} : { cache_control: { type: "ephemeral", ttl } })
    }
  }
  const system = parts.system.map(textBlock)
  return {
    model: parts.model,
    max_tokens: maxTokens,
    ...(system.length === 0 ? {} : { system }),
    messages: [{ role: "user", content: parts.user.map((text, i) => textBlock(text, system.length + i)) }]
  }
}
