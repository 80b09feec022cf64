/** Aegis' saver on a file or a server, as `AegisSaver.fromConnString` opens it, and more of them over the same storage. */
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
import * as RunLog from "../../src/services/RunLog.js"
import { RunStorage } from "../../src/services/RunStorage.js"
import type { OpenSaver } from "../savers.mjs"

export type Synchronous = "NORMAL" | "FULL"

export const openAegis = async (
  pathOrUrl: string,
  synchronous: Synchronous = "NORMAL"
): Promise<OpenSaver> => {
  const scope = Effect.runSync(Scope.make())
  const storage = await Effect.runPromise(
    Effect.flatMap(RunDatabase.open(Redacted.make(pathOrUrl), { synchronous }), (database) =>
      database.storage("default")
    ).pipe(Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make), Scope.extend(scope))
  )
  const fresh = (): AegisSaver => {
    const log = Effect.runSync(Effect.provideService(RunLog.make, RunStorage, storage))
    const saver = makeSaver(log, storage, makeCodec(objects()))
    return new AegisSaver({
      ready: () => saver,
      saver: () => Promise.resolve(saver),
      close: () => Promise.resolve()
    })
  }
  return { saver: fresh(), fresh, close: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}
