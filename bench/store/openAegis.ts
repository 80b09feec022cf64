/** Aegis on a file or a server: a storage, and over it the saver for LangGraph and the store of checkpoints. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { AegisSaver } from "../../layers/langgraph/AegisSaver.js"
import { makeCodec } from "../../layers/langgraph/codec.js"
import { objects } from "../../layers/langgraph/objects.js"
import { makeSaver } from "../../layers/langgraph/saver.js"
import * as RunDatabase from "../../layers/RunDatabase.js"
import * as CheckpointStore from "../../src/services/CheckpointStore.js"
import * as RunLog from "../../src/services/RunLog.js"
import { RunStorage } from "../../src/services/RunStorage.js"
import type { OpenSaver } from "../savers.mjs"

export type Synchronous = "NORMAL" | "FULL"

export interface OpenAegis extends OpenSaver {
  readonly saver: AegisSaver
  readonly fresh: () => AegisSaver
}

/** Runs what a program does with a store of checkpoints, in one fiber. */
export type RunWithCheckpoints = <A, E>(
  program: Effect.Effect<A, E, CheckpointStore.CheckpointStore>
) => Promise<A>

export interface OpenCheckpoints {
  readonly run: RunWithCheckpoints
  /** The same with another store over the same storage, which has nothing in memory. */
  readonly fresh: () => RunWithCheckpoints
  readonly close: () => Promise<void>
}

interface OpenStorage {
  readonly storage: RunStorage["Type"]
  readonly close: () => Promise<void>
}

const openStorage = async (pathOrUrl: string, synchronous: Synchronous): Promise<OpenStorage> => {
  const scope = Effect.runSync(Scope.make())
  const storage = await Effect.runPromise(
    Effect.flatMap(RunDatabase.open(Redacted.make(pathOrUrl), { synchronous }), (database) =>
      database.storage("default")
    ).pipe(Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make), Scope.extend(scope))
  )
  return { storage, close: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}

/** The saver as `AegisSaver.fromConnString` opens it. */
export const openAegis = async (
  pathOrUrl: string,
  synchronous: Synchronous = "NORMAL"
): Promise<OpenAegis> => {
  const { close, storage } = await openStorage(pathOrUrl, synchronous)
  const fresh = (): AegisSaver => {
    const log = Effect.runSync(Effect.provideService(RunLog.make, RunStorage, storage))
    const saver = makeSaver(log, storage, makeCodec(objects()))
    return new AegisSaver({
      ready: () => saver,
      saver: () => Promise.resolve(saver),
      close: () => Promise.resolve()
    })
  }
  return { saver: fresh(), fresh, close }
}

/** The store as the layers of `aegis-prompt-cache/layers` make it. */
export const openCheckpoints = async (
  pathOrUrl: string,
  synchronous: Synchronous = "NORMAL"
): Promise<OpenCheckpoints> => {
  const { close, storage } = await openStorage(pathOrUrl, synchronous)
  const fresh = (): RunWithCheckpoints => {
    const store = Effect.runSync(
      CheckpointStore.make.pipe(
        Effect.provideServiceEffect(RunLog.RunLog, RunLog.make),
        Effect.provideService(RunStorage, storage)
      )
    )
    return (program) =>
      Effect.runPromise(Effect.provideService(program, CheckpointStore.CheckpointStore, store))
  }
  return { run: fresh(), fresh, close }
}
