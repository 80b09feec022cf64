/** `aegis cache resolve [FILE|-]`: the prompt as its provider will see it, from the cache where it is there. */
import * as Effect from "effect/Effect"
import { ResolvedScaffold } from "../domain/ResolvedScaffold.js"
import { ScaffoldCache } from "../services/ScaffoldCache.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import type { PromptOptions } from "./promptInput.js"
import { promptInput } from "./promptInput.js"
import { resolvedView } from "./views/resolved.js"

export const cacheResolve = Effect.fn("aegis cache resolve")(function* (options: PromptOptions) {
  const cache = yield* ScaffoldCache
  const output = yield* Output
  const { during } = yield* Progress
  const prompt = yield* promptInput(options)
  const resolved = yield* cache.resolve(prompt.input, prompt.options).pipe(during("resolving"))
  yield* output.emit(ResolvedScaffold, resolved, resolvedView)
})
