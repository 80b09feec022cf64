/**
 * Aegis for programs that are not written in Effect: functions that return promises, plain data (what may be unknown is
 * `null`), errors that are thrown as they are.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schema from "effect/Schema"
import type { ComplianceReport } from "../src/domain/Compliance.js"
import { ResolvedScaffold } from "../src/domain/ResolvedScaffold.js"
import type { ResolveInput } from "../src/domain/ResolveInput.js"
import type { enforceStandards as enforce } from "../src/services/enforceStandards.js"
import type { ReplayResult } from "../src/domain/ReplayResult.js"
import type { replay as replayRecording } from "../src/services/replayRecording.js"
import type * as Runs from "../src/services/runFunctions.js"
import { resolveScaffold as resolve } from "../src/services/resolveScaffold.js"
import type { ResolveOptions } from "../src/services/ScaffoldCache.js"
import { layerWith } from "./CacheLive.js"
import type { Sources } from "./ConfigFile.js"
import type { RunStores } from "./RunStores.js"

/** A function that gives an Effect, as one that gives a promise. */
type Promised<F> = F extends (...args: infer Args) => Effect.Effect<infer A, infer _E, infer _R>
  ? (...args: Args) => Promise<A>
  : never

export interface AegisPromise {
  /** Resolves a prompt, from the cache where it is there. */
  readonly resolveScaffold: (
    input: typeof ResolveInput.Encoded,
    options?: ResolveOptions
  ) => Promise<typeof ResolvedScaffold.Encoded>
  /** Saves a state as a checkpoint. This and all that follows opens the run store when it is first called. */
  readonly saveCheckpoint: Promised<typeof Runs.saveCheckpoint>
  readonly getCheckpoint: Promised<typeof Runs.getCheckpoint>
  readonly branchFrom: Promised<typeof Runs.branchFrom>
  readonly addScratchpad: Promised<typeof Runs.addScratchpad>
  readonly listScratchpads: Promised<typeof Runs.listScratchpads>
  readonly addToolTrace: Promised<typeof Runs.addToolTrace>
  readonly listToolTraces: Promised<typeof Runs.listToolTraces>
  /**
   * Judges a text by rulepacks, and loads what judges when it is first called. That rules are broken is no error: `valid` of the
   * report says it.
   */
  readonly enforceStandards: (...args: Parameters<typeof enforce>) => Promise<ComplianceReport>
  /** Replays a recording by the programs that the settings name, and keeps what came of it on a branch. */
  readonly replay: (...args: Parameters<typeof replayRecording>) => Promise<typeof ReplayResult.Encoded>
  /** Writes what is written behind and closes the databases. Call it before the program ends. */
  readonly close: () => Promise<void>
}

/** An Aegis was asked for something after it was closed. */
export class AegisClosed extends Schema.TaggedError<AegisClosed>("aegis/AegisClosed")("AegisClosed", {}) {
  override get message(): string {
    return "This Aegis is closed. Open another with openAegis(), and close it when nothing more is asked of it."
  }
}

/** An Aegis for a folder, an environment and settings. It opens each of its databases when it is first asked of it. */
export const openAegis = (sources: Partial<Sources> = {}): AegisPromise => {
  const all = { cwd: process.cwd(), env: process.env, flags: {}, ...sources }
  const cache = ManagedRuntime.make(layerWith(all))
  // loaded with what it stands on by whoever keeps runs
  const loaded = Effect.promise(() => import("./RunsLive.js"))
  const runs = ManagedRuntime.make(
    Layer.unwrapEffect(Effect.map(loaded, (RunsLive) => RunsLive.layerWith(all)))
  )
  const gate = ManagedRuntime.make(
    Layer.unwrapEffect(
      Effect.map(
        Effect.promise(() => import("./enforce/EnforcerLive.js")),
        (EnforcerLive) => EnforcerLive.layerWith(all)
      )
    )
  )
  const replays = ManagedRuntime.make(
    Layer.unwrapEffect(
      Effect.map(
        Effect.promise(() => import("./ReplayLive.js")),
        (ReplayLive) => ReplayLive.layerWith(all)
      )
    )
  )
  let closed = false
  const run = async <R, RE, A, E>(
    runtime: ManagedRuntime.ManagedRuntime<R, RE>,
    effect: Effect.Effect<A, E, R>
  ): Promise<A> => {
    if (closed) throw new AegisClosed()
    const exit = await runtime.runPromiseExit(effect)
    if (Exit.isSuccess(exit)) return exit.value
    throw Cause.squash(exit.cause)
  }
  const kept = <A, E>(use: (functions: typeof Runs) => Effect.Effect<A, E, RunStores>): Promise<A> =>
    run(
      runs,
      Effect.flatMap(
        Effect.promise(() => import("../src/services/runFunctions.js")),
        use
      )
    )
  return {
    resolveScaffold: (input, options) =>
      run(cache, Effect.flatMap(resolve(input, options), Schema.encode(ResolvedScaffold))),
    saveCheckpoint: (...args) => kept(({ saveCheckpoint }) => saveCheckpoint(...args)),
    getCheckpoint: (...args) => kept(({ getCheckpoint }) => getCheckpoint(...args)),
    branchFrom: (...args) => kept(({ branchFrom }) => branchFrom(...args)),
    addScratchpad: (...args) => kept(({ addScratchpad }) => addScratchpad(...args)),
    listScratchpads: (...args) => kept(({ listScratchpads }) => listScratchpads(...args)),
    addToolTrace: (...args) => kept(({ addToolTrace }) => addToolTrace(...args)),
    listToolTraces: (...args) => kept(({ listToolTraces }) => listToolTraces(...args)),
    enforceStandards: (...args) =>
      run(
        gate,
        Effect.flatMap(
          Effect.promise(() => import("../src/services/enforceStandards.js")),
          ({ enforceStandards }) => enforceStandards(...args)
        )
      ),
    replay: (...args) =>
      run(
        replays,
        Effect.gen(function* () {
          const { replay } = yield* Effect.promise(() => import("../src/services/replayRecording.js"))
          const { ReplayResult } = yield* Effect.promise(() => import("../src/domain/ReplayResult.js"))
          return yield* Effect.flatMap(replay(...args), Schema.encode(ReplayResult))
        })
      ),
    close: async () => {
      closed = true
      await Promise.all([cache.dispose(), runs.dispose(), gate.dispose(), replays.dispose()])
    }
  }
}

let shared: AegisPromise | undefined

/** Resolves a prompt with the Aegis of the current folder, which is opened at the first call. */
export const resolveScaffold: AegisPromise["resolveScaffold"] = (input, options) =>
  (shared ??= openAegis()).resolveScaffold(input, options)

/** Judges a text by rulepacks with the Aegis of the current folder, which is opened at the first call. */
export const enforceStandards: AegisPromise["enforceStandards"] = (...args) =>
  (shared ??= openAegis()).enforceStandards(...args)

/** Closes the Aegis of the current folder, if it was opened. */
export const close = async (): Promise<void> => {
  const closing = shared
  // at once: who asks while it closes gets one that is open
  shared = undefined
  await closing?.close()
}
