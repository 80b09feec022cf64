/**
 * The one statement of an append. Its text depends on which kinds of things are written, and whether on one or several: one
 * entry and one chunk, what most appends have, cost the server less without lists.
 */
import type { Head } from "../../src/runs/chain.js"
import type { Chunk } from "../../src/runs/chunk.js"
import type { Draft, RefKind } from "../../src/runs/entry.js"
import { packName } from "../../src/runs/packed.js"
import type { Lineage } from "../../src/services/RunStorage.js"
import type { Linked } from "../../src/services/appending.js"
import type { Place } from "./pgPlace.js"

/** A draft that has its place in the log. */
export interface Written extends Linked {
  readonly draft: Draft
}

/** What becomes of a branch or a tag: it points to an entry, or goes away. */
export interface RefChange {
  readonly kind: RefKind
  readonly name: string
  readonly n: number | undefined
}

export interface Append {
  readonly space: number
  readonly lineage: Lineage
  readonly place: Place
  readonly written: ReadonlyArray<Written>
  readonly refs: ReadonlyArray<RefChange>
  readonly head: Head
}

export interface Statement {
  readonly text: string
  readonly params: ReadonlyArray<unknown>
}

/**
 * Bytes of many values in one parameter, cut up by the server: an array of byte strings would travel as text of twice the
 * size.
 */
interface Blob {
  /** The parameter. */
  readonly name: () => string
  /** Where the first of some values that follow each other begins. */
  readonly add: (...added: ReadonlyArray<Uint8Array>) => number
}

/** The values of a statement, each with its type. One without a use has no type. */
const makeParams = (): {
  readonly param: Param
  readonly blob: Blob
  readonly values: () => ReadonlyArray<unknown>
} => {
  const values: Array<unknown> = []
  const param: Param = (value, type) => `$${values.push(value)}::${type}`
  const parts: Array<Uint8Array> = []
  let size = 0
  let bytes: { readonly name: string; readonly at: number } | undefined
  return {
    param,
    blob: {
      name: () => (bytes ??= { name: param(undefined, "bytea"), at: values.length - 1 }).name,
      add: (...added) => {
        const first = size + 1
        for (const part of added) {
          parts.push(part)
          size += part.length
        }
        return first
      }
    },
    values: () => {
      if (bytes !== undefined) values[bytes.at] = Buffer.concat(parts, size)
      return values
    }
  }
}

const nobody = new Uint8Array(0)

/** Writes all of an append if the lineage stands where it is said to, and gives its id; otherwise nothing, and no row. */
export const appendStatement = ({ head, lineage, place, refs, space, written }: Append): Statement => {
  const { blob, param, values } = makeParams()
  let spaceParam: string | undefined
  const spaceId = (): string => (spaceParam ??= param(space, "integer"))

  const moved =
    place.row === undefined
      ? begin(param, spaceId(), lineage, place, head)
      : `UPDATE aegis_lineage SET n = ${param(head.n, "integer")}, chain = ${param(head.chain, "bytea")}
          WHERE id = ${param(place.row.id, "integer")} AND n = ${param(place.head.n, "integer")}
            AND epoch = ${param(place.row.epoch, "integer")} RETURNING id`
  const parts = [`moved AS (${moved})`, insertEntries(param, blob, written)]

  const chunks = distinct(
    written.flatMap(({ draft }) => draft.chunks),
    ({ hash }) => hash.toString("hex")
  )
  if (chunks.length > 0) parts.push(...holdChunks(param, spaceId(), blob, chunks))

  const names = distinct(
    written.flatMap(({ draft, head: { n } }) =>
      (draft.names ?? []).map((name) => ({ name: packName(name), n }))
    ),
    ({ name }) => name.toString("hex")
  )
  if (names.length > 0) {
    parts.push(`called AS (
      INSERT INTO aegis_named (space, lineage, n, name)
      SELECT ${spaceId()}, moved.id, it.n, it.name
      FROM moved, unnest(${param(
        names.map(({ n }) => n),
        "integer[]"
      )}, ${param(
        names.map(({ name }) => name),
        "bytea[]"
      )}) AS it (n, name) ORDER BY it.name
      ON CONFLICT (space, name) DO UPDATE SET lineage = excluded.lineage, n = excluded.n)`)
  }
  parts.push(...changeRefs(param, refs))
  return { text: `WITH ${parts.join(", ")} SELECT id FROM moved`, params: values() }
}

