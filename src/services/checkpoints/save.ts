/** Saving checkpoints on branches. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Checkpoint } from "../../domain/Checkpoint.js"
import type { GraphNode } from "../../domain/GraphNode.js"
import type { Hash } from "../../domain/Hash.js"
import { uuidOf } from "../../domain/Hash.js"
import type { CheckpointId, ScaffoldId } from "../../domain/Ids.js"
import type { JsonObject } from "../../domain/Json.js"
import type { CanonicalError } from "../../domain/PromptErrors.js"
import type {
  CheckpointCycle,
  NameTaken,
  NodeCycle,
  NodeMissing,
  RunNotFound,
  StateTooLarge,
  ThreadDeleted
} from "../../domain/RunErrors.js"
import { canonicalJson } from "../../prompt/canonical.js"
import { sha256 } from "../../prompt/digest.js"
import type { Lineage, Ref } from "../../runs/entry.js"
import { inOrder } from "../../runs/graph.js"
import type { Snapshot } from "../../runs/snapshot.js"
import { exitOf } from "../log/onward.js"
import type { Given, ReadError, RunLog } from "../RunLog.js"
import type { RunStorage } from "../RunStorage.js"
import { branchFor } from "./branches.js"
import { atNumber, locateOrFail } from "./locate.js"
import {
  branchOf,
  encodeAll,
  type Former,
  type Lengths,
  lineageOf,
  type NativeNotes,
  nativeNotes,
  nativePath,
  toCheckpoint,
  within
} from "./native.js"
import { readCheckpoint } from "./read.js"
import { tipOf } from "./refs.js"

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
  /**
   * Default: that of the parent while it is the tip, otherwise a new one; "main" without a parent. Another one has to be new,
   * or end at the parent.
   */
  readonly branch?: string | undefined
}

/** A checkpoint that is saved as it is: what it says of itself. */
export interface AsItIs {
  readonly id: string
  readonly createdAt: string
}

export interface SaveOptions {
  /** The state, the nodes and the metadata of a checkpoint, in characters of their canonical JSON. */
  readonly largestState: number
  readonly lengths: Lengths
}

export type SaveError =
  | ReadError
  | CanonicalError
  | CheckpointCycle
  | NameTaken
  | NodeCycle
  | NodeMissing
  | RunNotFound
  | StateTooLarge
  | ThreadDeleted

export const defaultBranch = "main"
const defaultName = "checkpoint"

/** Where a save goes. */
interface Place {
  readonly thread: string | undefined
  /** Upon which checkpoint. */
  readonly parent: Snapshot | undefined
  /** Its branch, if that was asked for; part of its id. */
  readonly asked: string | undefined
  /** The branch that it goes on, unless another one was asked for. */
  readonly from: string
  /** The parent is what its branch ended at, not what somebody named. */
  readonly isUponTip: boolean
}

const placeOf = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  { branch, parentId, thread }: SaveInput,
  given: AsItIs | undefined
): Effect.Effect<Place, ReadError | RunNotFound> =>
  Effect.gen(function* () {
    if (parentId !== undefined) {
      const parent = yield* locateOrFail(log, storage, parentId)
      const from = branchOf(parent) ?? defaultBranch
      return {
        thread: thread ?? parent.lineage.thread,
        parent,
        asked: branch === from ? undefined : branch,
        from,
        isUponTip: false
      }
    }
    const asked = branch ?? defaultBranch
    const own = { thread, asked, from: asked }
    // what is saved as it is has no parent unless it says so
    if (given !== undefined) return { ...own, asked: branch, parent: undefined, isUponTip: false }
    const parent = thread === undefined ? undefined : yield* tipOf(log, storage, lineageOf(thread), asked)
    return { ...own, parent, isUponTip: true }
  })

type Written = ReadonlyMap<string, Given>

