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
import type { Standing } from "./sqliteKnown.js"

export interface Job {
  readonly lineage: Lineage
  readonly drafts: ReadonlyArray<Draft>
  readonly epoch: number | undefined
  /** A branch or a tag that goes away. */
  readonly drop?: { readonly kind: RefKind; readonly name: string } | undefined
}

export type Outcome = Exit.Exit<Appended, LineageMoved | ThreadDeleted>

export const selectLineage =
  "SELECT id, epoch, reborn FROM lineage WHERE space = ? AND thread = ? AND path = ?"
const selectDeleted = "SELECT 1 FROM deleted WHERE space = ? AND thread = ?"
const insertLineage = "INSERT INTO lineage (space, thread, path, epoch, reborn) VALUES (?, ?, ?, 0, ?)"
const selectHead = "SELECT place, chain FROM entry WHERE place > ? AND place < ? ORDER BY place DESC LIMIT 1"
const insertEntry = `INSERT INTO entry (place, lineage, kind, id, parent, at, gone, meta, body, digest, chain)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
/** For an entry alone: its lineage has to be as its writer knew it, and its place free. */
const insertAlone = `INSERT INTO entry (place, lineage, kind, id, parent, at, meta, body, digest, chain)
  SELECT ?, id, ?, ?, ?, ?, ?, ?, ?, ? FROM lineage WHERE id = ? AND epoch = ?`
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

/** What an append came to, and where its lineage stands then. */
export interface Done {
  readonly outcome: Outcome
  readonly standing: Standing | undefined
}

/** Whether this is nothing but one more entry. */
export const isAlone = ({ drafts, drop }: Job): boolean => {
  const [draft] = drafts
  return (
    drafts.length === 1 &&
    drop === undefined &&
    draft?.chunks.length === 0 &&
    draft.names === undefined &&
    draft.refs === undefined &&
    draft.restored === undefined
  )
}

export interface Append {
  /** Appends inside of a transaction. `known` is where the lineage stands right now, if that is known. */
  readonly append: (run: Run, get: Get, job: Job, known: Standing | undefined) => Done
  /**
   * Appends one entry in one statement, which writes nothing unless the lineage still stands where it was seen last;
   * nothing is given then.
   */
  readonly appendAlone: (run: Run, job: Job, seen: Standing) => Done | undefined
}

/** What is written to the database of one namespace. */
export const makeAppend = (namespace: string, space: number): Append => {
  /** The lineage, made when it is not there; or why there must not be one. */
  const lineageOf = (
    run: Run,
    get: Get,
    { drafts, epoch, lineage }: Job,
    known: Standing | undefined
  ): Standing | LineageMoved | ThreadDeleted => {
    const there =
      known === undefined
        ? get<[id: number, epoch: number, reborn: number]>(
            selectLineage,
            space,
            packName(lineage.thread),
            packName(lineage.path)
          )
        : undefined
    const standing =
      known ??
      (there && { id: there[0], epoch: there[1], reborn: there[2] === 1, head: undefined, newest: undefined })
    const reborn =
      standing === undefined && get(selectDeleted, space, tombstone(lineage.thread)) !== undefined
    if (reborn && !drafts.every(begins)) return new ThreadDeleted({ thread: lineage.thread })
    if (epoch !== undefined && epoch !== (standing === undefined ? 0 : epochOf(standing))) {
      return new LineageMoved({ thread: lineage.thread })
    }
    const pointsTo = (kind: RefKind, name: string): number =>
      standing === undefined ? 0 : (get<[n: number]>(selectRef, standing.id, kind, packName(name))?.[0] ?? 0)
    if (!isAsExpected(drafts, pointsTo)) return new LineageMoved({ thread: lineage.thread })
    if (standing !== undefined) return standing
    const begun = { id: 0, epoch: 0, reborn, head: undefined, newest: undefined }
    if (drafts.length === 0) return begun
    const { lastInsertRowid } = run(
      insertLineage,
      space,
      packName(lineage.thread),
      packName(lineage.path),
      reborn ? 1 : 0
    )
    return { ...begun, id: Number(lastInsertRowid) }
  }

  const headOf = (get: Get, { head, id }: Standing, { path, thread }: Lineage): Head => {
    if (head !== undefined) return head
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

  return {
    append: (run, get, job, known) => {
      const standing = lineageOf(run, get, job, known)
      if ("_tag" in standing) return { outcome: Exit.fail(standing), standing: undefined }
      const epoch = epochOf(standing)
      if (job.drafts.length === 0) return { outcome: Exit.succeed({ epoch, numbers: [] }), standing: known }
      let head = headOf(get, standing, job.lineage)
      if (job.drop !== undefined) run(deleteRef, standing.id, job.drop.kind, packName(job.drop.name))
      const numbers: Array<number> = []
      for (const draft of job.drafts) {
        head = add(run, get, standing.id, head, draft)
        numbers.push(head.n)
      }
      return {
        outcome: Exit.succeed({ epoch, numbers }),
        standing: { ...standing, head, newest: undefined }
      }
    },
    appendAlone: (run, job, seen) => {
      const [draft] = job.drafts
      if (seen.head === undefined || draft === undefined) return undefined
      const epoch = epochOf(seen)
      if (job.epoch !== undefined && job.epoch !== epoch) return undefined
      const { digest, facts, head } = linkDraft(seen.head, draft)
      const { changes } = run(
        insertAlone,
        seen.id * span + head.n,
        facts.kind,
        facts.id,
        facts.parent,
        facts.at,
        draft.meta,
        draft.body,
        digest,
        head.chain,
        seen.id,
        seen.epoch
      )
      return changes === 0
        ? undefined
        : {
            outcome: Exit.succeed({ epoch, numbers: [head.n] }),
            standing: { ...seen, head, newest: undefined }
          }
    }
  }
}
