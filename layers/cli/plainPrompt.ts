/** The commands that take a prompt, as `main` runs them when there is nothing to parse: the commands' own handlers. */
import type * as Effect from "effect/Effect"
import { cacheResolve } from "../../src/cli/cacheResolve.js"
import { cacheWhy } from "../../src/cli/cacheWhy.js"
import { onlyFile } from "../../src/cli/promptInput.js"
import type { PlainPrompt } from "./plainWords.js"

type Run = ReturnType<typeof cacheResolve> | ReturnType<typeof cacheWhy>

export const runPlain = ({
  command,
  file
}: PlainPrompt): Effect.Effect<void, Effect.Effect.Error<Run>, Effect.Effect.Context<Run>> =>
  command === "resolve" ? cacheResolve(onlyFile(file)) : cacheWhy(onlyFile(file))
