/**
 * The log of runs: checkpoints made of channels and nodes, over the entries and chunks of a RunStorage. Owns: how a state is
 * split so that a step stores what it changed, and what of it is remembered in memory. Does not own: what the channels
 * of a checkpoint mean (CheckpointStore, the LangGraph saver), and where bytes lie (RunStorage).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { LineageMoved, RunDamaged, type ThreadDeleted } from "../domain/RunErrors.js"
import type { StoreError } from "../domain/StoreErrors.js"
import { encodeBody, type Part } from "../runs/body.js"
import type { Chunk } from "../runs/chunk.js"
import { type Draft, type Entry, kinds, type Lineage, lineageKey } from "../runs/entry.js"
import {
  decodeManifest,
  empty,
  encodeManifest,
  here,
  type Keyframe,
  type Manifest,
  type Notes,
  type Slot,
  type Version
} from "../runs/manifest.js"
import { type Content as Value, type Pages, store, type Stored as StoredValue } from "../runs/segment.js"
import { channelPart, nodePart, readEntry, type Snapshot, toSnapshot } from "../runs/snapshot.js"
import type { Encoding, Stored } from "../runs/values.js"
import { ByteLru } from "./ByteLru.js"
import { onward } from "./log/onward.js"
import { makeValues, type ReadError } from "./log/readValues.js"
import { epochsOfOne, RunStorage } from "./RunStorage.js"

/** A channel or a node of a checkpoint that is to be written. */
export interface Given {
  readonly version: Version
  /** A new value, the value that the parent has, or none. */
  readonly value: { readonly encoding: Encoding; readonly content: Value } | "kept" | "none"
}

export interface NewCheckpoint {
  readonly lineage: Lineage
  readonly id: string
  /** Where values that are kept come from. */
  readonly parent: Snapshot | undefined
  readonly parentId: string | undefined
  readonly at: number
  /** Canonical JSON. */
  readonly meta: Uint8Array
  readonly notes: Notes
  readonly channels: ReadonlyMap<string, Given>
  readonly nodes: ReadonlyMap<string, Given>
  readonly seen: ReadonlyMap<string, string>
  readonly names?: Draft["names"]
  readonly refs?: Draft["refs"]
}

export interface FoundCheckpoint {
  readonly snapshot: Snapshot | undefined
  /** Entries of pending writes, in the order in which they came. */
  readonly writes: ReadonlyArray<Entry>
  readonly epoch: number
  readonly reborn: boolean
}

export type { ReadError }

