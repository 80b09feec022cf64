/** Saving checkpoints on branches. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Checkpoint } from "../../domain/Checkpoint.js"
import type { GraphNode } from "../../domain/GraphNode.js"
import type { Hash } from "../../domain/Hash.js"
import { uuidOf } from "../../domain/Hash.js"
import type { CheckpointId, ScaffoldId } from "../../domain/Ids.js"
import type { JsonObject } from "../../domain/Json.js"
import type { CanonicalError } from "../../domain/PromptErrors.js"
import type { NodeCycle, NodeMissing, RunNotFound, ThreadDeleted } from "../../domain/RunErrors.js"
import { canonicalJson } from "../../prompt/canonical.js"
import { sha256 } from "../../prompt/digest.js"
import { inOrder } from "../../runs/graph.js"
import type { Snapshot } from "../../runs/snapshot.js"
import type { Given, ReadError, RunLog } from "../RunLog.js"
import type { RunStorage } from "../RunStorage.js"
import { atNumber, locateOrFail } from "./locate.js"
import { givenAll, lineageOf, type NativeNotes, nativeNotes, nativePath, toCheckpoint } from "./native.js"
import { readCheckpoint } from "./read.js"
import { refOf, tipOf } from "./refs.js"

/** What a new checkpoint is made of. */
export interface SaveInput {
  readonly scaffoldId: ScaffoldId
  readonly state: JsonObject
  /** Counts revisions: those of one name in one run. Default "checkpoint". */
  readonly name?: string | undefined
  readonly nodes?: ReadonlyArray<GraphNode> | undefined
  readonly metadata?: JsonObject | undefined
  /** The blocks of the scaffold, for provenance. */
  readonly blocks?: ReadonlyArray<Hash> | undefined
  /** Default: the tip of the branch. */
  readonly parentId?: CheckpointId | undefined
  /** The run. Default: that of the parent, or a new one. */
  readonly thread?: string | undefined
  /** Default: that of the parent while it is the tip, otherwise a new one; "main" without a parent. */
  readonly branch?: string | undefined
}

export type SaveError = ReadError | CanonicalError | NodeCycle | NodeMissing | RunNotFound | ThreadDeleted

export const defaultBranch = "main"
const defaultName = "checkpoint"

/** Where a save goes: upon which checkpoint, in which run, on which branch; `from` is the branch that it leaves. */
interface Place {
  readonly parent: Snapshot | undefined
  readonly thread: string | undefined
  readonly branch: string | undefined
  readonly from: string
  /** The entry that is the branch's tip as long as nobody else saves upon it, 0 for none; undefined where it does not matter. */
  readonly tip: number | undefined
}

const placeOf = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  { branch, parentId, thread }: SaveInput
): Effect.Effect<Place, ReadError | RunNotFound> =>
  Effect.gen(function* () {
    if (parentId === undefined) {
      const on = branch ?? defaultBranch
      const parent = thread === undefined ? undefined : yield* tipOf(log, storage, lineageOf(thread), on)
      return { parent, thread, branch: on, from: on, tip: parent?.n ?? 0 }
    }
    const parent = yield* locateOrFail(log, storage, parentId)
    const own = Option.match(nativeNotes(parent.notes), {
      onNone: () => undefined,
      onSome: (notes) => notes.branch
    })
    const from = own ?? defaultBranch
    const tip = yield* refOf(storage, parent.lineage, "branch", from)
    const isTip = tip?.n === parent.n
    const on = branch ?? (isTip || own === undefined ? from : undefined)
    return {
      parent,
      thread: thread ?? parent.lineage.thread,
      branch: on,
      from,
      tip:
        isTip && on === from && (thread ?? parent.lineage.thread) === parent.lineage.thread
          ? parent.n
          : undefined
    }
  })

type Written = ReadonlyMap<string, Given>

/** The id of a checkpoint: what it is made of, and where it stands. The same save has the same one everywhere. */
const idOf = (
  { blocks = [], name, scaffoldId }: SaveInput,
  { branch, parent, thread }: Place,
  channels: Written,
  nodes: Written,
  meta: string
): string => {
  const versions = (written: Written): ReadonlyArray<unknown> =>
    [...written].map(([key, { version }]) => [key, version]).sort()
  return uuidOf(
    "checkpoint",
    sha256(
      JSON.stringify([
        parent?.id ?? null,
        thread ?? null,
        branch ?? null,
        name ?? defaultName,
        scaffoldId,
        versions(channels),
        versions(nodes),
        sha256(meta),
        blocks
      ])
    )
  )
}

/**
 * Saves a checkpoint. Without an id of its own it gets one that is made of its content; what is there already under it is
 * given back.
 */
export const saveCheckpoint = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  input: SaveInput,
  given: { readonly id?: string; readonly createdAt?: string } = {}
): Effect.Effect<Checkpoint, SaveError> =>
  Effect.gen(function* () {
    const place = yield* placeOf(log, storage, input)
    const nodes = yield* inOrder(input.nodes ?? [])
    const parent = place.parent?.lineage.path === nativePath ? place.parent : undefined
    const channels = yield* givenAll(Object.entries(input.state), parent?.manifest.channels)
    const kept = yield* givenAll(
      nodes.map((node) => [node.id, node] as const),
      parent?.manifest.nodes
    )
    const meta = yield* canonicalJson(input.metadata ?? {})
    const id = given.id ?? idOf(input, place, channels, kept, meta)
    const lineage = lineageOf(place.thread ?? id)
    if (given.id === undefined) {
      const there = (yield* log.find(lineage, id)).snapshot
      if (there !== undefined) return yield* readCheckpoint(log, storage, there)
    }
    const name = input.name ?? defaultName
    const last = yield* refOf(storage, lineage, "name", name)
    const before =
      last === undefined
        ? undefined
        : yield* atNumber(log, storage, lineage, last.n).pipe(
            // pruned, and with it how many there were
            Effect.catchTag("RunNotFound", () => Effect.succeed(undefined))
          )
    const revision = Option.match(
      Option.flatMap(Option.fromNullable(before), ({ notes }) => nativeNotes(notes)),
      { onNone: () => 1, onSome: (notes) => notes.revision + 1 }
    )
    const at = yield* Clock.currentTimeMillis
    const branch = place.branch ?? `${place.from}-${id.slice(0, 8)}`
    const notes: NativeNotes = {
      name,
      scaffold: input.scaffoldId,
      branch,
      revision,
      createdAt: given.createdAt ?? new Date(at).toISOString(),
      ...(before === undefined ? {} : { before: before.n }),
      ...(input.blocks === undefined ? {} : { blocks: input.blocks })
    }
    const snapshot = yield* log.put({
      lineage,
      id,
      parent: parent?.lineage.thread === lineage.thread ? parent : undefined,
      parentId: place.parent?.id,
      at,
      meta: Buffer.from(meta),
      notes: { ...notes },
      channels,
      nodes: kept,
      seen: new Map(),
      names: [id, ...[...kept].flatMap(([node, { value }]) => (value === "kept" ? [] : [node]))],
      refs: [
        { kind: "branch", name: branch, from: place.tip },
        { kind: "name", name, from: last?.n ?? 0 }
      ]
    })
    return yield* toCheckpoint(snapshot, input.state, nodes)
  })
