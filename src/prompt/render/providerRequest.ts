/** A resolved scaffold as its provider's prefix cache sees it. */
import type { ProviderRequest, RequestMark } from "../../domain/ProviderRequest.js"
import type { ResolvedScaffold } from "../../domain/ResolvedScaffold.js"
import { systemLength } from "./messages.js"
import { tokens } from "./tokens.js"

const isTtl = (text: string): text is RequestMark["ttl"] =>
  text === "5m" || text === "30m" || text === "1h" || text === "12h"

const marker = '"prompt_cache_key":"'

/** The key that the request names; within a string of a body that is JSON, its quotes would be escaped. */
const routingKeyOf = (body: string): string | undefined => {
  const at = body.indexOf(marker)
  if (at === -1) return undefined
  const from = at + marker.length
  return body.slice(from, body.indexOf('"', from))
}

/** `sentAt` and `readableAt` in milliseconds since the epoch. */
export const providerRequestOf = (
  { cachePlan, originalScaffold, resolvedContent, tokens: { perBlock } }: ResolvedScaffold,
  scope: string,
  sentAt: number,
  readableAt: number | null
): ProviderRequest => {
  const { blocks, model, provider } = originalScaffold
  const system = systemLength(blocks.map(({ type }) => type))
  const routingKey = routingKeyOf(resolvedContent)
  return {
    sentAt,
    readableAt,
    provider,
    model,
    scope,
    ...(routingKey === undefined ? {} : { routingKey }),
    mode: cachePlan.mode,
    blocks: blocks.map(({ hash, metadata, type }, i) => {
      const name = metadata?.["name"]
      return {
        hash,
        tokens: perBlock[i] ?? tokens(0),
        part: i < system ? "system" : "messages",
        type,
        ...(typeof name === "string" ? { name } : {})
      }
    }),
    marks: cachePlan.breakpoints.flatMap(({ block, ttl }) => (isTtl(ttl) ? [{ block, ttl }] : []))
  }
}
