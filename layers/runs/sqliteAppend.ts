/** Appending to lineages on SQLite, inside of one synchronous transaction. */
import * as Exit from "effect/Exit"
import { LineageMoved, ThreadDeleted } from "../../src/domain/RunErrors.js"
import { genesis, type Head, link, payloadDigest } from "../../src/runs/chain.js"
import type { Chunk } from "../../src/runs/chunk.js"
import { packName, tombstone } from "../../src/runs/packed.js"
import {
  type Appended,
  type Draft,
  kinds,
  type Lineage,
  type RefKind
} from "../../src/services/RunStorage.js"
import type { Get, Run } from "../storage/SqliteWire.js"
import { epochOf, span } from "./places.js"

export interface Job {
  readonly lineage: Lineage
  readonly drafts: ReadonlyArray<Draft>
  readonly epoch: number | undefined
  /** A branch or a tag that goes away. */
  readonly drop?: { readonly kind: RefKind; readonly name: string } | undefined
}

export type Outcome = Exit.Exit<Appended, LineageMoved | ThreadDeleted>

export interface LineageRow {
  readonly id: number
  readonly epoch: number
}

export const selectLineage =
  "SELECT id, epoch, reborn FROM lineage WHERE space = ? AND thread = ? AND path = ?"
const selectDeleted = "SELECT 1 FROM deleted WHERE space = ? AND thread = ?"
const insertLineage = "INSERT INTO lineage (space, thread, path, epoch, reborn) VALUES (?, ?, ?, 0, ?)"
const selectHead = "SELECT place, chain FROM entry WHERE place > ? AND place < ? ORDER BY place DESC LIMIT 1"
const insertEntry = `INSERT INTO entry (place, lineage, kind, id, parent, at, meta, body, digest, chain)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const insertChunk = "INSERT OR IGNORE INTO chunk (space, hash, deflated, size, data) VALUES (?, ?, ?, ?, ?)"
const selectChunk = "SELECT id FROM chunk WHERE space = ? AND hash = ?"
const insertHolding = "INSERT OR IGNORE INTO holding (chunk, lineage) VALUES (?, ?)"
const insertNamed = `INSERT INTO named (space, name, place) VALUES (?, ?, ?)
  ON CONFLICT (space, name) DO UPDATE SET place = excluded.place`
const insertRef = `INSERT INTO ref (lineage, kind, name, n) VALUES (?, ?, ?, ?)
  ON CONFLICT (lineage, kind, name) DO UPDATE SET n = excluded.n`
const deleteRef = "DELETE FROM ref WHERE lineage = ? AND kind = ? AND name = ?"

/** Where lineages stand, as far as this process knows: true as long as no other one has written. */
export interface Heads {
  readonly get: (lineage: number) => Head | undefined
  readonly set: (lineage: number, head: Head) => void
}

/** What is written to the database of one namespace. */
export const makeAppend = (namespace: string, space: number) => {
  /** The row of a lineage, made when it has none; nothing for a write that comes after its thread was deleted. */
  const lineageOf = (run: Run, get: Get, { drafts, lineage }: Job): LineageRow | undefined => {
    const thread = packName(lineage.thread)
    const path = packName(lineage.path)
    const row = get<[id: number, epoch: number]>(selectLineage, space, thread, path)
    if (row !== undefined) return { id: row[0], epoch: row[1] }
    const reborn = get(selectDeleted, space, tombstone(lineage.thread)) !== undefined
    if (reborn && !drafts.every((draft) => begins(draft))) return undefined
    const { lastInsertRowid } = run(insertLineage, space, thread, path, reborn ? 1 : 0)
    return { id: Number(lastInsertRowid), epoch: 0 }
  }

  const headOf = (get: Get, heads: Heads, { id }: LineageRow, { path, thread }: Lineage): Head => {
    const known = heads.get(id)
    if (known !== undefined) return known
    const last = get<[place: number, chain: Uint8Array]>(selectHead, id * span, (id + 1) * span)
    return last === undefined ? genesis(namespace, thread, path) : { n: last[0] % span, chain: last[1] }
  }

  const hold = (run: Run, get: Get, lineage: number, chunk: Chunk): void => {
    const { changes, lastInsertRowid } = run(
      insertChunk,
      space,
      chunk.hash,
      chunk.deflated ? 1 : 0,
      chunk.size,
      chunk.data
    )
    run(
      insertHolding,
      changes === 1 ? lastInsertRowid : get<[number]>(selectChunk, space, chunk.hash)?.[0],
      lineage
    )
  }

  const add = (run: Run, get: Get, lineage: number, head: Head, draft: Draft): Head => {
    for (const chunk of draft.chunks) hold(run, get, lineage, chunk)
    const facts = {
      kind: draft.kind,
      id: packName(draft.id),
      parent: draft.parent === undefined ? null : packName(draft.parent),
      at: draft.at
    }
    const digest = payloadDigest(draft.meta, draft.body)
    const next = link(head, facts, digest)
    const place = lineage * span + next.n
    run(
      insertEntry,
      place,
      lineage,
      facts.kind,
      facts.id,
      facts.parent,
      facts.at,
      draft.meta,
      draft.body,
      digest,
      next.chain
    )
    for (const name of draft.names ?? []) run(insertNamed, space, packName(name), place)
    for (const { kind, n, name } of draft.refs ?? []) {
      run(insertRef, lineage, kind, packName(name), n ?? next.n)
    }
    return next
  }

  return (run: Run, get: Get, heads: Heads, job: Job): Outcome => {
    const row = lineageOf(run, get, job)
    if (row === undefined) return Exit.fail(new ThreadDeleted({ thread: job.lineage.thread }))
    if (job.epoch !== undefined && job.epoch !== epochOf(row)) {
      return Exit.fail(new LineageMoved({ thread: job.lineage.thread }))
    }
    let head = headOf(get, heads, row, job.lineage)
    if (job.drop !== undefined) run(deleteRef, row.id, job.drop.kind, packName(job.drop.name))
    const numbers: Array<number> = []
    for (const draft of job.drafts) {
      head = add(run, get, row.id, head, draft)
      numbers.push(head.n)
    }
    heads.set(row.id, head)
    return Exit.succeed({ epoch: epochOf(row), numbers })
  }
}

/** Whether a draft may be the first of a thread that was deleted before: a run begins without a parent. */
const begins = ({ kind, parent }: Draft): boolean => parent === undefined && kind !== kinds.writes
