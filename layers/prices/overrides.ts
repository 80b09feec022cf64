/**
 * Prices that the bundled list does not have, or has under another model's name. Each says since when it holds and where
 * it was read; the providers' own pages are https://platform.claude.com/docs/en/about-claude/pricing and
 * https://developers.openai.com/api/docs/pricing.
 */
import type { PriceFile } from "./PriceFile.js"

const claudePricing = "https://platform.claude.com/docs/en/about-claude/pricing"

export const overrides: typeof PriceFile.Encoded = {
  asOf: "2026-11-23",
  prices: [
    {
      provider: "anthropic",
      model: "claude-fable-5-2",
      effectiveFrom: "2026-11-09",
      sourceUrl: "https://github.com/archid21/rightsize/releases/tag/v0.10.2",
      usdPerMillion: { input: 8, output: 40, cacheRead: 0.2, cacheWrite5m: 10, cacheWrite1h: 16 }
    },
    {
      provider: "anthropic",
      model: "claude-mythos-5-1",
      sourceUrl: claudePricing,
      usdPerMillion: { input: 10, output: 50, cacheRead: 0.25, cacheWrite5m: 12.5, cacheWrite1h: 20 }
    },
    {
      provider: "anthropic",
      model: "claude-mythos-5",
      sourceUrl: claudePricing,
      usdPerMillion: { input: 10, output: 50, cacheRead: 1, cacheWrite5m: 12.5, cacheWrite1h: 20 }
    },
    {
      provider: "anthropic",
      model: "claude-sonnet-5-5",
      effectiveFrom: "2026-09-28",
      sourceUrl: "https://platform.claude.com/docs/zh-CN/models/sonnet-5-5/overview",
      usdPerMillion: { input: 2, output: 10, cacheRead: 0.2, cacheWrite5m: 2.5, cacheWrite1h: 4 }
    },
    {
      provider: "anthropic",
      model: "claude-sonnet-5-5",
      effectiveFrom: "2026-10-07",
      sourceUrl: "https://github.com/kurofune/claudit/releases/tag/v1.9.2",
      usdPerMillion: { input: 2, output: 10, cacheRead: 0.1, cacheWrite5m: 2.5, cacheWrite1h: 4 }
    },
    {
      provider: "anthropic",
      model: "claude-haiku-5-5",
      effectiveFrom: "2026-10-07",
      sourceUrl: "https://github.com/kurofune/claudit/releases/tag/v1.9.2",
      usdPerMillion: { input: 0.1, output: 0.5, cacheRead: 0.01, cacheWrite5m: 0.125, cacheWrite1h: 0.2 },
      above: [
        {
          inputTokens: 100_000,
          usdPerMillion: { input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite5m: 0.625, cacheWrite1h: 1 }
        }
      ]
    },
    {
      provider: "openai",
      model: "gpt-6.1-sol",
      effectiveFrom: "2026-09-29",
      sourceUrl: "https://github.com/TheKrush/PromptFuel/releases/tag/v1.0.22",
      usdPerMillion: { input: 2, output: 10, cacheRead: 0.1, cacheWrite5m: 2.5 },
      above: [
        {
          inputTokens: 272_000,
          usdPerMillion: { input: 4, output: 15, cacheRead: 0.2, cacheWrite5m: 5 }
        }
      ]
    },
    {
      provider: "openai",
      model: "gpt-6.1-terra",
      effectiveFrom: "2026-10-26",
      sourceUrl: "https://docs.litellm.ai/blog/gpt-6-1-terra",
      usdPerMillion: { input: 1, output: 5, cacheRead: 0.05, cacheWrite5m: 1.25 },
      above: [
        {
          inputTokens: 272_000,
          usdPerMillion: { input: 2, output: 7.5, cacheRead: 0.1, cacheWrite5m: 2.5 }
        }
      ]
    }
  ]
}
