/** RunStorage on SQLite. Writes of one turn are one synchronous transaction; reads are as fast as the driver. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { LineageMoved, ThreadDeleted } from "../src/domain/RunErrors.js"
import { LineageMoved as Moved } from "../src/domain/RunErrors.js"
import type { StoreError } from "../src/domain/StoreErrors.js"
import { packName } from "../src/runs/packed.js"
import { unconditional } from "../src/services/appending.js"
import { type Appended, type Lineage, RunStorage } from "../src/services/RunStorage.js"
import * as GroupCommit from "./runs/GroupCommit.js"
import * as TurnCommit from "./runs/TurnCommit.js"
import { epochOf } from "./runs/places.js"
import {
  type Done,
  isAlone,
  type Job,
  lastNumber,
  makeAppend,
  type Outcome,
  selectLineage
} from "./runs/sqliteAppend.js"
import { knownOf } from "./runs/sqliteKnown.js"
import { makeRead } from "./runs/sqliteRead.js"
import { deleteThread, emptyEntries } from "./runs/sqliteRemove.js"
import { makeUpkeep, reclaim } from "./runs/sqliteUpkeep.js"
import type { HotReader } from "./storage/HotReader.js"
import { toStoreError } from "./storage/sqlError.js"
import type { SqliteClient } from "./storage/SqliteClient.js"
import type { Get, Run } from "./storage/SqliteWire.js"

/** The run store of one namespace, in a database whose schema is up to date. */
export const make = (
  client: SqliteClient,
  reader: HotReader,
  namespace: string
): Effect.Effect<RunStorage["Type"], StoreError> =>
  Effect.gen(function* () {
    const space = yield* Effect.mapError(
      client.step((run, get) => {
        run("INSERT OR IGNORE INTO space (name) VALUES (?)", packName(namespace))
        return get<[number]>("SELECT id FROM space WHERE name = ?", packName(namespace))?.[0] ?? 0
      }),
      toStoreError("open the run store")
    )
    const known = knownOf(client, space)
    const reads = yield* makeRead(reader, namespace, space, known)
    const upkeep = yield* makeUpkeep(client, reader, space)
    const { append, appendAlone } = makeAppend(namespace, space)

    const learn = (lineage: Lineage, { outcome, standing }: Done): Outcome => {
      if (standing === undefined) known.forget(lineage)
      else known.set(lineage, standing)
      return outcome
    }

    const together =
      (jobs: ReadonlyArray<Job>) =>
      (run: Run, get: Get): ReadonlyArray<Outcome> => {
        known.check(get<[number]>("PRAGMA data_version")?.[0])
        return jobs.map((job) => learn(job.lineage, append(run, get, job, known.get(job.lineage))))
      }

    const alone = (job: Job): Outcome | undefined => {
      const seen = known.get(job.lineage)
      if (seen === undefined || !isAlone(job)) return undefined
      const done = client.singleNow((run) => appendAlone(run, job, seen))
      if (done !== undefined && Either.isRight(done) && done.right !== undefined) {
        return learn(job.lineage, done.right)
      }
      // somebody else may have taken the place
      known.forget(job.lineage)
      return undefined
    }

    const now = (jobs: ReadonlyArray<Job>): ReadonlyArray<Outcome> | undefined => {
      const [job, ...others] = jobs
      const outcome = job === undefined || others.length > 0 ? undefined : alone(job)
      if (outcome !== undefined) return [outcome]
      const all = client.stepNow(together(jobs))
      if (all !== undefined && Either.isRight(all)) return all.right
      known.clear()
      return undefined
    }

    const inTurn = GroupCommit.make<Job, Appended, StoreError | LineageMoved | ThreadDeleted>((jobs) =>
      client.step(together(jobs)).pipe(
        // what was learned was not committed
        Effect.tapError(() => Effect.sync(() => known.clear())),
        Effect.mapError(toStoreError("RunStorage.append"))
      )
    )
    const write = TurnCommit.make(now, inTurn)
    /** Around what may leave a lineage without its entries. */
    const forgetting = <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.ensuring(
        self,
        Effect.sync(() => known.clear())
      )

    return RunStorage.of({
      namespace,
      ...reads,
      ...upkeep,
      append: (lineage, drafts, epoch) => write({ lineage, drafts, epoch }),
      dropRef: (lineage, ref, draft) =>
        Effect.asVoid(write({ lineage, drafts: [draft], epoch: undefined, drop: ref })),
      remove: (lineage, removal) =>
        client
          .step((run, get) => {
            const row = get<[id: number, epoch: number]>(
              selectLineage,
              space,
              packName(lineage.thread),
              packName(lineage.path)
            )
            if (row === undefined) return undefined
            const [id, epoch] = row
            if (epochOf({ id, epoch }) !== removal.epoch) return undefined
            if (removal.upTo !== undefined && removal.upTo !== lastNumber(get, id)) return undefined
            const freed = emptyEntries(run, get, space, id, removal)
            const job = { lineage, drafts: [unconditional(removal.draft)], epoch: undefined }
            append(run, get, job, undefined)
            return freed
          })
          .pipe(
            Effect.mapError(toStoreError("RunStorage.remove")),
            Effect.flatMap((freed) =>
              freed === undefined ? new Moved({ thread: lineage.thread }) : Effect.succeed(freed)
            ),
            forgetting
          ),
      deleteThread: (thread) =>
        Effect.gen(function* () {
          const at = yield* Clock.currentTimeMillis
          const freed = yield* client.step((run, get) => deleteThread(run, get, space, thread, at))
          // the log still holds what was overwritten in the file
          yield* client`PRAGMA wal_checkpoint(TRUNCATE)`
          return freed
        }).pipe(Effect.mapError(toStoreError("RunStorage.deleteThread")), forgetting),
      reclaim: reclaim(client)
    })
  })
