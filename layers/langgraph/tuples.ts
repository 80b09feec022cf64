/** Checkpoints of LangGraph in the run store: how one becomes channels, and how it comes back. */
import type {
  ChannelVersions,
  Checkpoint,
  CheckpointMetadata,
  CheckpointTuple
} from "@langchain/langgraph-checkpoint"
import { maxChannelVersion, TASKS } from "@langchain/langgraph-checkpoint"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { ValueError } from "../../src/domain/RunErrors.js"
import type { Entry, Lineage } from "../../src/runs/entry.js"
import type { Snapshot } from "../../src/runs/snapshot.js"
import { parseValue, type Stored } from "../../src/runs/values.js"
import { onward } from "../../src/services/log/onward.js"
import type { Given, ReadError, RunLog } from "../../src/services/RunLog.js"
import type { Codec, EncodedValue } from "./codec.js"
import type { Lists } from "./lists.js"
import { readWrites } from "./pendingWrites.js"

/** The versions of checkpoints before sends became a channel: theirs are read from the writes of the parent. */
const sendsInChannel = 4

/** Values that are written whatever the parent has. They are taken at once: whoever gave them may change them later. */
export const encodeNew = (
  codec: Codec,
  lists: Lists,
  lineage: Lineage,
  { channel_values: values }: Checkpoint,
  newVersions: ChannelVersions
): Either.Either<ReadonlyMap<string, EncodedValue>, ValueError> => {
  const all = new Map<string, EncodedValue>()
  for (const name of Object.keys(newVersions)) {
    if (!Object.hasOwn(values, name)) continue
    const value = values[name]
    const encoded = codec.encode(value, Array.isArray(value) ? lists.get(lineage, name) : undefined)
    if (Either.isLeft(encoded)) return Either.left(encoded.left)
    all.set(name, encoded.right)
    const { elements } = encoded.right
    if (elements !== undefined) lists.set(lineage, name, elements)
  }
  return Either.right(all)
}

/**
 * What the channels of a checkpoint hold, as it is to be written over its parent. A channel that is not new is carried over
 * while it has the version that the parent has. Where it has another one, its value counts only if `keepsAll`: a fork may
 * begin anywhere.
 */
export const toChannels = (
  codec: Codec,
  { channel_values: values, channel_versions: versions }: Checkpoint,
  encoded: ReadonlyMap<string, EncodedValue>,
  newVersions: ChannelVersions,
  parent: Snapshot | undefined,
  keepsAll: boolean
): Either.Either<ReadonlyMap<string, Given>, ValueError> => {
  const channels = new Map<string, Given>()
  for (const name of Object.keys(versions)) {
    const version = versions[name] ?? null
    const value = encoded.get(name)
    if (value !== undefined) {
      channels.set(name, { version, value })
      continue
    }
    const isOld = Object.hasOwn(values, name) && !Object.hasOwn(newVersions, name)
    if (isOld && parent?.manifest.channels.get(name)?.version === version) {
      channels.set(name, { version, value: "kept" })
    } else if (isOld && keepsAll) {
      const now = codec.encode(values[name])
      if (Either.isLeft(now)) return Either.left(now.left)
      channels.set(name, { version, value: now.right })
    } else channels.set(name, { version, value: "none" })
  }
  for (const name of keepsAll ? Object.keys(values) : encoded.keys()) {
    if (channels.has(name)) continue
    const value = encoded.get(name)
    const now = value === undefined ? codec.encode(values[name]) : Either.right(value)
    if (Either.isLeft(now)) return Either.left(now.left)
    channels.set(name, { version: null, value: now.right })
  }
  return Either.right(channels)
}

export const toSeen = (seen: Checkpoint["versions_seen"]): ReadonlyMap<string, string> =>
  new Map(Object.keys(seen).map((node) => [node, JSON.stringify(seen[node])]))

export const configOf = (lineage: Lineage, id: string): CheckpointTuple["config"] => ({
  configurable: { thread_id: lineage.thread, checkpoint_ns: lineage.path, checkpoint_id: id }
})

/** What of a checkpoint besides its values is parsed once, and given away as copies. */
interface Facts {
  readonly versions: ChannelVersions
  readonly seen: Readonly<Record<string, ChannelVersions>>
  readonly metadata: Stored
}

const known = new WeakMap<Snapshot, Facts>()

