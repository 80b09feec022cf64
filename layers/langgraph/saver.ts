/** What LangGraph asks of a checkpointer, as Effects over the run store. */
import type { RunnableConfig } from "@langchain/core/runnables"
import type {
  ChannelVersions,
  Checkpoint,
  CheckpointListOptions,
  CheckpointMetadata,
  CheckpointTuple,
  PendingWrite
} from "@langchain/langgraph-checkpoint"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import {
  ConfigIncomplete,
  type LineageMoved,
  type NameTaken,
  type RunNotFound,
  type ThreadDeleted,
  type ValueError
} from "../../src/domain/RunErrors.js"
import type { RunPrunePolicy } from "../../src/domain/RunReports.js"
import type { StoreError } from "../../src/domain/StoreErrors.js"
import { kinds, type Lineage } from "../../src/runs/entry.js"
import type { Notes } from "../../src/runs/manifest.js"
import type { Snapshot } from "../../src/runs/snapshot.js"
import type { Given, ReadError, RunLog } from "../../src/services/RunLog.js"
import type { RunStorage } from "../../src/services/RunStorage.js"
import { onward } from "../../src/services/log/onward.js"
import { copyThread } from "../../src/services/runs/copy.js"
import { deleteForRuns } from "../../src/services/runs/deleteRuns.js"
import { pruneRuns } from "../../src/services/runs/prune.js"
import type { Codec } from "./codec.js"
import { deltaHistory, type Histories } from "./deltaHistory.js"
import { isMatch, needlesOf } from "./filter.js"
import { makeLists } from "./lists.js"
import { toDraft } from "./pendingWrites.js"
import { configOf, encodeNew, metadataOf, toChannels, toSeen, toTuple } from "./tuples.js"

export type SaverError = ReadError | ValueError | ConfigIncomplete

export interface Saver {
  /** Looks at once, and gives an Exit, where the answer is in memory. */
  readonly getTuple: (config: RunnableConfig) => Effect.Effect<CheckpointTuple | undefined, SaverError>
  /** Gives the next page each time it is run; an empty one is the end. */
  readonly list: (
    config: RunnableConfig,
    options: CheckpointListOptions
  ) => Effect.Effect<ReadonlyArray<CheckpointTuple>, SaverError>
  readonly put: (
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions
  ) => Effect.Effect<RunnableConfig, SaverError>
  readonly putWrites: (
    config: RunnableConfig,
    writes: ReadonlyArray<PendingWrite>,
    taskId: string,
    taskPath: string
  ) => Effect.Effect<void, SaverError>
  readonly deleteThread: (threadId: string) => Effect.Effect<void, StoreError>
  readonly deltaHistory: (
    config: RunnableConfig,
    channels: ReadonlyArray<string>
  ) => Effect.Effect<Histories, SaverError>
  readonly prune: (threadIds: ReadonlyArray<string>, options: PruneOptions) => Effect.Effect<void, SaverError>
  readonly copyThread: (
    source: string,
    target: string
  ) => Effect.Effect<void, SaverError | RunNotFound | NameTaken | ThreadDeleted>
  readonly deleteForRuns: (runIds: ReadonlyArray<string>) => Effect.Effect<void, SaverError>
}

/**
 * What `prune` lets go: with `keep_latest` all but the newest checkpoint of each namespace, or what is older than
 * `olderThanMs` and not among the newest `keepLast`; with `delete` the threads themselves. Checkpoints that are tagged, or
 * the tip of a branch that has a name, stay.
 */
export interface PruneOptions {
  readonly strategy?: "keep_latest" | "delete" | undefined
  readonly keepLast?: number | undefined
  readonly olderThanMs?: number | undefined
}

interface Address {
  readonly lineage: Lineage
  readonly id: string | undefined
  readonly runId: string | undefined
}

type WriteError = ValueError | StoreError | LineageMoved | ThreadDeleted

/** How often a write starts again when the thread is pruned under it. */
const attempts = 5
/** Checkpoints read at a time. */
const page = 100

const noNodes: ReadonlyMap<string, Given> = new Map()

const text = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return undefined
  return typeof value === "string" ? value : String(value)
}

