/** Our saver as a candidate, over every database that it runs on. */
import { MemorySaver } from "@langchain/langgraph-checkpoint"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import { afterAll } from "vitest"
import { AegisSaver } from "../../../../layers/langgraph/AegisSaver.js"
import { pgUrl, tempDatabase } from "../../../support/postgres.js"
import { tempFile } from "../../../support/tempDir.js"
import type { Candidate } from "./scenario.js"

/** Where a store of its own is, for as long as the scope lasts. */
interface Place {
  readonly where: string
  readonly namespace?: string
}

type Places = Effect.Effect<Place, never, Scope.Scope>

/** New storage, and savers over it that are opened and closed like those of one process after the other. */
export const openStorage = async (
  place: Places
): Promise<{
  readonly open: () => Promise<AegisSaver>
  readonly close: () => Promise<void>
}> => {
  const scope = await Effect.runPromise(Scope.make())
  const { where, ...options } = await Effect.runPromise(Scope.extend(place, scope))
  let saver: AegisSaver | undefined
  return {
    open: async () => {
      await saver?.end()
      saver = AegisSaver.fromConnString(where, { synchronous: "NORMAL", ...options })
      await saver.setup()
      return saver
    },
    close: async () => {
      await saver?.end()
      await Effect.runPromise(Scope.close(scope, Exit.void))
    }
  }
}

const file: Places = Effect.map(tempFile("store.db"), (where) => ({ where }))

/** One database for all tests of a file, and a tenant for each: to make databases takes longer than to use them. */
const server = await Effect.runPromise(Scope.make())
afterAll(() => Effect.runPromise(Scope.close(server, Exit.void)))
const tenants: ReadonlyArray<Places> =
  pgUrl === undefined
    ? []
    : [
        Effect.map(await Effect.runPromise(Effect.cached(Scope.extend(tempDatabase, server))), (where) => ({
          where,
          namespace: randomUUID()
        }))
      ]

export const places: ReadonlyArray<readonly [name: string, place: Places]> = [
  ["aegis in memory", Effect.succeed({ where: ":memory:" })],
  ["aegis on SQLite", file],
  ...tenants.map((tenant) => ["aegis on Postgres", tenant] as const)
]

const candidate = (name: string, place: Places): Candidate => ({
  name,
  rig: async () => {
    const { close, open } = await openStorage(place)
    return { open, reopen: open, fresh: () => new MemorySaver(), close }
  }
})

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
  candidate("Aegis on SQLite", file),
  ...tenants.map((tenant) => candidate("Aegis on Postgres", tenant))
]
