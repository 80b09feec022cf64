/** Aegis' saver. This is the only place that knows what it consists of; `AegisSaver.fromConnString` will take it. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { AegisSaver } from "../../layers/langgraph/AegisSaver.js"
import { makeCodec } from "../../layers/langgraph/codec.js"
import { makeSaver } from "../../layers/langgraph/saver.js"
import * as RunStorageSqlite from "../../layers/RunStorageSqlite.js"
import * as Migrations from "../../layers/storage/Migrations.js"
import * as SqliteClient from "../../layers/storage/SqliteClient.js"
import { runMigrations } from "../../migrations/runs/index.js"
import * as RunLog from "../../src/services/RunLog.js"
import { RunStorage } from "../../src/services/RunStorage.js"
import type { OpenSaver } from "../savers.mjs"

export type Synchronous = "NORMAL" | "FULL"

const isPostgres = (pathOrUrl: string): boolean => /^postgres(ql)?:/.test(pathOrUrl)

/** Whether there is a storage for it. PLACE: true for all of them, once layers/RunStoragePg.ts is there. */
export const canOpen = (pathOrUrl: string): boolean => !isPostgres(pathOrUrl)

const storageOf = (pathOrUrl: string, synchronous: Synchronous) =>
  Effect.gen(function* () {
    if (isPostgres(pathOrUrl)) {
      // PLACE: PgClient.make, Migrations.run(runMigrations), RunStoragePg.make
      return yield* Effect.dieMessage("There is no run store on Postgres yet.")
    }
    const client = yield* SqliteClient.make({ filename: pathOrUrl, synchronous })
    yield* Effect.provideService(Migrations.run(runMigrations), SqlClient.SqlClient, client)
    return yield* RunStorageSqlite.make(client, yield* client.hotReader, "default")
  })

export const openAegis = async (
  pathOrUrl: string,
  synchronous: Synchronous = "NORMAL"
): Promise<OpenSaver> => {
  const scope = Effect.runSync(Scope.make())
  const storage = await Effect.runPromise(
    storageOf(pathOrUrl, synchronous).pipe(Effect.provide(Reactivity.layer), Scope.extend(scope))
  )
  const fresh = (): AegisSaver => {
    const log = Effect.runSync(Effect.provideService(RunLog.make, RunStorage, storage))
    return new AegisSaver(makeSaver(log, storage, makeCodec()))
  }
  return { saver: fresh(), fresh, close: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}