export class RunLog extends Context.Tag("aegis/RunLog")<
  RunLog,
  {
    readonly namespace: string
    /** The newest checkpoint of a lineage, or the one with this id. */
    readonly find: (lineage: Lineage, id?: string) => Effect.Effect<FoundCheckpoint, ReadError>
    /** What `find` would give, if that is certain without asking the database. */
    readonly recall: (lineage: Lineage, id?: string) => FoundCheckpoint | undefined
    /** A checkpoint out of its entry. */
    readonly snapshot: (lineage: Lineage, epoch: number, entry: Entry) => Effect.Effect<Snapshot, ReadError>
    /** A checkpoint that this process wrote or read lately; what refers to it is checked when it is written. */
    readonly recent: (lineage: Lineage, id: string) => Snapshot | undefined
    /** The values of these channels, or of all that have one; at once, as an Exit, where they are in memory. */
    readonly channels: (
      snapshot: Snapshot,
      names?: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyMap<string, Stored>, ReadError>
    readonly nodes: (snapshot: Snapshot) => Effect.Effect<ReadonlyMap<string, Stored>, ReadError>
    /** The values of an entry that is no checkpoint. */
    readonly parts: (parts: ReadonlyArray<Part>) => Effect.Effect<ReadonlyArray<Stored>, ReadError>
    /** Appends a checkpoint. */
    readonly put: (
      checkpoint: NewCheckpoint
    ) => Effect.Effect<Snapshot, StoreError | LineageMoved | ThreadDeleted>
    /** Lets who writes next read the parent again. Whoever does not is refused, if it has changed. */
    readonly forget: () => void
  }
>() {}

/** A value that a checkpoint writes. */
interface Written {
  /** The name of its part. */
  readonly key: string
  readonly part: Part
  readonly slot: { readonly version: Version; n: number }
  readonly stored: StoredValue
  /** Where the pages of the value before it are remembered. */
  readonly former: string | undefined
}

/** Bytes that are remembered: of what values were cut into, and of what checkpoints consist of. */
const cutBytes = 32 * 1024 * 1024
const snapshotBytes = 16 * 1024 * 1024

const placeOf = (epoch: number, n: number): string => `${epoch}/${n}`
/** Of what an entry is cut into, a prune changes nothing as long as the entry is there. */
const cutOf = (epoch: number, n: number, part: string): string =>
  `${Math.floor(epoch / epochsOfOne)}/${n}${part}`
const weightOf = (snapshot: Snapshot): number => {
  let weight = 512
  for (const { segment } of snapshot.parts.values()) weight += segment.bytes.length
  const { channels, nodes, seen } = snapshot.manifest
  return weight + 96 * (channels.size + nodes.size + seen.size)
}

export const make = Effect.gen(function* () {
  const storage = yield* RunStorage
  const snapshots = new ByteLru<Snapshot>(snapshotBytes)
  /** The newest number of a checkpoint in each lineage, by its id. */
  const ids = new ByteLru<string>(snapshotBytes / 8)
  const values = makeValues(storage)
  /** What values were cut into, so that their next versions are compared with it. */
  const cuts = new ByteLru<Pages>(cutBytes)

  const remember = (snapshot: Snapshot): Snapshot => {
    const place = placeOf(snapshot.epoch, snapshot.n)
    snapshots.set(place, snapshot, weightOf(snapshot))
    const key = lineageKey(snapshot.lineage) + snapshot.id
    ids.set(key, place, key.length + place.length)
    return snapshot
  }

  const damaged = (lineage: Lineage, n: number): RunDamaged =>
    new RunDamaged({ what: `entry ${n} of thread ${lineage.thread}` })

  /** Entries that others refer to; one that is not there was pruned in between. */
  const entriesOf = (
    lineage: Lineage,
    numbers: ReadonlyArray<number>
  ): Effect.Effect<ReadonlyArray<Entry>, ReadError> =>
    Effect.filterOrFail(
      storage.entries(lineage, numbers),
      (entries) => entries.length === numbers.length && entries.every(({ payload }) => payload !== undefined),
      () => new LineageMoved({ thread: lineage.thread })
    )

  const keyframeOf = (lineage: Lineage, epoch: number, n: number): Effect.Effect<Keyframe, ReadError> =>
    Effect.suspend(() => {
      const known = snapshots.get(placeOf(epoch, n))
      if (known !== undefined) return Effect.succeed({ n, manifest: known.manifest })
      return Effect.flatMap(entriesOf(lineage, [n]), ([entry]) =>
        entry === undefined
          ? damaged(lineage, n)
          : Effect.map(decode(lineage, epoch, entry), ({ manifest }) => ({ n, manifest }))
      )
    })

  const decode = (lineage: Lineage, epoch: number, entry: Entry): Effect.Effect<Snapshot, ReadError> => {
    const known = snapshots.get(placeOf(epoch, entry.n))
    if (known !== undefined) return Effect.succeed(known)
    const content = readEntry(entry)
    const header = content && decodeManifest(content.header, entry.n)
    if (content === undefined || header === undefined) return damaged(lineage, entry.n)
    const at = { lineage, epoch, entry }
    if (header.keyframe === undefined)
      return Effect.succeed(remember(toSnapshot(at, content, header, undefined)))
    return Effect.map(keyframeOf(lineage, epoch, header.keyframe), (keyframe) =>
      remember(toSnapshot(at, content, header, keyframe))
    )
  }

  /** The parts that slots were found to refer to. Checkpoints that follow each other share their slots. */
  const held = new WeakMap<Slot, Part>()

  const partOf = (snapshot: Snapshot, slot: Slot, name: string): Part | undefined => {
    const known = held.get(slot)
    if (known !== undefined) return known
    const holder = slot.n === snapshot.n ? snapshot : snapshots.get(placeOf(snapshot.epoch, slot.n))
    const part = holder?.parts.get(name)
    if (part !== undefined) held.set(slot, part)
    return part
  }

  /** Finds the parts that slots refer to in the entries of others. */
  const findParts = (
    snapshot: Snapshot,
    wanted: ReadonlyArray<readonly [slot: Slot, part: string]>
  ): Effect.Effect<void, ReadError> =>
    Effect.gen(function* () {
      const numbers = [...new Set(wanted.map(([{ n }]) => n))]
      const holders = new Map<number, ReadonlyMap<string, Part>>()
      for (const entry of yield* entriesOf(snapshot.lineage, numbers)) {
        const content = readEntry(entry)
        if (content === undefined) return yield* damaged(snapshot.lineage, entry.n)
        holders.set(entry.n, content.parts)
      }
      for (const [slot, name] of wanted) {
        const part = holders.get(slot.n)?.get(name)
        if (part === undefined) return yield* damaged(snapshot.lineage, slot.n)
        held.set(slot, part)
      }
    })

  const valuesOf = (
    snapshot: Snapshot,
    slots: Iterable<readonly [name: string, slot: Slot]>,
    named: (name: string) => string
  ): Effect.Effect<ReadonlyMap<string, Stored>, ReadError> => {
    const names: Array<string> = []
    const parts: Array<Part> = []
    const absent: Array<readonly [Slot, part: string]> = []
    for (const [name, slot] of slots) {
      if (slot.n === empty) continue
      const part = partOf(snapshot, slot, named(name))
      if (part === undefined) absent.push([slot, named(name)])
      else parts.push(part)
      names.push(name)
    }
    if (absent.length > 0) {
      return Effect.zipRight(
        findParts(snapshot, absent),
        Effect.suspend(() => valuesOf(snapshot, slots, named))
      )
    }
    return onward(values.read(parts), (read) => {
      const found = new Map<string, Stored>()
      for (let at = 0; at < names.length; at++) {
        const [name, value] = [names[at], read[at]]
        if (name !== undefined && value !== undefined) found.set(name, value)
      }
      return Effect.succeed(found)
    })
  }

  const put = (
    checkpoint: NewCheckpoint
  ): Effect.Effect<Snapshot, StoreError | LineageMoved | ThreadDeleted> =>
    Effect.suspend(() => {
      const { at, id, lineage, meta, notes, parent, parentId, seen } = checkpoint
      const parts = new Map<string, Part>()
      const chunks: Array<Chunk> = []
      const written: Array<Written> = []
      const split = (
        given: ReadonlyMap<string, Given>,
        before: ReadonlyMap<string, Slot> | undefined,
        named: (name: string) => string
      ): Map<string, Slot> => {
        const slots = new Map<string, Slot>()
        for (const [name, { value, version }] of given) {
          const old = before?.get(name)
          if (value === "none") slots.set(name, { version, n: empty })
          else if (value === "kept") {
            if (old !== undefined) slots.set(name, old)
          } else {
            const key = named(name)
            const former =
              parent === undefined || old === undefined ? undefined : cutOf(parent.epoch, old.n, key)
            const stored = store(value.content, former === undefined ? undefined : cuts.get(former))
            const part = { encoding: value.encoding, segment: stored.segment }
            const slot = { version, n: here }
            parts.set(key, part)
            slots.set(name, slot)
            for (const chunk of stored.chunks) chunks.push(chunk)
            written.push({ key, part, slot, stored, former })
          }
        }
        return slots
      }
      const channels = split(checkpoint.channels, parent?.manifest.channels, channelPart)
      const nodes = split(checkpoint.nodes, parent?.manifest.nodes, nodePart)
      const manifest: Manifest = { channels, nodes, seen }
      const { header, keyframe } = encodeManifest(notes, manifest, parent?.keyframe)
      const draft: Draft = {
        kind: kinds.checkpoint,
        id,
        parent: parentId,
        at,
        meta,
        body: encodeBody(header, parts),
        chunks,
        names: checkpoint.names,
        refs: checkpoint.refs
      }
      return Effect.map(storage.append(lineage, [draft], parent?.epoch), ({ epoch, numbers }) => {
        const n = numbers[0] ?? 0
        for (const { former, key, part, slot, stored } of written) {
          slot.n = n
          held.set(slot, part)
          if (former !== undefined) cuts.delete(former)
          if (stored.segment.depth === 0) continue
          cuts.set(cutOf(epoch, n, key), stored.pages, weigh(stored.pages))
          for (const { content, hash } of stored.fresh) values.learn(hash, stored.segment.shape, content)
        }
        return remember({
          lineage,
          epoch,
          n,
          id,
          parent: parentId,
          at,
          meta,
          notes,
          manifest,
          keyframe: keyframe === undefined || parent === undefined ? { n, manifest } : parent.keyframe,
          parts
        })
      })
    })

  const recent = (lineage: Lineage, id: string): Snapshot | undefined => {
    const place = ids.get(lineageKey(lineage) + id)
    return place === undefined ? undefined : snapshots.get(place)
  }

  return RunLog.of({
    namespace: storage.namespace,
    find: (lineage, id) =>
      Effect.flatMap(storage.find(lineage, id), ({ checkpoint, ...found }) =>
        Effect.map(
          checkpoint === undefined ? Effect.succeed(undefined) : decode(lineage, found.epoch, checkpoint),
          (snapshot) => ({ snapshot, ...found })
        )
      ),
    recall: (lineage, id) => {
      const found = storage.recall(lineage, id)
      if (found === undefined) return undefined
      const { checkpoint, ...facts } = found
      if (checkpoint === undefined) return { snapshot: undefined, ...facts }
      const snapshot = snapshots.get(placeOf(found.epoch, checkpoint.n))
      return snapshot && { snapshot, ...facts }
    },
    snapshot: decode,
    recent,
    channels: (snapshot, names) =>
      valuesOf(
        snapshot,
        names === undefined
          ? snapshot.manifest.channels
          : names.flatMap((name) => {
              const slot = snapshot.manifest.channels.get(name)
              return slot === undefined ? [] : [[name, slot] as const]
            }),
        channelPart
      ),
    nodes: (snapshot) => valuesOf(snapshot, snapshot.manifest.nodes, nodePart),
    parts: values.read,
    put,
    forget: () => ids.clear()
  })
})

const weigh = ({ contents }: Pages): number =>
  contents.reduce((sum, content) => sum + content.length, 64 * contents.length)

export const layer: Layer.Layer<RunLog, never, RunStorage> = Layer.effect(RunLog, make)
