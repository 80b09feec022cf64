/** A request as its provider's prefix cache sees it: parts in the order in which they are read, never their text. */
import * as Schema from "effect/Schema"
import { Hash } from "./Hash.js"
import { TokenCount } from "./Measures.js"
import { BlockType } from "./PromptBlock.js"
import { Provider } from "./Provider.js"
import { TimeToLive } from "./ResolveInput.js"

/** `hash` is the digest of the part's bytes, `tokens` its share of the request, `line` where it starts in its source. */
export const RequestBlock = Schema.Struct({
  hash: Hash,
  tokens: TokenCount,
  part: Schema.Literal("tools", "system", "messages"),
  type: Schema.optional(BlockType),
  name: Schema.optional(Schema.String)
}).annotations({ identifier: "RequestBlock" })
export interface RequestBlock extends Schema.Schema.Type<typeof RequestBlock> {}

/** A mark after block `block`, counted from 0: the provider keeps the prefix that ends there for `ttl`. */
export const RequestMark = Schema.Struct({
  block: Schema.Int,
  ttl: TimeToLive
}).annotations({ identifier: "RequestMark" })
export interface RequestMark extends Schema.Schema.Type<typeof RequestMark> {}

/** Milliseconds since the epoch. */
const Instant = Schema.Number.pipe(Schema.finite())

/**
 * `sentAt` is when it was sent, `readableAt` when the first event of the answer came, from when on others find what it wrote; null
 * where it is not known. Requests of one `scope` share a cache. `routingKey` is OpenAI's `prompt_cache_key`. `parameters` is the digest
 * of the other parameters that a cache tells apart (tool choice, thinking). `mode` says how the request asks to be kept.
 */
export const ProviderRequest = Schema.Struct({
  sentAt: Instant,
  readableAt: Schema.NullOr(Instant),
  provider: Provider,
  model: Schema.String,
  scope: Schema.String,
  routingKey: Schema.optional(Schema.String),
  parameters: Schema.optional(Hash),
  mode: Schema.Literal("breakpoints", "automatic", "none"),
  blocks: Schema.Array(RequestBlock),
  marks: Schema.Array(RequestMark)
}).annotations({ identifier: "ProviderRequest" })
export interface ProviderRequest extends Schema.Schema.Type<typeof ProviderRequest> {}
