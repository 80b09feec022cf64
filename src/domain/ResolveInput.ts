/** What a caller asks to be resolved. */
import * as Schema from "effect/Schema"
import { JsonObject } from "./Json.js"
import { Provider } from "./Provider.js"
import { asStandard } from "./StandardSchema.js"

/** The order of blocks in a request: by stability, or as they were written. */
export const Layout = Schema.Literal("stable-first", "source").annotations({ identifier: "Layout" })
export type Layout = typeof Layout.Type

/** How long a provider keeps a prefix that nothing reads. */
export const TimeToLive = Schema.Literal("5m", "30m", "1h", "12h").annotations({ identifier: "TimeToLive" })
export type TimeToLive = typeof TimeToLive.Type

/** A block after which the provider is asked to keep the prefix: its name, or its place in the layout, from 1. */
export const PromptMark = Schema.Struct({
  block: Schema.Union(Schema.NonEmptyString, Schema.Int.pipe(Schema.positive())),
  ttl: TimeToLive
}).annotations({ identifier: "PromptMark" })
export interface PromptMark extends Schema.Schema.Type<typeof PromptMark> {}

/** A sampling temperature, from 0 to 2. */
export const Temperature = Schema.Number.pipe(Schema.between(0, 2))

/**
 * A prompt and the model it is for. `context` is whatever else could change the answer (a commit, a feature flag): it
 * is part of the key, not of the request. `rulepacks` are `name` or `name@version`. `marks` are set instead of those that Aegis would
 * set; an empty list sets none. With `strict`, a parameter that the model does not take is an error instead of a warning.
 */
export const ResolveInput = asStandard(
  Schema.Struct({
    prompt: Schema.String,
    provider: Provider,
    model: Schema.NonEmptyString,
    temperature: Schema.optionalWith(Temperature, { default: () => 0 }),
    seed: Schema.optional(Schema.Finite),
    rulepacks: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
    context: Schema.optional(JsonObject),
    layout: Schema.optionalWith(Layout, { default: () => "stable-first" as const }),
    marks: Schema.optional(Schema.Array(PromptMark)),
    strict: Schema.optionalWith(Schema.Boolean, { default: () => false })
  }).annotations({ identifier: "ResolveInput" })
)
export interface ResolveInput extends Schema.Schema.Type<typeof ResolveInput> {}
