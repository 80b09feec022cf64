/** The summary of a job, where GitHub runs it. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type { FileRefused } from "../domain/FileRefused.js"
import { ProjectFiles } from "../services/ProjectFiles.js"

/** A variable of the environment; empty where it is not set. */
export const variable = (name: string): Effect.Effect<string> =>
  Effect.orElseSucceed(Config.string(name), () => "")

/** Writes Markdown behind what other steps have written; elsewhere than on GitHub it does nothing. */
export const jobSummary = (markdown: string): Effect.Effect<void, FileRefused, ProjectFiles> =>
  Effect.gen(function* () {
    const file = yield* variable("GITHUB_STEP_SUMMARY")
    if (file !== "") yield* (yield* ProjectFiles).append(file, markdown)
  })