/** Begins a lineage without an entry, in a transaction that appends to it next. */
export const beginStatement = ({ lineage, place, space }: Append): Statement => {
  const { param, values } = makeParams()
  return { text: begin(param, param(space, "integer"), lineage, place, place.head), params: values() }
}

type Param = (value: unknown, type: string) => string

/** Holds the count of deletions still until the lineage is there: no deletion of its thread can miss it. */
const begin = (param: Param, spaceId: string, lineage: Lineage, place: Place, head: Head): string =>
  `INSERT INTO aegis_lineage (space, epoch, n, reborn, chain, thread, path)
    SELECT id, 0, ${param(head.n, "integer")}, ${param(place.isDeleted, "boolean")}, ${param(head.chain, "bytea")},
      ${param(packName(lineage.thread), "bytea")}, ${param(packName(lineage.path), "bytea")}
    FROM aegis_space WHERE id = ${spaceId} AND deletions = ${param(place.deletions, "integer")} FOR SHARE
    ON CONFLICT (space, thread, path) DO NOTHING RETURNING id`

const entryColumns = "at, lineage, n, kind, gone, id, parent, digest, chain, meta, body"

const insertEntry = (param: Param, { digest, draft, facts, head }: Written): string => {
  const { emptied, gone } = draft.restored ?? {}
  // of what was removed before, nothing is written
  const kept = emptied === undefined ? draft : { meta: null, body: null }
  return `entries AS (
    INSERT INTO aegis_entry (${entryColumns})
    SELECT ${param(facts.at, "bigint")}, id, ${param(head.n, "integer")}, ${param(facts.kind, "smallint")},
      ${param(gone ?? false, "boolean")}, ${param(facts.id, "bytea")}, ${param(facts.parent, "bytea")},
      ${param(digest, "bytea")}, ${param(head.chain, "bytea")}, ${param(kept.meta, "bytea")},
      ${param(kept.body, "bytea")} FROM moved)`
}

const insertEntries = (param: Param, blob: Blob, written: ReadonlyArray<Written>): string => {
  const [one, ...others] = written
  if (one !== undefined && others.length === 0) return insertEntry(param, one)
  const bytes = blob.name()
  const columns = written.map(({ digest, draft, facts, head }) => ({
    at: facts.at,
    n: head.n,
    kind: facts.kind,
    first: blob.add(digest, head.chain, facts.id, facts.parent ?? nobody, draft.meta, draft.body),
    id: facts.id.length,
    parent: facts.parent === null ? null : facts.parent.length,
    gone: draft.restored?.gone ?? false,
    // of what was removed before, nothing is written
    meta: draft.restored?.emptied === undefined ? draft.meta.length : null,
    body: draft.restored?.emptied === undefined ? draft.body.length : null
  }))
  const list = (column: keyof (typeof columns)[number], type: string): string =>
    param(
      columns.map((row) => row[column]),
      `${type}[]`
    )
  return `entries AS (
    INSERT INTO aegis_entry (${entryColumns})
    SELECT it.at, moved.id, it.n, it.kind, it.gone,
      substring(${bytes} FROM it.first + 64 FOR it.id),
      substring(${bytes} FROM it.first + 64 + it.id FOR it.parent),
      substring(${bytes} FROM it.first FOR 32),
      substring(${bytes} FROM it.first + 32 FOR 32),
      substring(${bytes} FROM it.first + 64 + it.id + coalesce(it.parent, 0) FOR it.meta),
      substring(${bytes} FROM it.first + 64 + it.id + coalesce(it.parent, 0) + it.meta FOR it.body)
    FROM moved, unnest(${list("at", "bigint")}, ${list("n", "integer")}, ${list("kind", "smallint")},
      ${list("first", "integer")}, ${list("id", "integer")}, ${list("parent", "integer")},
      ${list("gone", "boolean")}, ${list("meta", "integer")}, ${list("body", "integer")})
      AS it (at, n, kind, first, id, parent, gone, meta, body))`
}

/**
 * Chunks that are there are locked, so that nobody takes them away before they are held; all others are added. Of those that
 * come to be there or go at this very moment, the insertion has the last word. In the order of hashes, as whoever removes
 * them goes, so that nobody waits in a circle.
 */