/** The id of a checkpoint: what it is made of, and where it stands. The same save has the same one everywhere. */
const idOf = (
  { blocks = [], name, scaffoldId }: SaveInput,
  { asked, parent, thread }: Place,
  { channels, meta, nodes }: Content
): string => {
  const versions = (written: Written): ReadonlyArray<unknown> =>
    [...written].map(([key, { version }]) => [key, version]).sort()
  return uuidOf(
    "checkpoint",
    sha256(
      JSON.stringify([
        parent?.id ?? null,
        thread ?? null,
        asked ?? null,
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

/** What a checkpoint holds, as it is to be written. */
interface Content {
  readonly channels: Written
  readonly nodes: Written
  readonly meta: string
}

/** Values that are in memory, and none where they would have to be read first. */
const atHand = (self: ReturnType<RunLog["Type"]["channels"]>): Former["values"] => {
  const exit = exitOf(self)
  return exit !== undefined && Exit.isSuccess(exit) ? exit.value : new Map()
}

const nothing: Former = { slots: new Map(), values: new Map() }

const contentOf = (
  log: RunLog["Type"],
  { metadata, nodes: unordered = [], state }: SaveInput,
  nodes: ReadonlyArray<GraphNode>,
  parent: Snapshot | undefined,
  { largestState, lengths }: SaveOptions
): Effect.Effect<Content, CanonicalError | StateTooLarge> =>
  Effect.gen(function* () {
    const meta = yield* within(["metadata"], canonicalJson(metadata ?? {}))
    const budget = { limit: largestState, size: meta.length }
    const former =
      parent === undefined
        ? { channels: nothing, nodes: nothing }
        : {
            channels: { slots: parent.manifest.channels, values: atHand(log.channels(parent)) },
            nodes: { slots: parent.manifest.nodes, values: atHand(log.nodes(parent)) }
          }
    const channels = yield* encodeAll(Object.entries(state), former.channels, budget, lengths, (name) => [
      "state",
      name
    ])
    const written = yield* encodeAll(
      nodes.map((node) => [node.id, node] as const),
      former.nodes,
      budget,
      lengths,
      (id) => ["nodes", unordered.findLastIndex((node) => node.id === id)]
    )
    return { channels, nodes: written, meta }
  })

/** Whether a checkpoint that is there says all that a new one would say. */
const isSame = (
  there: Snapshot,
  parent: Snapshot | undefined,
  { channels, meta, nodes }: Content,
  facts: Omit<NativeNotes, "before" | "revision">
): boolean => {
  const known = nativeNotes(there.notes)
  if (Option.isNone(known)) return false
  const { before: _before, revision: _revision, ...rest } = known.value
  const sameSlots = (one: Snapshot["manifest"]["channels"], other: Written): boolean =>
    one.size === other.size && [...other].every(([name, { version }]) => one.get(name)?.version === version)
  return (
    there.parent === parent?.id &&
    Buffer.from(there.meta).toString() === meta &&
    JSON.stringify(Object.entries(rest).sort()) === JSON.stringify(Object.entries(facts).sort()) &&
    sameSlots(there.manifest.channels, channels) &&
    sameSlots(there.manifest.nodes, nodes)
  )
}

/** The newest checkpoint of a name; nothing when it was pruned, and with it how many there were. */
const lastOf = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  lineage: Lineage,
  ref: Ref | undefined
): Effect.Effect<Snapshot | undefined, ReadError> =>
  ref === undefined
    ? Effect.succeed(undefined)
    : Effect.catchTag(atNumber(log, storage, lineage, ref.n), "RunNotFound", () => Effect.succeed(undefined))

/**
 * Saves a checkpoint. Without an id of its own it gets one that is made of its content; what is there already under it is
 * given back. Where others saved on the same branch in the meantime, nothing is written: LineageMoved.
 */
export const saveCheckpoint = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  options: SaveOptions,
  input: SaveInput,
  given?: AsItIs
): Effect.Effect<Checkpoint, SaveError> =>
  Effect.gen(function* () {
    const place = yield* placeOf(log, storage, input, given)
    const nodes = yield* inOrder(input.nodes ?? [])
    const { parent } = place
    // values are carried over within one lineage only
    const shared =
      parent?.lineage.path === nativePath && parent.lineage.thread === place.thread ? parent : undefined
    const content = yield* contentOf(log, input, nodes, shared, options)
    const id = given?.id ?? idOf(input, place, content)
    const lineage = lineageOf(place.thread ?? id)
    const there = (yield* log.find(lineage, id)).snapshot
    if (there !== undefined && given === undefined) return yield* readCheckpoint(log, storage, there)

    const name = input.name ?? defaultName
    const refs = yield* storage.refs(lineage)
    const branch = yield* branchFor(log, storage, refs, { ...place, id, lineage, there, given: input.branch })
    const at = yield* Clock.currentTimeMillis
    const facts = {
      name,
      scaffold: input.scaffoldId,
      branch: branch.name,
      createdAt: given?.createdAt ?? new Date(at).toISOString(),
      ...(input.blocks === undefined ? {} : { blocks: input.blocks })
    }
    if (there !== undefined && isSame(there, parent, content, facts)) {
      return yield* readCheckpoint(log, storage, there)
    }
    const ref = refs.find((each) => each.kind === "name" && each.name === name)
    const before = yield* lastOf(log, storage, lineage, ref)
    const revision = Option.match(
      Option.flatMap(Option.fromNullable(before), ({ notes }) => nativeNotes(notes)),
      { onNone: () => 1, onSome: (notes) => notes.revision + 1 }
    )
    const notes: NativeNotes = { ...facts, revision, ...(before === undefined ? {} : { before: before.n }) }
    const snapshot = yield* log.put({
      lineage,
      id,
      parent: shared,
      parentId: parent?.id,
      at,
      meta: Buffer.from(content.meta),
      notes: { ...notes },
      channels: content.channels,
      nodes: content.nodes,
      seen: new Map(),
      names: [id, ...[...content.nodes].flatMap(([node, { value }]) => (value === "kept" ? [] : [node]))],
      refs: [...branch.refs, { kind: "name", name, from: ref?.n ?? 0 }]
    })
    return yield* toCheckpoint(snapshot, input.state, nodes)
  })
