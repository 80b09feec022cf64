/**
 * Checkpoints of runs: saved on branches, named, tagged, compared. Owns: what a checkpoint is, its branch, its revision and
 * its place in the history of its run. Does not own: how its state is stored (RunLog), artifacts and tool calls
 * (ArtifactStore, ToolTraceStore), pruning and proofs (RunUpkeep).
 *
 * A run is a thread. Its first checkpoint has no parent; every other one is saved on a branch, `main` unless said otherwise.
 * To save upon a checkpoint that is no longer the tip of its branch begins a branch of its own. What is saved twice is
 * stored once: the same state upon the same parent has the same id.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Checkpoint } from "../domain/Checkpoint.js"
import type { LogEntry } from "../domain/LogEntry.js"
import type { ThreadDeleted } from "../domain/RunErrors.js"
import { NameTaken, RunNotFound } from "../domain/RunErrors.js"
import { kinds, type RefKind } from "../runs/entry.js"
import type { Snapshot } from "../runs/snapshot.js"
import { type CheckpointDifference, compareCheckpoints } from "./checkpoints/compare.js"
import { type CheckpointList, newest } from "./checkpoints/list.js"
import { atNumber, locate, locateOrFail } from "./checkpoints/locate.js"
import { lineageOf, makeLengths, nativeNotes, nativePath } from "./checkpoints/native.js"
import { readCheckpoint } from "./checkpoints/read.js"
import { event, point, refOf, tipOf } from "./checkpoints/refs.js"
import {
  type AsItIs,
  defaultBranch,
  saveCheckpoint,
  type SaveError,
  type SaveInput
} from "./checkpoints/save.js"
import { trail } from "./checkpoints/trail.js"
import { noted } from "./noted.js"
import { type ReadError, RunLog } from "./RunLog.js"
import { RunStorage } from "./RunStorage.js"
import { makeTurns } from "./turns.js"

export type { CheckpointDifference } from "./checkpoints/compare.js"
export type { CheckpointList } from "./checkpoints/list.js"
export type { SaveError, SaveInput } from "./checkpoints/save.js"

/** A branch or a tag, and the checkpoint that it points to. */
export interface RunRef {
  readonly kind: RefKind
  readonly name: string
  readonly id: string
}

type Find = ReadError | RunNotFound

export class CheckpointStore extends Context.Tag("aegis/CheckpointStore")<
  CheckpointStore,
  {
    readonly namespace: string
    /**
     * Saves a checkpoint on a branch and gives it back with its id. Saving the same upon the same parent again gives the same
     * one. Whoever saves on a branch at the same time, in this process or another one, saves upon it or is saved upon:
     * none is lost.
     */
    readonly create: (input: SaveInput) => Effect.Effect<Checkpoint, SaveError>
    /**
     * Saves a checkpoint as it is, upon the parent that it names and no other. With an id that is there already it is a new
     * revision of that one, on its branch; what is there as it is, is not stored again.
     */
    readonly save: (checkpoint: Checkpoint) => Effect.Effect<Checkpoint, SaveError>
    readonly load: (id: string) => Effect.Effect<Option.Option<Checkpoint>, ReadError>
    /** The checkpoint that a node, an artifact or a tool call belongs to. */
    readonly ownerOf: (id: string) => Effect.Effect<Option.Option<string>, ReadError>
    /** Begins a branch at a checkpoint: a new checkpoint with the same state, which takes next to no space. */
    readonly branch: (parentId: string, name: string) => Effect.Effect<Checkpoint, SaveError | NameTaken>
    /** Newest first. */
    readonly list: (options?: CheckpointList) => Effect.Effect<ReadonlyArray<Checkpoint>, ReadError>
    /** Every checkpoint of this name in a run, oldest first. */
    readonly revisions: (thread: string, name: string) => Effect.Effect<ReadonlyArray<Checkpoint>, Find>
    /** The tip of a branch, `main` if none is named. */
    readonly head: (thread: string, branch?: string) => Effect.Effect<Checkpoint, Find>
    /** The names in a run, with what they point to. */
    readonly refs: (thread: string) => Effect.Effect<ReadonlyArray<RunRef>, ReadError>
    /** Lets a branch end at another checkpoint of its run. */
    readonly move: (branch: string, id: string) => Effect.Effect<Checkpoint, Find | ThreadDeleted>
    /** Names a checkpoint for good: while it is tagged it is never pruned. */
    readonly tag: (id: string, name: string) => Effect.Effect<Checkpoint, Find | NameTaken | ThreadDeleted>
    readonly untag: (thread: string, name: string) => Effect.Effect<void, Find | ThreadDeleted>
    /** A checkpoint and what it came from, back to the first one. */
    readonly history: (id: string) => Stream.Stream<Checkpoint, Find>
    /** The log of a run: its audit trail. */
    readonly log: (thread: string) => Stream.Stream<LogEntry, ReadError>
    readonly diff: (before: string, after: string) => Effect.Effect<CheckpointDifference, Find>
  }
