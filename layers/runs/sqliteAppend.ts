/** Appending to lineages on SQLite, inside of one synchronous transaction. */
import * as Exit from "effect/Exit"
import { LineageMoved, ThreadDeleted } from "../../src/domain/RunErrors.js"
import { genesis, type Head } from "../../src/runs/chain.js"
import type { Chunk } from "../../src/runs/chunk.js"
import { packName, tombstone } from "../../src/runs/packed.js"
import { begins, isAsExpected, linkDraft } from "../../src/services/appending.js"
import type { Appended, Draft, Lineage, RefKind } from "../../src/services/RunStorage.js"
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
const insertEntry = `INSERT INTO entry (place, lineage, kind, id, parent, at, gone, meta, body, digest, chain)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const insertChunk = "INSERT OR IGNORE INTO chunk (space, hash, deflated, size, data) VALUES (?, ?, ?, ?, ?)"
const selectChunk = "SELECT id FROM chunk WHERE space = ? AND hash = ?"
const insertHolding = "INSERT OR IGNORE INTO holding (chunk, lineage) VALUES (?, ?)"
const insertNamed = `INSERT INTO named (space, name, place) VALUES (?, ?, ?)
  ON CONFLICT (space, name) DO UPDATE SET place = excluded.place`
const insertRef = `INSERT INTO ref (lineage, kind, name, n) VALUES (?, ?, ?, ?)
  ON CONFLICT (lineage, kind, name) DO UPDATE SET n = excluded.n`
const selectRef = "SELECT n FROM ref WHERE lineage = ? AND kind = ? AND name = ?"
const deleteRef = "DELETE FROM ref WHERE lineage = ? AND kind = ? AND name = ?"

/** The number of the last entry of a lineage, 0 if it has none. */
export const lastNumber = (get: Get, lineage: number): number =>
  (get<[place: number]>(selectHead, lineage * span, (lineage + 1) * span)?.[0] ?? 0) % span

/** Where lineages stand, as far as this process knows: true as long as no other one has written. */
export interface Heads {
  readonly get: (lineage: number) => Head | undefined
  readonly set: (lineage: number, head: Head) => void
}

/** What is written to the database of one namespace. */
export const makeAppend = (namespace: string, space: number) => {
  /** The row of a lineage, made when it has none; or why there must not be one. */
  const lineageOf = (
    run: Run,
    get: Get,
    { drafts, epoch, lineage }: Job
  ): LineageRow | LineageMoved | ThreadDeleted => {
    const thread = packName(lineage.thread)
    const path = packName(lineage.path)
    const there = get<[id: number, epoch: number]>(selectLineage, space, thread, path)
    const row = there === undefined ? undefined : { id: there[0], epoch: there[1] }
    const reborn = row === undefined && get(selectDeleted, space, tombstone(lineage.thread)) !== undefined
    if (reborn && !drafts.every(begins)) return new ThreadDeleted({ thread: lineage.thread })
    if (epoch !== undefined && epoch !== (row === undefined ? 0 : epochOf(row))) {
      return new LineageMoved({ thread: lineage.thread })
    }
    const pointsTo = (kind: RefKind, name: string): number =>
      row === undefined ? 0 : (get<[n: number]>(selectRef, row.id, kind, packName(name))?.[0] ?? 0)
    if (!isAsExpected(drafts, pointsTo)) return new LineageMoved({ thread: lineage.thread })
    if (row !== undefined) return row
    if (drafts.length === 0) return { id: 0, epoch: 0 }
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
    const { digest, facts, head: next } = linkDraft(head, draft)
    const place = lineage * span + next.n
    run(
      insertEntry,
      place,
      lineage,
      facts.kind,
      facts.id,
      facts.parent,
      facts.at,
      draft.restored?.gone === true ? 1 : 0,
      draft.restored?.emptied === undefined ? draft.meta : null,
      draft.restored?.emptied === undefined ? draft.body : null,
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
    if ("_tag" in row) return Exit.fail(row)
    if (job.drafts.length === 0) return Exit.succeed({ epoch: epochOf(row), numbers: [] })
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
