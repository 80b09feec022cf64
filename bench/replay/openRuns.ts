/** Runs on a file, as `AegisLive` keeps them: what was acknowledged survives a power cut. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as RunDatabase from "../../layers/RunDatabase.js"
import * as SyntaxTreesOxc from "../../layers/replay/SyntaxTreesOxc.js"
import { layerRuns, type RunStores } from "../../layers/RunStores.js"
import { RunStorage } from "../../src/services/RunStorage.js"
import type { SyntaxTrees } from "../../src/services/SyntaxTrees.js"

export interface OpenRuns {
  readonly run: <A, E>(program: Effect.Effect<A, E, RunStores | SyntaxTrees>) => Promise<A>
  readonly close: () => Promise<void>
}

export const openRuns = (file: string): OpenRuns => {
  const runtime = ManagedRuntime.make(
    layerRuns(
      Layer.scoped(
        RunStorage,
        Effect.flatMap(RunDatabase.open(Redacted.make(file)), ({ storage }) => storage("default"))
      )
    ).pipe(Layer.provide(Reactivity.layer), Layer.merge(SyntaxTreesOxc.layer))
  )
  return { run: (program) => runtime.runPromise(program), close: () => runtime.dispose() }
}
