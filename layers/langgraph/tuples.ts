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
import type { Given, ReadError, RunLog } from "../../src/services/RunLog.js"
import type { Codec, EncodedValue } from "./codec.js"
import { readWrites } from "./pendingWrites.js"

/** The versions of checkpoints before sends became a channel: theirs are read from the writes of the parent. */
const sendsInChannel = 4

/** Values that are written whatever the parent has. They are taken at once: whoever gave them may change them later. */
export const encodeNew = (
  codec: Codec,
  { channel_values: values }: Checkpoint,
  newVersions: ChannelVersions
): Either.Either<ReadonlyMap<string, EncodedValue>, ValueError> =>
  Either.gen(function* () {
    const encoded = new Map<string, EncodedValue>()
    for (const name of Object.keys(newVersions)) {
      if (Object.hasOwn(values, name)) encoded.set(name, yield* codec.encode(values[name]))
    }
    return encoded
  })

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
): Either.Either<ReadonlyMap<string, Given>, ValueError> =>
  Either.gen(function* () {
    const channels = new Map<string, Given>()
    for (const name of Object.keys(versions)) {
      const version = versions[name] ?? null
      const value = encoded.get(name)
      const old = Object.hasOwn(newVersions, name) ? undefined : parent?.manifest.channels.get(name)
      if (value !== undefined) channels.set(name, { version, value })
      else if (old !== undefined && old.version === version && Object.hasOwn(values, name))
        channels.set(name, { version, value: "kept" })
      else if (keepsAll && !Object.hasOwn(newVersions, name) && Object.hasOwn(values, name)) {
        channels.set(name, { version, value: yield* codec.encode(values[name]) })
      } else channels.set(name, { version, value: "none" })
    }
    for (const name of keepsAll ? Object.keys(values) : encoded.keys()) {
      if (channels.has(name)) continue
      channels.set(name, { version: null, value: encoded.get(name) ?? (yield* codec.encode(values[name])) })
    }
    return channels
  })

export const toSeen = (seen: Checkpoint["versions_seen"]): ReadonlyMap<string, string> =>
  new Map(Object.keys(seen).map((node) => [node, JSON.stringify(seen[node])]))

export const configOf = (lineage: Lineage, id: string): CheckpointTuple["config"] => ({
  configurable: { thread_id: lineage.thread, checkpoint_ns: lineage.path, checkpoint_id: id }
})

const decodeAll = (
  codec: Codec,
  log: RunLog["Type"],
  snapshot: Snapshot
): Effect.Effect<Record<string, unknown>, ReadError | ValueError> =>
  Effect.flatMap(log.channels(snapshot), (stored) =>
    Either.gen(function* () {
      const values: Array<readonly [string, unknown]> = []
      for (const [name, value] of stored) values.push([name, yield* codec.decode(value)])
      // unlike assignment, this makes `__proto__` a key like any other
      return Object.fromEntries(values)
    })
  )

export const toMetadata = (
  codec: Codec,
  { meta, notes }: Snapshot
): Either.Either<CheckpointMetadata, ValueError> =>
  // what was put as metadata comes back as metadata
  Either.map(
    codec.decode({ encoding: notes.m === 1 ? 1 : 0, text: Buffer.from(meta).toString() }),
    (metadata) => metadata as CheckpointMetadata
  )

export const toTuple = (
  codec: Codec,
  log: RunLog["Type"],
  snapshot: Snapshot,
  writes: ReadonlyArray<Entry>,
  writesOf: (id: string) => Effect.Effect<ReadonlyArray<Entry>, ReadError>
): Effect.Effect<CheckpointTuple, ReadError | ValueError> =>
  Effect.gen(function* () {
    const { id, lineage, manifest, notes, parent } = snapshot
    const versions: Array<readonly [string, number | string]> = []
    for (const [name, { version }] of manifest.channels) {
      if (version !== null) versions.push([name, version])
    }
    const checkpoint: Checkpoint = {
      v: Number(notes.v),
      id,
      ts: String(notes.ts),
      channel_values: yield* decodeAll(codec, log, snapshot),
      channel_versions: Object.fromEntries(versions),
      versions_seen: Object.fromEntries(
        // as toSeen wrote it
        [...manifest.seen].map(([node, text]) => [node, JSON.parse(text) as ChannelVersions])
      )
    }
    if (checkpoint.v < sendsInChannel && parent !== undefined) {
      const sends = yield* readWrites(log, codec, yield* writesOf(parent))
      checkpoint.channel_values[TASKS] = sends
        .filter(([, channel]) => channel === TASKS)
        .map(([, , value]) => value)
      const all = Object.values(checkpoint.channel_versions)
      checkpoint.channel_versions[TASKS] = all.length === 0 ? 1 : maxChannelVersion(...all)
    }
    return {
      config: configOf(lineage, id),
      checkpoint,
      metadata: yield* toMetadata(codec, snapshot),
      pendingWrites: yield* readWrites(log, codec, writes),
      ...(parent === undefined ? {} : { parentConfig: configOf(lineage, parent) })
    }
  })