const holdChunks = (
  param: Param,
  spaceId: string,
  blob: Blob,
  chunks: ReadonlyArray<Chunk>
): ReadonlyArray<string> => [
  ...(chunks.length === 1
    ? chunks.flatMap((chunk) => holdOne(param, spaceId, chunk))
    : holdSome(param, spaceId, blob, chunks)),
  `held AS (
    INSERT INTO aegis_holding (chunk, lineage)
    SELECT it.id, moved.id FROM moved, (SELECT id FROM there UNION ALL SELECT id FROM fresh) AS it
    ON CONFLICT DO NOTHING)`
]

const holdOne = (
  param: Param,
  spaceId: string,
  { data, deflated, hash, size }: Chunk
): ReadonlyArray<string> => {
  const given = param(hash, "bytea")
  return [
    `there AS (
      SELECT aegis_chunk.id FROM aegis_chunk WHERE aegis_chunk.space = ${spaceId} AND aegis_chunk.hash = ${given}
        AND EXISTS (SELECT FROM moved) FOR KEY SHARE OF aegis_chunk)`,
    `fresh AS (
      INSERT INTO aegis_chunk (space, size, deflated, hash, data)
      SELECT ${spaceId}, ${param(size, "integer")}, ${param(deflated, "boolean")}, ${given}, ${param(data, "bytea")}
      FROM moved WHERE NOT EXISTS (SELECT FROM there)
      ON CONFLICT (space, hash) DO UPDATE SET size = aegis_chunk.size RETURNING id)`
  ]
}

const holdSome = (
  param: Param,
  spaceId: string,
  blob: Blob,
  chunks: ReadonlyArray<Chunk>
): ReadonlyArray<string> => {
  const bytes = blob.name()
  const firsts = chunks.map(({ data, hash }) => blob.add(hash, data))
  return [
    `given AS (
      SELECT substring(${bytes} FROM it.first FOR 32) AS hash, it.*
      FROM unnest(${param(firsts, "integer[]")}, ${param(
        chunks.map(({ data }) => data.length),
        "integer[]"
      )}, ${param(
        chunks.map(({ size }) => size),
        "integer[]"
      )}, ${param(
        chunks.map(({ deflated }) => deflated),
        "boolean[]"
      )}) AS it (first, length, size, deflated))`,
    `there AS (
      SELECT found.id, found.hash FROM (SELECT hash FROM given, moved ORDER BY hash) AS wanted
        CROSS JOIN LATERAL (
          SELECT id, hash FROM aegis_chunk WHERE space = ${spaceId} AND hash = wanted.hash FOR KEY SHARE) AS found)`,
    `fresh AS (
      INSERT INTO aegis_chunk (space, size, deflated, hash, data)
      SELECT ${spaceId}, given.size, given.deflated, given.hash,
        substring(${bytes} FROM given.first + 32 FOR given.length)
      FROM given, moved WHERE NOT EXISTS (SELECT FROM there WHERE there.hash = given.hash) ORDER BY given.hash
      ON CONFLICT (space, hash) DO UPDATE SET size = aegis_chunk.size RETURNING id)`
  ]
}

const changeRefs = (param: Param, changes: ReadonlyArray<RefChange>): ReadonlyArray<string> => {
  const refs = distinct(changes, ({ kind, name }) => `${kind} ${name}`)
  const kept = refs.filter(({ n }) => n !== undefined)
  const dropped = refs.filter(({ n }) => n === undefined)
  const list = (some: ReadonlyArray<RefChange>): string =>
    `${param(
      some.map(({ kind }) => kind),
      "text[]"
    )}, ${param(
      some.map(({ name }) => packName(name)),
      "bytea[]"
    )}`
  return [
    ...(dropped.length === 0
      ? []
      : [
          `dropped AS (
            DELETE FROM aegis_ref USING moved, unnest(${list(dropped)}) AS it (kind, name)
            WHERE aegis_ref.lineage = moved.id AND aegis_ref.kind = it.kind AND aegis_ref.name = it.name)`
        ]),
    ...(kept.length === 0
      ? []
      : [
          `pointed AS (
            INSERT INTO aegis_ref (lineage, n, kind, name)
            SELECT moved.id, it.n, it.kind, it.name
            FROM moved, unnest(${list(kept)}, ${param(
              kept.map(({ n }) => n),
              "integer[]"
            )}) AS it (kind, name, n)
            ON CONFLICT (lineage, kind, name) DO UPDATE SET n = excluded.n)`
        ])
  ]
}

/** Of those with one key the last: a statement may touch a row once. */
const distinct = <A>(all: ReadonlyArray<A>, keyOf: (each: A) => string): ReadonlyArray<A> => [
  ...new Map(all.map((each) => [keyOf(each), each])).values()
]
