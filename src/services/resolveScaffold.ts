/** The one function that most programs need: an input as it comes, resolved. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { InvalidInput } from "../domain/PromptErrors.js"
import type { ResolvedScaffold } from "../domain/ResolvedScaffold.js"
import { ResolveInput } from "../domain/ResolveInput.js"
import { parseFrontMatter } from "../prompt/frontMatter.js"
import { invalidInput } from "./invalidInput.js"
import { type ResolveError, type ResolveOptions, ScaffoldCache } from "./ScaffoldCache.js"

const decode = Schema.decodeUnknown(ResolveInput, { onExcessProperty: "error" })

/** What the prompt says of itself fills in what the input leaves out. Front matter that is wrong is told by `resolve`. */
const complete = (input: typeof ResolveInput.Encoded): typeof ResolveInput.Encoded =>
  // JavaScript may hand over anything, null too: what is no input is told by the schema
  Predicate.isRecord(input) && typeof input.prompt === "string"
    ? Either.match(parseFrontMatter(input.prompt, "prompt"), {
        onLeft: () => input,
        onRight: ({ frontMatter }) => ({ ...frontMatter, ...input })
      })
    : input

/**
 * Checks an input and fills in what it leaves out, from the prompt's front matter first. The result is frozen: resolve it
 * as often as you like, the cache knows it by identity.
 */
export const decodeInput = (input: typeof ResolveInput.Encoded): Effect.Effect<ResolveInput, InvalidInput> =>
  Effect.suspend(() => decode(complete(input))).pipe(
    Effect.map((decoded) => Object.freeze({ ...decoded, rulepacks: Object.freeze([...decoded.rulepacks]) })),
    Effect.mapError(invalidInput("ResolveInput"))
  )

/**
 * Resolves a prompt for a provider and model, from the cache where it is there.
 *
 * @example
 * const resolved = yield* resolveScaffold({ prompt, provider: "anthropic", model: "claude-sonnet-5" })
 * resolved.outcome // "miss", and "hit" the next time
 */
export const resolveScaffold: (
  input: typeof ResolveInput.Encoded,
  options?: ResolveOptions
) => Effect.Effect<ResolvedScaffold, ResolveError | InvalidInput, ScaffoldCache> = Effect.fnUntraced(
  function* (input, options) {
    const cache = yield* ScaffoldCache
    return yield* cache.resolve(yield* decodeInput(input), options)
  }
)
