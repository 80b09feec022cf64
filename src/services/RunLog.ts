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
import { type Chunk, readChunk } from "../runs/chunk.js"
import { type Draft, type Entry, kinds, type Lineage } from "../runs/entry.js"
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
import { type Content as Value, hashesIn, joinText, type Pages, store } from "../runs/segment.js"
import { channelPart, nodePart, readEntry, type Snapshot, toSnapshot } from "../runs/snapshot.js"
import type { Encoding } from "../runs/values.js"
import { ByteLru } from "./ByteLru.js"
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

/** A value as it was written. */
export type StoredValue =
  { readonly encoding: 0 | 1; readonly text: string } | { readonly encoding: 2; readonly bytes: Uint8Array }

export interface FoundCheckpoint {
  readonly snapshot: Snapshot | undefined
  /** Entries of pending writes, in the order in which they came. */
  readonly writes: ReadonlyArray<Entry>
  readonly epoch: number
  readonly reborn: boolean
}

/** What reading may meet: a fault of the database, rows that were altered, or a prune in the middle. */
export type ReadError = StoreError | RunDamaged | LineageMoved

export class RunLog extends Context.Tag("aegis/RunLog")<
  RunLog,
  {
    readonly namespace: string
    /** The newest checkpoint of a lineage, or the one with this id. */
    readonly find: (lineage: Lineage, id?: string) => Effect.Effect<FoundCheckpoint, ReadError>
    /** A checkpoint out of its entry. */
    readonly snapshot: (lineage: Lineage, epoch: number, entry: Entry) => Effect.Effect<Snapshot, ReadError>
    /** A checkpoint that this process wrote or read lately; what refers to it is checked when it is written. */
    readonly recent: (lineage: Lineage, id: string) => Snapshot | undefined
    /** The values of these channels, or of all that have one. */
    readonly channels: (
      snapshot: Snapshot,
      names?: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyMap<string, StoredValue>, ReadError>
    readonly nodes: (snapshot: Snapshot) => Effect.Effect<ReadonlyMap<string, StoredValue>, ReadError>
    /** The values of an entry that is no checkpoint. */
    readonly parts: (parts: ReadonlyArray<Part>) => Effect.Effect<ReadonlyArray<StoredValue>, ReadError>
    /** Appends a checkpoint. */
    readonly put: (
      checkpoint: NewCheckpoint
    ) => Effect.Effect<Snapshot, StoreError | LineageMoved | ThreadDeleted>
    /** Lets who writes next read the parent again. Whoever does not is refused, if it has changed. */
    readonly forget: () => void
  }
>() {}

/** Bytes that are remembered: of pages, and of what checkpoints consist of. */
const pageBytes = 32 * 1024 * 1024
const snapshotBytes = 16 * 1024 * 1024

const keyOf = ({ path, thread }: Lineage): string => `${thread.length}:${thread}${path}`
const placeOf = (epoch: number, n: number): string => `${epoch}/${n}`
/** Of what an entry is cut into, a prune changes nothing as long as the entry is there. */
const cutOf = (epoch: number, n: number, part: string): string =>
  `${Math.floor(epoch / epochsOfOne)}/${n}${part}`
/** A chunk's name as a key of a map, half as long as hex. The same chunk may be a page of a text and a page of bytes. */
const nameOf = (hash: Uint8Array, asText: boolean): string =>
  (asText ? "t" : "b") + Buffer.from(hash.buffer, hash.byteOffset, 32).toString("latin1")
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
  const chunks = new ByteLru<string | Uint8Array>(pageBytes)
  /** What values were cut into, so that their next versions are compared with it. */
  const cuts = new ByteLru<Pages>(pageBytes)

  const remember = (snapshot: Snapshot): Snapshot => {
    const place = placeOf(snapshot.epoch, snapshot.n)
    snapshots.set(place, snapshot, weightOf(snapshot))
    const key = `${keyOf(snapshot.lineage)} ${snapshot.id}`
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

  /** Chunks under their names: text for pages of text, bytes for all others. */
  const fetch = (
    hashes: ReadonlyArray<Uint8Array>,
    asText: boolean
  ): Effect.Effect<ReadonlyArray<string | Uint8Array>, ReadError> => {
    const found = hashes.map((hash) => chunks.get(nameOf(hash, asText)))
    if (!found.includes(undefined)) return Effect.succeed(found.filter((content) => content !== undefined))
    const absent = hashes.filter((_, at) => found[at] === undefined)
    return Effect.flatMap(storage.chunks(absent), (stored) => {
      let next = 0
      const contents: Array<string | Uint8Array> = []
      for (const [at, hash] of hashes.entries()) {
        const known = found[at]
        if (known !== undefined) {
          contents.push(known)
          continue
        }
        const content = open(stored[next++], hash, asText)
        if (content === undefined) {
          return new RunDamaged({ what: `chunk ${Buffer.from(hash).toString("hex")}` })
        }
        contents.push(content)
      }
      return Effect.succeed(contents)
    })
  }

  const open = (
    chunk: Chunk | undefined,
    hash: Uint8Array,
    asText: boolean
  ): string | Uint8Array | undefined => {
    const bytes = chunk && readChunk(chunk)
    if (bytes === undefined) return undefined
    const content = asText ? bytes.toString() : bytes
    chunks.set(nameOf(hash, asText), content, bytes.length)
    return content
  }

  /** The values of parts, all their pages in one question for each level of their indexes. */
  const read = (parts: ReadonlyArray<Part>): Effect.Effect<ReadonlyArray<StoredValue>, ReadError> =>
    Effect.gen(function* () {
      let hashes = parts.map(({ segment }) => (segment.depth === 0 ? [] : hashesIn(segment.bytes)))
      const depth = parts.reduce((most, { segment }) => Math.max(most, segment.depth), 0)
      for (let level = depth; level > 1; level -= 1) {
        const inner = parts.map(({ segment }) => segment.depth >= level)
        const nodes = yield* fetch(hashes.filter((_, at) => inner[at]).flat(), false)
        let next = 0
        hashes = hashes.map((above, at) =>
          inner[at] === true
            ? above.flatMap(() => {
                const node = nodes[next++]
                return typeof node === "object" ? hashesIn(node) : []
              })
            : above
        )
      }
      const isText = parts.map(({ segment }) => segment.shape !== "bytes")
      const texts = yield* fetch(hashes.filter((_, at) => isText[at]).flat(), true)
      const bytes = yield* fetch(hashes.filter((_, at) => isText[at] === false).flat(), false)
      let nextText = 0
      let nextBytes = 0
      return parts.map(({ encoding, segment }, at): StoredValue => {
        const count = hashes[at]?.length ?? 0
        if (segment.shape === "bytes" || encoding === 2) {
          const pages = bytes
            .slice(nextBytes, (nextBytes += count))
            .filter((page) => typeof page === "object")
          return { encoding: 2, bytes: segment.depth === 0 ? segment.bytes : Buffer.concat(pages) }
        }
        const pages = texts.slice(nextText, (nextText += count)).filter((page) => typeof page === "string")
        return {
          encoding,
          text: segment.depth === 0 ? Buffer.from(segment.bytes).toString() : joinText(segment.shape, pages)
        }
      })
    })

  /** The parts that slots refer to, out of this checkpoint's entry and those of others. */
  const partsOf = (
    snapshot: Snapshot,
    wanted: ReadonlyArray<readonly [part: string, slot: Slot]>
  ): Effect.Effect<ReadonlyArray<Part>, ReadError> =>
    Effect.gen(function* () {
      const { epoch, lineage } = snapshot
      const holders = new Map<number, ReadonlyMap<string, Part>>([[snapshot.n, snapshot.parts]])
      const absent = new Set<number>()
      for (const [, { n }] of wanted) {
        if (holders.has(n) || absent.has(n)) continue
        const known = snapshots.get(placeOf(epoch, n))
        if (known === undefined) absent.add(n)
        else holders.set(n, known.parts)
      }
      if (absent.size > 0) {
        for (const entry of yield* entriesOf(lineage, [...absent])) {
          const content = readEntry(entry)
          if (content === undefined) return yield* damaged(lineage, entry.n)
          holders.set(entry.n, content.parts)
        }
      }
      const parts: Array<Part> = []
      for (const [name, { n }] of wanted) {
        const part = holders.get(n)?.get(name)
        if (part === undefined) return yield* damaged(lineage, n)
        parts.push(part)
      }
      return parts
    })

  const valuesOf = (
    snapshot: Snapshot,
    slots: ReadonlyArray<readonly [name: string, slot: Slot]>,
    partOf: (name: string) => string
  ): Effect.Effect<ReadonlyMap<string, StoredValue>, ReadError> =>
    Effect.gen(function* () {
      const held = slots.filter(([, { n }]) => n !== empty)
      const parts = yield* partsOf(
        snapshot,
        held.map(([name, slot]) => [partOf(name), slot] as const)
      )
      const values = yield* read(parts)
      const found = new Map<string, StoredValue>()
      for (const [at, [name]] of held.entries()) {
        const value = values[at]
        if (value !== undefined) found.set(name, value)
      }
      return found
    })

  const put = (
    checkpoint: NewCheckpoint
  ): Effect.Effect<Snapshot, StoreError | LineageMoved | ThreadDeleted> =>
    Effect.suspend(() => {
      const { at, id, lineage, meta, notes, parent, parentId, seen } = checkpoint
      const parts = new Map<string, Part>()
      const fresh: Array<Chunk> = []
      const cut: Array<readonly [part: string, pages: Pages]> = []
      const split = (
        given: ReadonlyMap<string, Given>,
        before: ReadonlyMap<string, Slot> | undefined,
        partOf: (name: string) => string
      ): Map<string, Slot> => {
        const slots = new Map<string, Slot>()
        for (const [name, { value, version }] of given) {
          const old = before?.get(name)
          if (value === "none") slots.set(name, { version, n: empty })
          else if (value === "kept") {
            if (old !== undefined) slots.set(name, old)
          } else {
            const part = partOf(name)
            const known =
              parent === undefined || old === undefined
                ? undefined
                : cuts.get(cutOf(parent.epoch, old.n, part))
            const stored = store(value.content, known)
            parts.set(part, { encoding: value.encoding, segment: stored.segment })
            for (const chunk of stored.chunks) fresh.push(chunk)
            if (stored.segment.depth > 0) cut.push([part, stored.pages])
            slots.set(name, { version, n: here })
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
        chunks: fresh,
        names: checkpoint.names,
        refs: checkpoint.refs
      }
      return Effect.map(storage.append(lineage, [draft], parent?.epoch), ({ epoch, numbers }) => {
        const n = numbers[0] ?? 0
        for (const slots of [channels, nodes]) {
          for (const [name, slot] of slots) if (slot.n === here) slots.set(name, { version: slot.version, n })
        }
        for (const [part, pages] of cut) {
          cuts.set(cutOf(epoch, n, part), pages, weigh(pages))
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
    const place = ids.get(`${keyOf(lineage)} ${id}`)
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
    snapshot: decode,
    recent,
    channels: (snapshot, names) =>
      valuesOf(
        snapshot,
        names === undefined
          ? [...snapshot.manifest.channels]
          : names.flatMap((name) => {
              const slot = snapshot.manifest.channels.get(name)
              return slot === undefined ? [] : [[name, slot] as const]
            }),
        channelPart
      ),
    nodes: (snapshot) => valuesOf(snapshot, [...snapshot.manifest.nodes], nodePart),
    parts: read,
    put,
    forget: () => ids.clear()
  })
})

const weigh = ({ contents }: Pages): number =>
  contents.reduce((sum, content) => sum + content.length, 64 * contents.length)

export const layer: Layer.Layer<RunLog, never, RunStorage> = Layer.effect(RunLog, make)