const factsOf = (snapshot: Snapshot): Either.Either<Facts, ValueError> => {
  const there = known.get(snapshot)
  if (there !== undefined) return Either.right(there)
  const { manifest, meta, notes } = snapshot
  const versions: ChannelVersions = {}
  for (const [name, { version }] of manifest.channels) if (version !== null) setOwn(versions, name, version)
  const seen: Record<string, ChannelVersions> = {}
  // as toSeen wrote it
  for (const [node, text] of manifest.seen) setOwn(seen, node, JSON.parse(text) as ChannelVersions)
  const metadata = parseValue({ encoding: notes.m === 1 ? 1 : 0, text: Buffer.from(meta).toString() })
  return Either.map(metadata, (stored) => {
    const facts = { versions, seen, metadata: stored }
    known.set(snapshot, facts)
    return facts
  })
}

/** Unlike assignment, this makes `__proto__` a key like any other. */
const setOwn = <A>(record: Record<string, A>, key: string, value: A): void => {
  if (key === "__proto__") {
    Object.defineProperty(record, key, { value, enumerable: true, writable: true, configurable: true })
  } else record[key] = value
}

const decodeAll = (
  codec: Codec,
  stored: ReadonlyMap<string, Stored>
): Either.Either<Record<string, unknown>, ValueError> => {
  const values: Record<string, unknown> = {}
  for (const [name, value] of stored) {
    const decoded = codec.decode(value)
    if (Either.isLeft(decoded)) return Either.left(decoded.left)
    setOwn(values, name, decoded.right)
  }
  return Either.right(values)
}

/** What was put as metadata comes back as metadata. */
const toMetadata = (codec: Codec, { metadata }: Facts): Either.Either<CheckpointMetadata, ValueError> =>
  Either.map(codec.decode(metadata), (decoded) => decoded as CheckpointMetadata)

export const metadataOf = (codec: Codec, snapshot: Snapshot): Either.Either<CheckpointMetadata, ValueError> =>
  Either.flatMap(factsOf(snapshot), (facts) => toMetadata(codec, facts))

const copyOfSeen = (seen: Facts["seen"]): Record<string, ChannelVersions> => {
  const copy = { ...seen }
  for (const node of Object.keys(copy)) copy[node] = { ...copy[node] }
  return copy
}

export const toTuple = (
  codec: Codec,
  log: RunLog["Type"],
  snapshot: Snapshot,
  writes: ReadonlyArray<Entry>,
  writesOf: (id: string) => Effect.Effect<ReadonlyArray<Entry>, ReadError>
): Effect.Effect<CheckpointTuple, ReadError | ValueError> =>
  onward(log.channels(snapshot), (stored): Effect.Effect<CheckpointTuple, ReadError | ValueError> => {
    const { id, lineage, notes, parent } = snapshot
    const facts = factsOf(snapshot)
    if (Either.isLeft(facts)) return Effect.fail(facts.left)
    const metadata = toMetadata(codec, facts.right)
    if (Either.isLeft(metadata)) return Effect.fail(metadata.left)
    const values = decodeAll(codec, stored)
    if (Either.isLeft(values)) return Effect.fail(values.left)
    const { seen, versions } = facts.right
    const checkpoint: Checkpoint = {
      v: Number(notes.v),
      id,
      ts: String(notes.ts),
      channel_values: values.right,
      channel_versions: { ...versions },
      versions_seen: copyOfSeen(seen)
    }
    const tuple: CheckpointTuple = {
      config: configOf(lineage, id),
      checkpoint,
      metadata: metadata.right,
      pendingWrites: [],
      ...(parent === undefined ? {} : { parentConfig: configOf(lineage, parent) })
    }
    const whole =
      checkpoint.v >= sendsInChannel || parent === undefined
        ? Effect.void
        : addSends(codec, log, checkpoint, writesOf(parent))
    return onward(whole, () =>
      onward(readWrites(log, codec, writes), (pendingWrites) =>
        Effect.succeed(writes.length === 0 ? tuple : { ...tuple, pendingWrites })
      )
    )
  })

/** Sends of checkpoints that keep them among the writes of their parent. */
const addSends = (
  codec: Codec,
  log: RunLog["Type"],
  checkpoint: Checkpoint,
  writesOfParent: Effect.Effect<ReadonlyArray<Entry>, ReadError>
): Effect.Effect<void, ReadError | ValueError> =>
  Effect.map(
    Effect.flatMap(writesOfParent, (entries) => readWrites(log, codec, entries)),
    (sends) => {
      checkpoint.channel_values[TASKS] = sends
        .filter(([, channel]) => channel === TASKS)
        .map(([, , value]) => value)
      const all = Object.values(checkpoint.channel_versions)
      checkpoint.channel_versions[TASKS] = all.length === 0 ? 1 : maxChannelVersion(...all)
    }
  )
