/** What a provider can answer instead of an answer. Each says what to do; none carries prompt text or a key. */
import * as Schema from "effect/Schema"
import { Millis } from "./Measures.js"
import { Provider } from "./Provider.js"

const common = {
  provider: Provider,
  model: Schema.String,
  requestId: Schema.optional(Schema.String),
  cause: Schema.optional(Schema.Defect)
}

/** Too many requests or tokens for the account. `retryAfter` is the provider's own word, in milliseconds. */
export class RateLimited extends Schema.TaggedError<RateLimited>("aegis/RateLimited")("RateLimited", {
  ...common,
  retryAfter: Schema.optional(Millis)
}) {
  override get message(): string {
    const wait = this.retryAfter === undefined ? "later" : `in ${Math.ceil(this.retryAfter / 1000)} s`
    return `${this.provider} limits the rate for ${this.model}. Try again ${wait}, or name a fallback.`
  }
}

/** The provider is out of capacity. */
export class Overloaded extends Schema.TaggedError<Overloaded>("aegis/Overloaded")("Overloaded", {
  ...common,
  retryAfter: Schema.optional(Millis)
}) {
  override get message(): string {
    return `${this.provider} is overloaded. Try again later, or name a fallback.`
  }
}

/** The key is missing (then nothing was sent), wrong, or has no right to the model. */
export class AuthFailed extends Schema.TaggedError<AuthFailed>("aegis/AuthFailed")("AuthFailed", {
  ...common,
  variable: Schema.String,
  missing: Schema.optional(Schema.Boolean)
}) {
  override get message(): string {
    const what =
      this.missing === true ? `No key for ${this.provider}` : `${this.provider} refused the credentials`
    return `${what}. Set ${this.variable} to a key that may use ${this.model}.`
  }
}

/** The prompt is longer than the model's context. Token counts are there when the provider said them. */
export class ContextOverflow extends Schema.TaggedError<ContextOverflow>("aegis/ContextOverflow")(
  "ContextOverflow",
  {
    ...common,
    promptTokens: Schema.optional(Schema.Number),
    contextTokens: Schema.optional(Schema.Number)
  }
) {
  override get message(): string {
    const sizes =
      this.promptTokens === undefined || this.contextTokens === undefined
        ? ""
        : ` (${this.promptTokens} tokens, room for ${this.contextTokens})`
    return `The prompt does not fit ${this.model}${sizes}. Shorten its largest block or choose a model with a longer context.`
  }
}

/** The provider does not know the model. */
export class ModelNotFound extends Schema.TaggedError<ModelNotFound>("aegis/ModelNotFound")(
  "ModelNotFound",
  common
) {
  override get message(): string {
    return `${this.provider} has no model "${this.model}". Check its name, or that the account may use it.`
  }
}

/** The provider refused the request as malformed. `parameter` names what it objected to, where it said so. */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>("aegis/InvalidRequest")(
  "InvalidRequest",
  {
    ...common,
    status: Schema.optional(Schema.Number),
    parameter: Schema.optional(Schema.String)
  }
) {
  override get message(): string {
    const where = this.parameter === undefined ? "" : ` at "${this.parameter}"`
    return `${this.provider} refused the request${where} (status ${this.status ?? "unknown"}). Run \`aegis doctor\`; if it finds nothing, report this.`
  }
}

/** The provider could not be reached, did not answer in time, or failed on its side. */
export class ProviderUnavailable extends Schema.TaggedError<ProviderUnavailable>("aegis/ProviderUnavailable")(
  "ProviderUnavailable",
  {
    ...common,
    status: Schema.optional(Schema.Number),
    reason: Schema.Literal("connection", "timeout", "server")
  }
) {
  override get message(): string {
    return `${this.provider} is unavailable (${this.reason}${this.status === undefined ? "" : `, status ${this.status}`}). Check its address and your network, or name a fallback.`
  }
}

/** The answer broke off, or what came was not what the provider's protocol allows. Nothing of it is kept. */
export class StreamBroken extends Schema.TaggedError<StreamBroken>("aegis/StreamBroken")("StreamBroken", {
  ...common,
  reason: Schema.Literal("cut", "malformed", "error-event")
}) {
  override get message(): string {
    return `The answer of ${this.provider} broke off (${this.reason}). Nothing of it was kept; try again.`
  }
}

/** No adapter of that name is provided. */
export class ProviderNotFound extends Schema.TaggedError<ProviderNotFound>("aegis/ProviderNotFound")(
  "ProviderNotFound",
  {
    provider: Schema.String,
    known: Schema.Array(Schema.String)
  }
) {
  override get message(): string {
    return `No adapter for provider "${this.provider}". Known: ${this.known.join(", ")}. Others are added as a layer.`
  }
}

export type ProviderError =
  | RateLimited
  | Overloaded
  | AuthFailed
  | ContextOverflow
  | ModelNotFound
  | InvalidRequest
  | ProviderUnavailable
  | StreamBroken