>() {}

/** How often a save starts again when its run is pruned, or saved by others, under it. */
const attempts = 100

export interface Options {
  /**
   * The largest checkpoint, in characters of its JSON. Default 128 Mi: it is held in memory as a whole, several times over.
   */
  readonly largestState?: number | undefined
}
const largest = 128 * 1024 * 1024

/** @internal */
export const makeWith = Effect.fnUntraced(function* ({ largestState = largest }: Options) {
  const storage = yield* RunStorage
  const log = yield* RunLog
  /** Saves of one run follow one another: each is upon the tip that the one before it left. */
  const inTurn = makeTurns()
  const lengths = makeLengths()
  const save = (thread: string, input: SaveInput, given?: AsItIs): Effect.Effect<Checkpoint, SaveError> =>
    inTurn(
      thread,
      Effect.retry(saveCheckpoint(log, storage, { largestState, lengths }, input, given), {
        times: attempts,
        while: ({ _tag }) => _tag === "LineageMoved"
      })
    ).pipe(
      noted((checkpoint) => ({
        operation: "checkpoint",
        scaffoldId: input.scaffoldId,
        namespace: storage.namespace,
        ...(checkpoint === undefined ? {} : { checkpointId: checkpoint.id })
      }))
    )
  const threadOf = (parentId: string): Effect.Effect<string, ReadError> =>
    Effect.map(
      locate(log, storage, parentId),
      Option.match({ onNone: () => parentId, onSome: ({ lineage }) => lineage.thread })
    )
  const read = (snapshot: Snapshot): Effect.Effect<Checkpoint, ReadError> =>
    readCheckpoint(log, storage, snapshot)
  const locateOr = (id: string): Effect.Effect<Snapshot, Find> => locateOrFail(log, storage, id)

  const create = (input: SaveInput): Effect.Effect<Checkpoint, SaveError> =>
    input.thread === undefined && input.parentId !== undefined
      ? Effect.flatMap(threadOf(input.parentId), (thread) => save(thread, input))
      : save(input.thread ?? "", input)

  return CheckpointStore.of({
    namespace: storage.namespace,
    create: Effect.fn("CheckpointStore.create")(create),
    save: Effect.fn("CheckpointStore.save")(function* ({ createdAt, id, ...rest }: Checkpoint) {
      const root = rest.parentId === undefined ? id : yield* threadOf(rest.parentId)
      const thread = rest.thread ?? root
      return yield* save(thread, { ...rest, thread }, { id, createdAt })
    }),
    load: Effect.fn("CheckpointStore.load")(function* (id: string) {
      const snapshot = yield* locate(log, storage, id)
      return yield* Effect.transposeOption(Option.map(snapshot, read))
    }),
    ownerOf: Effect.fn("CheckpointStore.ownerOf")(function* (id: string) {
      const named = yield* storage.named(id)
      if (Option.isNone(named)) return Option.none()
      const [entry] = yield* storage.entries(named.value.lineage, [named.value.n])
      return Option.fromNullable(entry?.id)
    }),
    branch: Effect.fn("CheckpointStore.branch")(function* (parentId: string, name: string) {
      const parent = yield* locateOr(parentId)
      const taken = yield* tipOf(log, storage, parent.lineage, name)
      if (taken !== undefined) return yield* new NameTaken({ kind: "branch", name, id: taken.id })
      const whole = yield* read(parent)
      if (parent.lineage.path !== nativePath) {
        yield* point(storage, parent, "branch", name)
        return whole
      }
      return yield* create({ ...whole, branch: name, parentId: whole.id })
    }),
    list: Effect.fn("CheckpointStore.list")(function* (options: CheckpointList = {}) {
      return yield* Effect.forEach(yield* newest(log, storage, options), read)
    }),
    revisions: Effect.fn("CheckpointStore.revisions")(function* (thread: string, name: string) {
      const lineage = lineageOf(thread)
      const ref = yield* refOf(storage, lineage, "name", name)
      if (ref === undefined) return yield* new RunNotFound({ kind: "checkpoint", name })
      const found: Array<Checkpoint> = []
      for (let n: number | undefined = ref.n; n !== undefined;) {
        const snapshot: Option.Option<Snapshot> = yield* atNumber(log, storage, lineage, n).pipe(
          Effect.asSome,
          // pruned, and with it what came before
          Effect.catchTag("RunNotFound", () => Effect.succeedNone)
        )
        if (Option.isNone(snapshot)) break
        found.push(yield* read(snapshot.value))
        n = Option.getOrUndefined(nativeNotes(snapshot.value.notes))?.before
      }
      return found.reverse()
    }),
    head: Effect.fn("CheckpointStore.head")(function* (thread: string, branch = defaultBranch) {
      const lineages = yield* storage.lineages(thread)
      if (lineages.length === 0) return yield* new RunNotFound({ kind: "thread", name: thread })
      for (const lineage of lineages) {
        const tip = yield* tipOf(log, storage, lineage, branch)
        if (tip !== undefined) return yield* read(tip)
      }
      // LangGraph names no branches: its run goes on from the newest checkpoint
      const graph = branch === defaultBranch ? lineages.find(({ path }) => path === "") : undefined
      const last = graph && (yield* log.find(graph)).snapshot
      return last === undefined ? yield* new RunNotFound({ kind: "branch", name: branch }) : yield* read(last)
    }),
    refs: Effect.fn("CheckpointStore.refs")(function* (thread: string) {
      const found: Array<RunRef> = []
      for (const lineage of yield* storage.lineages(thread)) {
        for (const { kind, n, name } of yield* storage.refs(lineage)) {
          const [entry] = yield* storage.entries(lineage, [n])
          if (entry !== undefined) found.push({ kind, name, id: entry.id })
        }
      }
      return found
    }),
    move: Effect.fn("CheckpointStore.move")(function* (branch: string, id: string) {
      const snapshot = yield* locateOr(id)
      const there = yield* refOf(storage, snapshot.lineage, "branch", branch)
      if (there === undefined) return yield* new RunNotFound({ kind: "branch", name: branch })
      yield* point(storage, snapshot, "branch", branch)
      return yield* read(snapshot)
    }),
    tag: Effect.fn("CheckpointStore.tag")(function* (id: string, name: string) {
      const snapshot = yield* locateOr(id)
      const there = yield* refOf(storage, snapshot.lineage, "tag", name)
      if (there !== undefined && there.n !== snapshot.n) {
        const other = yield* atNumber(log, storage, snapshot.lineage, there.n)
        return yield* new NameTaken({ kind: "tag", name, id: other.id })
      }
      if (there === undefined) yield* point(storage, snapshot, "tag", name)
      return yield* read(snapshot)
    }),
    untag: Effect.fn("CheckpointStore.untag")(function* (thread: string, name: string) {
      const at = yield* Clock.currentTimeMillis
      for (const lineage of yield* storage.lineages(thread)) {
        const ref = yield* refOf(storage, lineage, "tag", name)
        if (ref === undefined) continue
        const [entry] = yield* storage.entries(lineage, [ref.n])
        return yield* storage.dropRef(
          lineage,
          ref,
          event(kinds.tag, entry?.id ?? "", at, { name, dropped: true })
        )
      }
      return yield* new RunNotFound({ kind: "tag", name })
    }),
    history: (id) =>
      Stream.unwrap(
        Effect.map(locateOr(id), (first) =>
          Stream.paginateEffect({ snapshot: first, seen: new Set([first.id]) }, ({ seen, snapshot }) =>
            Effect.gen(function* () {
              const parent =
                snapshot.parent === undefined || seen.has(snapshot.parent)
                  ? Option.none<Snapshot>()
                  : yield* locate(log, storage, snapshot.parent)
              const next = Option.map(parent, (found) => ({ snapshot: found, seen: seen.add(found.id) }))
              return [yield* read(snapshot), next] as const
            })
          )
        )
      ).pipe(Stream.withSpan("CheckpointStore.history")),
    log: (thread) => trail(storage, thread).pipe(Stream.withSpan("CheckpointStore.log")),
    diff: Effect.fn("CheckpointStore.diff")(function* (before: string, after: string) {
      const one = yield* Effect.flatMap(locateOr(before), read)
      const other = yield* Effect.flatMap(locateOr(after), read)
      return compareCheckpoints(one, other)
    })
  })
})

export const make = makeWith({})

export const layerWith = (options: Options): Layer.Layer<CheckpointStore, never, RunLog | RunStorage> =>
  Layer.effect(CheckpointStore, makeWith(options))

export const layer: Layer.Layer<CheckpointStore, never, RunLog | RunStorage> = layerWith({})
