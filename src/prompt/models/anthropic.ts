/**
 * Anthropic's models. The API version of 2026-10-21 has neither `temperature` nor `seed` for any of them (types of
 * @anthropic-ai/sdk 1.12.0), and all of them keep prefixes up to the marks in a request.
 */
import { findModel, type ModelFacts, type Tokenizer } from "./ModelFacts.js"

/**
 * There is no public tokenizer of Claude 3 or later. Anthropic says that OpenAI's counts fall short by 15 to 20 % on
 * typical text; source code measured against the last public vocabulary came out 9 % above o200k_base. The factor is
 * the middle, the band covers both.
 */
const older: Tokenizer = {
  encoding: "o200k_base",
  factor: 1.15,
  label: "o200k_base x1.15 (estimate for Claude up to 4.6)",
  errorBand: 0.15
}

/** From Opus 4.7 and Sonnet 5 on, the same text is 1.0 to 1.35 times as many tokens as before. */
const newer: Tokenizer = {
  encoding: "o200k_base",
  factor: 1.3,
  label: "o200k_base x1.3 (estimate for Claude from 4.7)",
  errorBand: 0.2
}

/**
 * The shortest prefix that is kept, from Anthropic's prompt caching guide (read in September 2026: it had no rows for
 * the 5.5 generation and Fable 5.2, so theirs is null). It neither falls nor rises with the generations.
 */
const rows: ReadonlyArray<
  readonly [minimum: number | null, tokenizer: Tokenizer, ids: ReadonlyArray<string>]
> = [
  [
    null,
    newer,
    ["claude-fable-5-2", "claude-mythos-5-2", "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"]
  ],
  [
    512,
    newer,
    ["claude-fable-5-1", "claude-fable-5", "claude-mythos-5-1", "claude-mythos-5", "claude-opus-5"]
  ],
  [1024, newer, ["claude-opus-4-8", "claude-sonnet-5"]],
  [2048, newer, ["claude-opus-4-7", "claude-mythos-preview"]],
  [
    1024,
    older,
    [
      "claude-sonnet-4-6",
      "claude-sonnet-4-5",
      "claude-opus-4-1",
      "claude-opus-4-0",
      "claude-opus-4",
      "claude-sonnet-4-0",
      "claude-sonnet-4"
    ]
  ],
  [2048, older, ["claude-3-5-haiku"]],
  [4096, older, ["claude-opus-4-6", "claude-opus-4-5", "claude-haiku-4-5"]]
]

const common = { caching: "marked", takesTemperature: false, takesSeed: false } as const

const table: ReadonlyMap<string, ModelFacts> = new Map(
  rows.flatMap(([minimumCacheTokens, tokenizer, ids]) =>
    ids.map((id) => [id, { ...common, minimumCacheTokens, tokenizer }] as const)
  )
)

/** Known by name, newest first. */
export const anthropicModels: ReadonlyArray<string> = [...table.keys()]

/** A model that is not in the table is taken to be newer than the table. */
export const anthropicFacts = (model: string): ModelFacts =>
  findModel(table, model) ?? { ...common, minimumCacheTokens: null, tokenizer: newer }
