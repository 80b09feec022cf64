/**
 * Aegis for programs that are not written in Effect: functions that return promises, plain data (what may be unknown is
 * `null`), errors that are thrown as they are.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schema from "effect/Schema"
import { ResolvedScaffold } from "../src/domain/ResolvedScaffold.js"
import type { ResolveInput } from "../src/domain/ResolveInput.js"
import { resolveScaffold as resolve } from "../src/services/resolveScaffold.js"
import type { ResolveOptions } from "../src/services/ScaffoldCache.js"
import { layerWith } from "./CacheLive.js"
import type { Sources } from "./ConfigFile.js"

export interface AegisPromise {
  /** Resolves a prompt, from the cache where it is there. */
  readonly resolveScaffold: (
    input: typeof ResolveInput.Encoded,
    options?: ResolveOptions
  ) => Promise<typeof ResolvedScaffold.Encoded>
  /** Writes what is written behind and closes the database. Call it before the program ends. */
  readonly close: () => Promise<void>
}

/** An Aegis was asked for something after it was closed. */
export class AegisClosed extends Schema.TaggedError<AegisClosed>("aegis/AegisClosed")("AegisClosed", {}) {
  override get message(): string {
    return "This Aegis is closed. Open another with openAegis(), and close it when nothing more is asked of it."
  }
}

/** An Aegis for a folder, an environment and settings. It opens its database when it is first asked for something. */
export const openAegis = (sources: Partial<Sources> = {}): AegisPromise => {
  const runtime = ManagedRuntime.make(
    layerWith({ cwd: process.cwd(), env: process.env, flags: {}, ...sources })
  )
  let closed = false
  return {
    resolveScaffold: async (input, options) => {
      if (closed) throw new AegisClosed()
      const exit = await runtime.runPromiseExit(
        Effect.flatMap(resolve(input, options), Schema.encode(ResolvedScaffold))
      )
      if (Exit.isSuccess(exit)) return exit.value
      throw Cause.squash(exit.cause)
    },
    close: () => {
      closed = true
      return runtime.dispose()
    }
  }
}

let shared: AegisPromise | undefined

/** Resolves a prompt with the Aegis of the current folder, which is opened at the first call. */
export const resolveScaffold: AegisPromise["resolveScaffold"] = (input, options) =>
  (shared ??= openAegis()).resolveScaffold(input, options)

/** Closes the Aegis of the current folder, if it was opened. */
export const close = async (): Promise<void> => {
  const closing = shared
  // at once: who asks while it closes gets one that is open
  shared = undefined
  await closing?.close()
}
