/** The summary of a job, where GitHub runs it. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type { FileRefused } from "../domain/FileRefused.js"
import { ProjectFiles } from "../services/ProjectFiles.js"

/** A variable of the environment; empty where it is not set. */
export const variable = (name: string): Effect.Effect<string> =>
  Effect.orElseSucceed(Config.string(name), () => "")

/**
 * Writes Markdown behind what other steps have written; elsewhere than on GitHub it does nothing. Where is asked for now: what runs
 * in between may bring variables of its own.
 */
export const jobSummary: Effect.Effect<
  (markdown: string) => Effect.Effect<void, FileRefused>,
  never,
  ProjectFiles
> = Effect.gen(function* () {
  const { append } = yield* ProjectFiles
  const file = yield* variable("GITHUB_STEP_SUMMARY")
  return (markdown) => (file === "" ? Effect.void : append(file, markdown))
})
