/** `aegis run FILE`: resolves a prompt, sends it to its provider and streams the answer. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ExecutionResult } from "../domain/Execution.js"
import { Executor } from "../services/Executor.js"
import { ScaffoldCache } from "../services/ScaffoldCache.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import type { PromptOptions } from "./promptInput.js"
import { promptInput } from "./promptInput.js"
import { UsageError } from "./UsageError.js"

export interface RunOptions extends PromptOptions {
  readonly maxTokens: Option.Option<number>
}

export const run = Effect.fn("aegis run")(function* (options: RunOptions) {
  const cache = yield* ScaffoldCache
  const executor = yield* Executor
  const output = yield* Output
  const { during } = yield* Progress
  const maxTokens = Option.getOrUndefined(options.maxTokens)
  if (maxTokens !== undefined && maxTokens < 1) {
    return yield* new UsageError({ problem: `--max-tokens is ${maxTokens}`, fix: "Give 1 or more." })
  }
  const prompt = yield* promptInput(options)
  const resolved = yield* cache.resolve(prompt.input, prompt.options).pipe(during("resolving"))
  const limits = maxTokens === undefined ? {} : { maxTokens }
  if (output.json) {
    const result = yield* executor.execute(resolved, limits).pipe(during("waiting for the answer"))
    return yield* output.emit(ExecutionResult, result, () => Effect.succeed(""))
  }
  let last = ""
  yield* executor.stream(resolved, limits).pipe(
    Stream.runForEach((event) => {
      if (event._tag === "Done") return Effect.void
      if (event.text !== "") last = event.text
      return output.text(event.text)
    }),
    // What came stays readable: a prompt or an error never starts in the middle of its last line.
    Effect.ensuring(
      Effect.suspend(() => (last === "" || last.endsWith("\n") ? Effect.void : output.text("\n")))
    )
  )
})
