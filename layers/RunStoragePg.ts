/**
 * RunStorage on Postgres. An append is one statement, and so is a read; groups of writes of different lineages go side by
 * side over the pool. Works through a transaction pooler: no statement relies on what another one left on its connection.
 *
 * Names and ids are kept up to about a kilobyte each, what fits into an index.
 */
import * as Clock from "effect/Clock"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { LineageMoved, ThreadDeleted } from "../src/domain/RunErrors.js"
import { LineageMoved as Moved } from "../src/domain/RunErrors.js"
import type { StoreError } from "../src/domain/StoreErrors.js"
import { lineageKey } from "../src/runs/entry.js"
import { packName } from "../src/runs/packed.js"
import { type Appended, type Freed, type Lineage, RunStorage } from "../src/services/RunStorage.js"
import * as PerLineage from "./runs/perLineage.js"
import { type Job, makeAppend } from "./runs/pgAppend.js"
import { makePlaces, readPlace } from "./runs/pgPlace.js"
import { makeRead } from "./runs/pgRead.js"
import { deleteInside, type Removed, removeInside } from "./runs/pgRemove.js"
import * as Session from "./runs/pgSession.js"
import { makeUpkeep } from "./runs/pgUpkeep.js"
import type { PgClient } from "./storage/PgClient.js"
import { toStoreError } from "./storage/sqlError.js"

export type Options = Session.Options

/** Faults that all jobs of a group would meet alike: none of them is to blame. */
const isOfAll = (error: StoreError | LineageMoved | ThreadDeleted): boolean =>
  error._tag === "StoreError" &&
  ["busy", "connection", "serialization", "read-only", "full", "io"].includes(error.reason)

/** The run store of one namespace, in a database whose schema is up to date. */
export const make = (
  client: PgClient,
  namespace: string,
  options: Options = {}
): Effect.Effect<RunStorage["Type"], StoreError> =>
  Effect.gen(function* () {
    const session = Session.make(client, namespace, options)
    const space = yield* Effect.mapError(openSpace(session, namespace), toStoreError("open the run store"))
    const places = makePlaces()
    const reads = makeRead(session, namespace, space)
    const upkeep = makeUpkeep(session, space)
    const write = PerLineage.make<Job, Appended, StoreError | LineageMoved | ThreadDeleted>(
      makeAppend(session, namespace, space, places),
      (error) => !isOfAll(error)
    )

    const read = <A>(operation: string, self: Effect.Effect<A, SqlError>): Effect.Effect<A, StoreError> =>
      Effect.mapError(self, toStoreError(`RunStorage.${operation}`))

    /**
     * A transaction of this store, tried again. When the connection is lost, nobody knows whether it was committed: then
     * `settled` may tell what it came to.
     */
    const transact = <A>(
      operation: string,
      body: Effect.Effect<A, SqlError>,
      settled: Effect.Effect<A | undefined, SqlError>
    ): Effect.Effect<A, StoreError> =>
      Effect.gen(function* () {
        const tries = yield* session.tries
        for (;;) {
          const result = yield* Effect.either(session.transaction(body))
          if (Either.isRight(result)) return result.right
          yield* tries.afterFailure(result.left)
          const known = Session.isUncertain(result.left) ? yield* settled : undefined
          if (known !== undefined) return known
        }
      }).pipe(client.outside, Effect.mapError(toStoreError(`RunStorage.${operation}`)))

    const append = (lineage: Lineage, job: Job): ReturnType<typeof write> =>
      Effect.catchTag(client.outside(write(lineage, job)), "SqlError", (error) =>
        Effect.fail(toStoreError("RunStorage.append")(error))
      )

    return RunStorage.of({
      namespace,
      append: (lineage, drafts, epoch) => append(lineage, { drafts, epoch }),
      find: (lineage, id) =>
        Effect.suspend(() => {
          const key = lineageKey(lineage)
          return read(
            "find",
            Effect.map(reads.find(lineage, id, places.has(key)), ({ found, place }) => {
              if (place !== undefined) places.learn(key, place)
              return found
            })
          )
        }),
      // any other process may have written since
      recall: () => undefined,
      entries: (lineage, numbers) => read("entries", reads.entries(lineage, numbers)),
      belonging: (lineage, kind, id) => read("belonging", reads.belonging(lineage, kind, id)),
      list: (query) => read("list", reads.list(query)),
      log: (lineage, after, limit) => read("log", reads.log(lineage, after, limit)),
      lineages: (thread) => read("lineages", reads.lineages(thread)),
      chunks: (hashes) => read("chunks", reads.chunks(hashes)),
      named: (name) => read("named", reads.named(name)),
      refs: (lineage) => read("refs", reads.refs(lineage)),
      dropRef: (lineage, ref, draft) =>
        Effect.asVoid(append(lineage, { drafts: [draft], epoch: undefined, drop: ref })),
      remove: (lineage, removal) =>
        Effect.suspend(() => {
          const attempts: Array<Removed> = []
          const body = removeInside(session, namespace, space, lineage, removal, (removed) => {
            attempts.push(removed)
          })
          const settled = Effect.suspend(() =>
            Effect.map(
              readPlace(
                session,
                namespace,
                space,
                lineage,
                attempts.map(({ place }) => place.head)
              ),
              ({ passed }) => attempts.find(({ place }) => place.head === passed)
            )
          )
          return transact("remove", body, settled)
        }).pipe(
          Effect.flatMap((removed) => {
            if (removed === undefined) return new Moved({ thread: lineage.thread })
            places.set(lineageKey(lineage), removed.place)
            return Effect.succeed(removed.freed)
          })
        ),
      deleteThread: (thread) =>
        Effect.gen(function* () {
          const at = yield* Clock.currentTimeMillis
          /** What a transaction freed of which nobody knows whether it was committed. */
          let uncertain: Freed | undefined
          const body = Effect.map(deleteInside(session, space, thread, at), (freed) => {
            if (freed.entries === 0 && uncertain !== undefined) return uncertain
            uncertain = freed
            return freed
          })
          return yield* transact("deleteThread", body, Effect.succeed(undefined))
        }).pipe(Effect.ensuring(Effect.sync(() => places.clear()))),
      held: (hashes) => read("held", upkeep.held(hashes)),
      chunksAfter: (after, limit) => read("chunksAfter", upkeep.chunksAfter(after, limit)),
      names: (lineage) => read("names", upkeep.names(lineage)),
      wasDeleted: (thread) => read("wasDeleted", upkeep.wasDeleted(thread)),
      check: read("check", upkeep.check),
      // the server vacuums by itself
      reclaim: Effect.void
    })
  })

const openSpace = (session: Session.Session, namespace: string): Effect.Effect<number, SqlError> =>
  Effect.gen(function* () {
    const name = packName(namespace)
    const find = session.read<{ readonly id: number }>("SELECT id FROM aegis_space WHERE name = $1", [name])
    const [known] = yield* find
    if (known !== undefined) return known.id
    yield* session.read("INSERT INTO aegis_space (name) VALUES ($1) ON CONFLICT DO NOTHING", [name])
    const [made] = yield* find
    return made?.id ?? 0
  })
