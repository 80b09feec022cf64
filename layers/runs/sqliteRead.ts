/** Reading the run store on SQLite: which entries are asked for, and then those of them that are not known yet. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { StoreError } from "../../src/domain/StoreErrors.js"
import { genesis } from "../../src/runs/chain.js"
import { isPackedUuid, packName, unpackName } from "../../src/runs/packed.js"
import {
  type Entry,
  type Found,
  kinds,
  type Lineage,
  type LineageState,
  type Listed,
  type Query,
  type Ref,
  type RefKind,
  type RunStorage
} from "../../src/services/RunStorage.js"
import type { All, HotReader } from "../storage/HotReader.js"
import { newestFirst, rangesOf } from "./newestFirst.js"
import { epochOf, isNumber, span } from "./places.js"
import { selectLineage } from "./sqliteAppend.js"
import { type Columns, columns, entryOf } from "./sqliteColumns.js"
import type { Known, Standing } from "./sqliteKnown.js"

type Storage = RunStorage["Type"]

/** The least packed name that is no UUID's, and so the bound between the two ranges of ids. */
const bound = Buffer.alloc(17, 0xff)
const living = `lineage = ? AND kind = ${kinds.checkpoint} AND gone = 0`
const belongs = "lineage = ? AND kind = ? AND gone = 0"
/** A checkpoint that was put again counts in its newest revision. */
const newestRevision = `NOT EXISTS (SELECT 1 FROM entry AS later WHERE later.lineage = entry.lineage
  AND later.kind = ${kinds.checkpoint} AND later.gone = 0 AND later.id = entry.id AND later.place > entry.place)`

type Place = readonly [place: number]
type PlacedId = readonly [place: number, id: Uint8Array]
type LineageColumns = readonly [
  id: number,
  epoch: number,
  reborn: number,
  thread: Uint8Array,
  path: Uint8Array
]

/** A lineage with its name. */
type Named = Lineage & { readonly standing: Standing }

/** How often a reading begins anew because another process wrote in the middle of it. */
const attempts = 5
/** A number of rows as SQLite takes it, to whom a negative one means all of them. */
const toLimit = (limit: number): number => Math.min(Math.max(0, limit), Number.MAX_SAFE_INTEGER)

const nobody: Found = { epoch: 0, reborn: false, checkpoint: undefined, writes: [] }

/** What a statement read; its fault is thrown, and `reading` gives it back. */
const took = Either.getOrThrowWith((error: StoreError) => error)

export const makeRead = (
  reader: HotReader,
  namespace: string,
  space: number,
  known: Known
): Effect.Effect<
  Pick<
    Storage,
    | "find"
    | "recall"
    | "entries"
    | "belonging"
    | "list"
    | "log"
    | "lineages"
    | "chunks"
    | "named"
    | "names"
    | "refs"
  >,
  StoreError