const addressOf = ({ configurable = {} }: RunnableConfig): Address | undefined => {
  const thread = text(configurable.thread_id)
  return thread === undefined
    ? undefined
    : {
        lineage: { thread, path: text(configurable.checkpoint_ns) ?? "" },
        // `thread_ts` is what it was called before; an empty id stands for none
        id: text(configurable.checkpoint_id) || text(configurable.thread_ts) || undefined,
        runId: text(configurable.run_id)
      }
}

export const makeSaver = (log: RunLog["Type"], storage: RunStorage["Type"], codec: Codec): Saver => {
  const lists = makeLists()

  const tupleOf = (
    snapshot: Snapshot,
    writes: Parameters<typeof toTuple>[3]
  ): Effect.Effect<CheckpointTuple, ReadError | ValueError> =>
    toTuple(codec, log, snapshot, writes, (id) => storage.belonging(snapshot.lineage, kinds.writes, id))

  const put: Saver["put"] = (config, checkpoint, metadata, newVersions) =>
    Effect.clockWith((clock): Effect.Effect<RunnableConfig, SaverError> => {
      const address = addressOf(config)
      if (address === undefined) return Effect.fail(new ConfigIncomplete({ call: "put", field: "thread_id" }))
      const { id: parentId, lineage, runId } = address
      const { id } = checkpoint
      const encoded = encodeNew(codec, lists, lineage, checkpoint, newVersions)
      if (Either.isLeft(encoded)) return Effect.fail(encoded.left)
      const encodedMeta = codec.encode(metadata)
      if (Either.isLeft(encodedMeta)) return Effect.fail(encodedMeta.left)
      const { content, encoding } = encodedMeta.right
      const meta = Buffer.from(content.shape === "text" ? content.text : "{}")
      const seen = toSeen(checkpoint.versions_seen)
      const keepsAll = parentId !== undefined || metadata.source === "fork"
      const notes: Notes = {
        v: checkpoint.v,
        ts: checkpoint.ts,
        ...(encoding === 1 ? { m: 1 } : {}),
        ...(runId === undefined ? {} : { r: runId })
      }
      const at = clock.unsafeCurrentTimeMillis()
      const result = configOf(lineage, id)

      const upon = (parent: Snapshot | undefined): Effect.Effect<Snapshot, WriteError> => {
        const channels = toChannels(codec, checkpoint, encoded.right, newVersions, parent, keepsAll)
        if (Either.isLeft(channels)) return Effect.fail(channels.left)
        return log.put({
          lineage,
          id,
          parent,
          parentId,
          at,
          meta,
          notes,
          channels: channels.right,
          nodes: noNodes,
          seen
        })
      }
      const written = (left: number): Effect.Effect<RunnableConfig, SaverError> => {
        const known = parentId === undefined ? undefined : log.recent(lineage, parentId)
        return Effect.matchEffect(
          parentId === undefined || known !== undefined
            ? upon(known)
            : Effect.flatMap(log.find(lineage, parentId), ({ reborn, snapshot }) =>
                // its thread was deleted and has begun anew: this belongs to the former run
                reborn && snapshot === undefined ? Effect.succeed(undefined) : upon(snapshot)
              ),
          {
            onSuccess: () => Effect.succeed(result),
            onFailure: (error): Effect.Effect<RunnableConfig, SaverError> => {
              if (error._tag === "ThreadDeleted") return Effect.succeed(config)
              if (error._tag === "LineageMoved") {
                log.forget()
                if (left > 0) return written(left - 1)
              }
              return Effect.fail(error)
            }
          }
        )
      }
      return written(attempts)
    })

  const matching = (
    snapshot: Snapshot,
    writes: Parameters<typeof toTuple>[3],
    filter: CheckpointListOptions["filter"]
  ): Effect.Effect<CheckpointTuple | undefined, ReadError | ValueError> => {
    if (filter === undefined) return tupleOf(snapshot, writes)
    return Effect.flatMap(metadataOf(codec, snapshot), (metadata) =>
      isMatch(metadata, filter) ? tupleOf(snapshot, writes) : Effect.succeed(undefined)
    )
  }

  const tupleAt = (
    lineage: Lineage,
    id: string | undefined
  ): Effect.Effect<CheckpointTuple | undefined, ReadError | ValueError> =>
    Effect.flatMap(log.find(lineage, id), ({ snapshot, writes }) =>
      snapshot === undefined ? Effect.succeed(undefined) : tupleOf(snapshot, writes)
    ).pipe(
      // pruned while it was read: it may be gone, or a newer one be there
      Effect.retry({ times: attempts, while: isMoved })
    )

  const deleteThread: Saver["deleteThread"] = (threadId) =>
    Effect.asVoid(
      Effect.ensuring(
        storage.deleteThread(threadId),
        Effect.sync(() => log.forget())
      )
    )

  return {
    getTuple: (config) => {
      const address = addressOf(config)
      if (address === undefined) return Effect.succeed(undefined)
      const { id, lineage } = address
      const found = log.recall(lineage, id)
      const tuple = found?.snapshot && tupleOf(found.snapshot, found.writes)
      return tuple !== undefined && Exit.isExit(tuple) ? tuple : tupleAt(lineage, id)
    },
    put,
    putWrites: (config, writes, taskId, taskPath) =>
      Effect.clockWith((clock): Effect.Effect<void, SaverError> => {
        const { id, lineage } = addressOf(config) ?? {}
        if (lineage === undefined) return new ConfigIncomplete({ call: "putWrites", field: "thread_id" })
        if (id === undefined) return new ConfigIncomplete({ call: "putWrites", field: "checkpoint_id" })
        const draft = toDraft(codec, clock.unsafeCurrentTimeMillis(), id, writes, taskId, taskPath)
        if (Either.isLeft(draft)) return Effect.fail(draft.left)
        return Effect.matchEffect(storage.append(lineage, [draft.right]), {
          onSuccess: () => Effect.void,
          onFailure: (error) => (error._tag === "ThreadDeleted" ? Effect.void : Effect.fail(error))
        })
      }),
    list: (config, { before, filter, limit }) => {
      const address = addressOf(config)
      const path = text(config.configurable?.checkpoint_ns)
      const id = text(config.configurable?.checkpoint_id)
      let left = limit ?? Number.MAX_SAFE_INTEGER
      let below =
        before === undefined ? undefined : (addressOf(before)?.id ?? text(before.configurable?.checkpoint_id))
      let ended = false
      /** Ids are unique in one lineage only: across several the pages of all come at once. */
      const isOne = address !== undefined && path !== undefined
      const holds = needlesOf(codec, filter)
      return Effect.gen(function* () {
        const tuples: Array<CheckpointTuple> = []
        while (!ended && left > 0 && tuples.length === 0) {
          const size = isOne ? Math.min(page, filter === undefined ? left : page) : Number.MAX_SAFE_INTEGER
          const found = yield* storage.list({
            thread: address?.lineage.thread,
            path,
            id: id === "" ? undefined : id,
            before: below,
            holds,
            limit: filter === undefined ? Math.min(size, left) : size
          })
          ended = found.length < size
          below = found.at(-1)?.entry.id
          for (const { entry, epoch, lineage, writes } of found) {
            if (left === 0) break
            const read = onward(log.snapshot(lineage, epoch, entry), (snapshot) =>
              matching(snapshot, writes, filter)
            )
            const tuple = yield* Exit.isExit(read)
              ? read
              : Effect.catchIf(read, isMoved, () => tupleAt(lineage, entry.id))
            if (tuple === undefined) continue
            tuples.push(tuple)
            left -= 1
          }
        }
        return tuples
      })
    },
    deleteThread,
    deltaHistory: (config, channels) => {
      const address = addressOf(config)
      if (address === undefined)
        return new ConfigIncomplete({ call: "getDeltaChannelHistory", field: "thread_id" })
      return Effect.retry(deltaHistory(log, storage, codec, address.lineage, address.id, channels), {
        times: attempts,
        while: isMoved
      })
    },
    prune: (threads, { strategy = "keep_latest", ...policy }) =>
      strategy === "delete"
        ? Effect.forEach(new Set(threads), deleteThread, { discard: true })
        : Effect.asVoid(pruneRuns(log, storage, { ...definedIn(policy), strategy, threads })),
    copyThread: (source, target) => Effect.asVoid(copyThread(storage, source, target)),
    deleteForRuns: (runIds) => Effect.asVoid(deleteForRuns(log, storage, runIds))
  }
}

/** The fields that say something. */
const definedIn = ({ keepLast, olderThanMs }: PruneOptions): RunPrunePolicy => ({
  ...(keepLast === undefined ? {} : { keepLast }),
  ...(olderThanMs === undefined ? {} : { olderThanMs })
})

const isMoved = (error: { readonly _tag: string }): error is LineageMoved => error._tag === "LineageMoved"
