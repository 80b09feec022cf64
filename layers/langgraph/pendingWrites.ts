/** Pending writes: one entry for each call of `putWrites`, folded when they are read. */
import { compareWritesSortKeys, WRITES_IDX_MAP } from "@langchain/langgraph-checkpoint"
import type { CheckpointPendingWrite, PendingWrite } from "@langchain/langgraph-checkpoint"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { RunDamaged, type ValueError } from "../../src/domain/RunErrors.js"
import { encodeBody, type Part } from "../../src/runs/body.js"
import type { Chunk } from "../../src/runs/chunk.js"
import { type Draft, type Entry, kinds } from "../../src/runs/entry.js"
import { store } from "../../src/runs/segment.js"
import { readEntry } from "../../src/runs/snapshot.js"
import { onward } from "../../src/services/log/onward.js"
import type { ReadError, RunLog } from "../../src/services/RunLog.js"
import type { Codec } from "./codec.js"

const noMeta = Buffer.from("{}")

/** What one task wrote, as an entry that belongs to a checkpoint. */
export const toDraft = (
  codec: Codec,
  at: number,
  checkpointId: string,
  writes: ReadonlyArray<PendingWrite>,
  taskId: string,
  taskPath: string
): Either.Either<Draft, ValueError> => {
  const parts = new Map<string, Part>()
  const chunks: Array<Chunk> = []
  const index: Array<readonly [idx: number, channel: string]> = []
  for (const [position, [channel, value]] of writes.entries()) {
    const encoded = codec.encode(value)
    if (Either.isLeft(encoded)) return Either.left(encoded.left)
    const { content, encoding } = encoded.right
    const stored = store(content)
    parts.set(String(position), { encoding, segment: stored.segment })
    for (const chunk of stored.chunks) chunks.push(chunk)
    index.push([WRITES_IDX_MAP[channel] ?? position, channel])
  }
  return Either.right({
    kind: kinds.writes,
    id: checkpointId,
    parent: undefined,
    at,
    meta: noMeta,
    body: encodeBody(JSON.stringify({ t: taskId, p: taskPath, w: index }), parts),
    chunks
  })
}

interface Write {
  readonly key: readonly [taskPath: string, taskId: string, idx: number]
  readonly channel: string
  readonly part: Part
}

interface Header {
  readonly t: string
  readonly p: string
  readonly w: ReadonlyArray<readonly [idx: number, channel: string]>
}

const isHeader = (header: unknown): header is Header =>
  typeof header === "object" &&
  header !== null &&
  "t" in header &&
  typeof header.t === "string" &&
  "p" in header &&
  typeof header.p === "string" &&
  "w" in header &&
  Array.isArray(header.w)

/**
 * The writes that count, in the order in which a live run applies them. Of two with one index the first counts: a task
 * that was tried again. Of two special ones (errors, interrupts, resumes) the last does.
 */
export const fold = (entries: ReadonlyArray<Entry>): ReadonlyArray<Write> | undefined => {
  const writes = new Map<string, Write>()
  for (const entry of entries) {
    const content = readEntry(entry)
    if (content === undefined || !isHeader(content.header)) return undefined
    const { p, t, w } = content.header
    for (const [position, [idx, channel]] of w.entries()) {
      const part = content.parts.get(String(position))
      if (part === undefined) return undefined
      const name = `${idx} ${t}`
      if (idx < 0 || !writes.has(name)) writes.set(name, { key: [p, t, idx], channel, part })
    }
  }
  return [...writes.values()].sort((one, other) => compareWritesSortKeys(one.key, other.key))
}

/** Pending writes as LangGraph wants them. */
export const readWrites = (
  log: RunLog["Type"],
  codec: Codec,
  entries: ReadonlyArray<Entry>
): Effect.Effect<Array<CheckpointPendingWrite>, ReadError | ValueError> => {
  if (entries.length === 0) return Effect.succeed([])
  const writes = fold(entries)
  if (writes === undefined) return new RunDamaged({ what: `writes of checkpoint ${entries[0]?.id ?? ""}` })
  return onward(
    log.parts(writes.map(({ part }) => part)),
    (values): Effect.Effect<Array<CheckpointPendingWrite>, RunDamaged | ValueError> => {
      const read: Array<CheckpointPendingWrite> = []
      for (const [at, { channel, key }] of writes.entries()) {
        const [, taskId] = key
        const value = values[at]
        if (value === undefined) return new RunDamaged({ what: `a write of task ${taskId}` })
        const decoded = codec.decode(value)
        if (Either.isLeft(decoded)) return Effect.fail(decoded.left)
        read.push([taskId, channel, decoded.right])
      }
      return Effect.succeed(read)
    }
  )
}