> =>
  Effect.gen(function* () {
    const lineageRow = yield* reader.prepareGet<[id: number, epoch: number, reborn: number]>(selectLineage)
    const newest = yield* reader.prepareGet<PlacedId>(
      `SELECT place, id FROM entry WHERE ${living} AND id < ? ORDER BY id DESC, place DESC LIMIT 1`
    )
    const newestOfAll = yield* reader.prepareGet<PlacedId>(
      `SELECT place, id FROM entry WHERE ${living} ORDER BY id DESC, place DESC LIMIT 1`
    )
    const byId = yield* reader.prepareGet<Place>(
      `SELECT place FROM entry WHERE ${living} AND id = ? ORDER BY place DESC LIMIT 1`
    )
    const belonging = yield* reader.prepareAll<Place>(
      `SELECT place FROM entry WHERE ${belongs} AND id = ? ORDER BY place`
    )
    const belongingBetween = yield* reader.prepareAll<PlacedId>(
      `SELECT place, id FROM entry WHERE ${belongs} AND id >= ? AND id <= ? ORDER BY place`
    )
    const byPlace = yield* reader.prepareGet<Columns>(`SELECT ${columns} FROM entry WHERE place = ?`)
    const following = yield* reader.prepareAll<Columns>(
      `SELECT ${columns} FROM entry WHERE place > ? AND place < ? ORDER BY place LIMIT ?`
    )
    const last = yield* reader.prepareGet<[n: number, chain: Uint8Array]>(
      `SELECT place % ${span}, chain FROM entry WHERE place > ? AND place < ? ORDER BY place DESC LIMIT 1`
    )
    const bytesOf = yield* reader.prepareGet<[bytes: number]>(
      `SELECT coalesce(sum(coalesce(length(meta), 0) + coalesce(length(body), 0)), 0) FROM entry
        WHERE place > ? AND place < ?`
    )
    const chunkRow = yield* reader.prepareGet<[deflated: number, size: number, data: Uint8Array]>(
      "SELECT deflated, size, data FROM chunk WHERE space = ? AND hash = ?"
    )
    const namedRow = yield* reader.prepareGet<[thread: Uint8Array, path: Uint8Array, place: number]>(
      `SELECT thread, path, place FROM named JOIN lineage ON lineage.id = place / ${span}
        WHERE named.space = ? AND named.name = ?`
    )
    const refRows = yield* reader.prepareAll<[kind: RefKind, name: Uint8Array, n: number]>(
      "SELECT kind, name, n FROM ref WHERE lineage = ? ORDER BY kind, name"
    )
    const nameRows = yield* reader.prepareAll<[name: Uint8Array, n: number]>(
      `SELECT name, place % ${span} FROM named WHERE place > ? AND place < ? ORDER BY place, name`
    )
    const varying = <Row extends ReadonlyArray<unknown>>(sql: string): All<Row> =>
      took(reader.varying<Row>(sql))

    const attempted = <A>(read: () => A): Effect.Effect<A, StoreError> =>
      Effect.suspend(() => {
        try {
          return Effect.succeed(read())
        } catch (thrown) {
          if (thrown instanceof StoreError) return Effect.fail(thrown)
          throw thrown
        }
      })

    const asking = <A>(read: () => A): Effect.Effect<A, StoreError> =>
      attempted(() => {
        known.check(reader.writesOfOthers())
        return read()
      })

    /** For what takes several statements: all of them before, or all after what another process writes meanwhile. */
    const reading = <A>(read: () => A): Effect.Effect<A, StoreError> =>
      attempted(() => {
        let before = reader.writesOfOthers()
        for (let left = attempts; ; left -= 1) {
          known.check(before)
          const found = read()
          const after = reader.writesOfOthers()
          if (after === before || left === 0) return found
          before = after
        }
      })

    const standingOf = (lineage: Lineage): Standing | undefined => {
      const there = known.get(lineage)
      if (there !== undefined) return there
      const row = took(lineageRow(space, packName(lineage.thread), packName(lineage.path)))
      if (row === undefined) return undefined
      const [id, epoch, reborn] = row
      const standing = { id, epoch, reborn: reborn === 1, head: undefined, newest: undefined }
      known.set(lineage, standing)
      return standing
    }

    /** Reads from a lineage, or gives what one gives that has nothing. */
    const within =
      <A>(lineage: Lineage, none: A, read: (standing: Standing) => A): (() => A) =>
      () => {
        const standing = standingOf(lineage)
        return standing === undefined ? none : read(standing)
      }

    const entryAt = (place: number): Entry | undefined => {
      const there = known.entry(place)
      if (there !== undefined) return there
      const row = took(byPlace(place))
      if (row === undefined) return undefined
      const entry = entryOf(row)
      known.learn(place, entry)
      return entry
    }
    const entriesAt = (places: ReadonlyArray<Place | PlacedId>): ReadonlyArray<Entry> => {
      const found: Array<Entry> = []
      for (const [place] of places) {
        const entry = entryAt(place)
        if (entry !== undefined) found.push(entry)
      }
      return found
    }
    const writesOf = (lineage: number, id: string): ReadonlyArray<Entry> =>
      entriesAt(took(belonging(lineage, kinds.writes, packName(id))))

    /** The newest checkpoint by id as text: where ids are of two kinds, the newest of each. */
    const newestCheckpoint = (lineage: number): Entry | undefined => {
      const first = took(newestOfAll(lineage))
      if (first === undefined) return undefined
      if (isPackedUuid(first[1])) return entryAt(first[0])
      const uuid = took(newest(lineage, bound))
      return newestFirst(entriesAt(uuid === undefined ? [first] : [first, uuid]), undefined, 1)[0]
    }

    const foundIn = ({ epoch, id, reborn }: Standing, checkpoint: Entry | undefined): Found => ({
      epoch: epochOf({ epoch, id }),
      reborn,
      checkpoint,
      writes: checkpoint === undefined ? [] : writesOf(id, checkpoint.id)
    })

    const recall = (lineage: Lineage, id?: string): Found | undefined => {
      known.check(reader.writesOfOthers())
      const there = known.get(lineage)?.newest
      return id === undefined || id === there?.checkpoint?.id ? there : undefined
    }

    const find = (lineage: Lineage, id: string | undefined): Found => {
      const standing = standingOf(lineage)
      if (standing === undefined) return nobody
      if (id !== undefined) {
        const place = took(byId(standing.id, packName(id)))
        return foundIn(standing, place && entryAt(place[0]))
      }
      const found = foundIn(standing, newestCheckpoint(standing.id))
      known.set(lineage, { ...standing, newest: found })
      return found
    }

    /** The entries of writes by the checkpoint that they belong to. */
    const writesBetween = (
      lineage: number,
      listed: ReadonlyArray<Entry>
    ): ReadonlyMap<string, ReadonlyArray<Entry>> => {
      const ids = listed.map(({ id }) => packName(id)).sort((one, other) => Buffer.compare(one, other))
      const rows = took(belongingBetween(lineage, kinds.writes, ids[0], ids.at(-1)))
      const found = new Map<string, Array<Entry>>()
      for (const entry of entriesAt(rows)) {
        const those = found.get(entry.id)
        if (those === undefined) found.set(entry.id, [entry])
        else those.push(entry)
      }
      return found
    }

    const checkpoints = ({ path, standing, thread }: Named, query: Query): ReadonlyArray<Listed> => {
      const { before, holds, id, limit } = query
      const first = took(newestOfAll(standing.id))
      if (first === undefined) return []
      const found: Array<Entry> = []
      const ranges = rangesOf(before, limit, !isPackedUuid(first[1]))
      for (const range of ranges) {
        const conditions = [living, newestRevision, range.uuids ? "id < ?" : "id >= ?"]
        const params: Array<unknown> = [standing.id, bound]
        if (range.below !== undefined) {
          conditions.push("id < ?")
          params.push(range.below)
        }
        if (id !== undefined) {
          conditions.push("id = ?")
          params.push(packName(id))
        }
        for (const bytes of holds) {
          conditions.push("instr(meta, ?) > 0")
          params.push(bytes)
        }
        const select = varying<Place>(
          `SELECT place FROM entry WHERE ${conditions.join(" AND ")} ORDER BY id DESC, place DESC LIMIT ?`
        )
        for (const entry of entriesAt(took(select(...params, toLimit(range.limit))))) found.push(entry)
      }
      // in one range, with its bound, rows come as they are to be
      const isSorted = ranges.length === 1 && (before === undefined || ranges[0]?.below !== undefined)
      const listed = isSorted ? found : newestFirst(found, before, limit)
      // those that were asked for by what they hold lie far apart
      const between = holds.length === 0 && listed.length > 1 ? writesBetween(standing.id, listed) : undefined
      return listed.map((entry) => ({
        lineage: { thread, path },
        epoch: epochOf(standing),
        entry,
        writes: between === undefined ? writesOf(standing.id, entry.id) : (between.get(entry.id) ?? [])
      }))
    }

    const lineages = (thread: string | undefined, path: string | undefined): ReadonlyArray<Named> => {
      const names = [
        ["thread", thread],
        ["path", path]
      ].flatMap(([column, name]) => (name === undefined ? [] : [[column, packName(name)] as const]))
      const query = varying<LineageColumns>(
        `SELECT id, epoch, reborn, thread, path FROM lineage
            WHERE ${["space = ?", ...names.map(([column]) => `${column} = ?`)].join(" AND ")} ORDER BY id`
      )
      return took(query(space, ...names.map(([, name]) => name))).map(
        ([id, epoch, reborn, packedThread, packedPath]) => ({
          thread: unpackName(packedThread),
          path: unpackName(packedPath),
          standing: { id, epoch, reborn: reborn === 1, head: undefined, newest: undefined }
        })
      )
    }

    /** The lineages that a query is about; one that is named in full may be known. */
    const asked = ({ path, thread }: Query): ReadonlyArray<Named> => {
      if (thread === undefined || path === undefined) return lineages(thread, path)
      const standing = standingOf({ thread, path })
      return standing === undefined ? [] : [{ thread, path, standing }]
    }

    const stateOf = ({ path, standing, thread }: Named): LineageState => {
      const [from, to] = [standing.id * span, (standing.id + 1) * span]
      const head = took(last(from, to))
      const [bytes] = took(bytesOf(from, to)) ?? [0]
      return {
        thread,
        path,
        epoch: epochOf(standing),
        bytes,
        ...(head === undefined ? genesis(namespace, thread, path) : { n: head[0], chain: head[1] })
      }
    }

    return {
      find: (lineage, id) =>
        Effect.suspend(() => {
          const found = recall(lineage, id)
          return found === undefined ? reading(() => find(lineage, id)) : Effect.succeed(found)
        }),
      recall,
      entries: (lineage, numbers) =>
        reading(
          within<ReadonlyArray<Entry>>(lineage, [], ({ id }) =>
            entriesAt([...new Set(numbers)].filter(isNumber).map((n) => [id * span + n]))
          )
        ),
      belonging: (lineage, kind, id) =>
        reading(
          within<ReadonlyArray<Entry>>(lineage, [], (standing) =>
            entriesAt(took(belonging(standing.id, kind, packName(id))))
          )
        ),
      list: (query) =>
        query.limit <= 0
          ? Effect.succeed([])
          : reading(() => {
              const [one, ...others] = asked(query).map((lineage) => checkpoints(lineage, query))
              if (others.length === 0) return one ?? []
              const all = [one ?? [], ...others].flat().map((listed) => ({ ...listed, id: listed.entry.id }))
              return newestFirst(all, query.before, query.limit)
            }),
      log: (lineage, after, limit) =>
        asking(
          within<ReadonlyArray<Entry>>(lineage, [], ({ id }) =>
            took(following(id * span + Math.max(0, after), (id + 1) * span, toLimit(limit))).map((row) =>
              entryOf(row)
            )
          )
        ),
      lineages: (thread) => asking(() => lineages(thread, undefined).map(stateOf)),
      chunks: (hashes) =>
        asking(() =>
          hashes.map((hash) => {
            const row = took(chunkRow(space, hash))
            return row && { hash: Buffer.from(hash), deflated: row[0] === 1, size: row[1], data: row[2] }
          })
        ),
      named: (name) =>
        asking(() => {
          const row = took(namedRow(space, packName(name)))
          return row === undefined
            ? Option.none()
            : Option.some({
                lineage: { thread: unpackName(row[0]), path: unpackName(row[1]) },
                n: row[2] % span
              })
        }),
      refs: (lineage) =>
        asking(
          within<ReadonlyArray<Ref>>(lineage, [], ({ id }) =>
            took(refRows(id)).map(([kind, name, n]) => ({ kind, name: unpackName(name), n }))
          )
        ),
      names: (lineage) =>
        asking(
          within<ReadonlyArray<{ readonly name: string; readonly n: number }>>(lineage, [], ({ id }) =>
            took(nameRows(id * span, (id + 1) * span)).map(([name, n]) => ({ name: unpackName(name), n }))
          )
        )
    }
  })
