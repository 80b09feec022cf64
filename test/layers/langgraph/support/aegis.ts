/** Our saver as a candidate, over every database that it runs on. */
import { MemorySaver } from "@langchain/langgraph-checkpoint"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { AegisSaver } from "../../../../layers/langgraph/AegisSaver.js"
import { pgUrl, tempDatabase } from "../../../support/postgres.js"
import { tempFile } from "../../../support/tempDir.js"
import type { Candidate } from "./scenario.js"

/** A place for a store of its own, which lasts until the scope closes. */
type Place = Effect.Effect<string, never, Scope.Scope>

/** New storage, and savers over it that are opened and closed like those of one process after the other. */
export const openStorage = async (
  place: Place
): Promise<{
  readonly open: () => Promise<AegisSaver>
  readonly close: () => Promise<void>
}> => {
  const scope = await Effect.runPromise(Scope.make())
  const where = await Effect.runPromise(Scope.extend(place, scope))
  let saver: AegisSaver | undefined
  return {
    open: async () => {
      await saver?.end()
      saver = AegisSaver.fromConnString(where, { synchronous: "NORMAL" })
      await saver.setup()
      return saver
    },
    close: async () => {
      await saver?.end()
      await Effect.runPromise(Scope.close(scope, Exit.void))
    }
  }
}

const candidate = (name: string, place: Place): Candidate => ({
  name,
  rig: async () => {
    const { close, open } = await openStorage(place)
    return { open, reopen: open, fresh: () => new MemorySaver(), close }
  }
})

export const places: ReadonlyArray<readonly [name: string, place: Place]> = [
  ["aegis in memory", Effect.succeed(":memory:")],
  ["aegis on SQLite", tempFile("store.db")],
  ...(pgUrl === undefined ? [] : [["aegis on Postgres", tempDatabase] as const])
]

/** In memory a store ends with its saver, so that what is opened again is the same one. */
const memory: Candidate = {
  name: "Aegis in memory",
  rig: async () => {
    const saver = AegisSaver.fromConnString(":memory:")
    const same = (): Promise<AegisSaver> => Promise.resolve(saver)
    return { open: same, reopen: same, fresh: () => new MemorySaver(), close: () => saver.end() }
  }
}

export const aegis: ReadonlyArray<Candidate> = [
  memory,
  candidate("Aegis on SQLite", tempFile("store.db")),
  ...(pgUrl === undefined ? [] : [candidate("Aegis on Postgres", tempDatabase)])
]
