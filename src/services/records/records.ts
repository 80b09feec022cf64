/**
 * What belongs to a checkpoint and is an entry of its own: artifacts, tool calls, nodes that came later. An entry holds the
 * record as canonical JSON, its long texts in pages like every other value.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { uuidOf } from "../../domain/Hash.js"
import type { CanonicalError } from "../../domain/PromptErrors.js"
import { RunDamaged, type RunNotFound, type ThreadDeleted } from "../../domain/RunErrors.js"
import { canonicalJson } from "../../prompt/canonical.js"
import { sha256 } from "../../prompt/digest.js"
import { encodeBody, type Part } from "../../runs/body.js"
import type { Chunk } from "../../runs/chunk.js"
import type { Draft, Entry, Kind } from "../../runs/entry.js"
import { copyOf } from "../../runs/revive.js"
import { store } from "../../runs/segment.js"
import { readEntry, type Snapshot } from "../../runs/snapshot.js"
import { locateOrFail } from "../checkpoints/locate.js"
import type { ReadError, RunLog } from "../RunLog.js"
import type { RunStorage } from "../RunStorage.js"

export type RecordError = ReadError | CanonicalError | RunNotFound | ThreadDeleted

/** One kind of record: its schema, and what its entries and ids are called. */
export interface RecordKind<A extends { readonly id: string }, I> {
  readonly kind: Kind
  readonly name: string
  readonly schema: Schema.Schema<A, I>
  /** The part of an entry that holds the record with this id. */
  readonly part: (id: string) => string
}

export interface Records<A> {
  /** Adds a record to a checkpoint. `make` gets its id and the time. */
  readonly add: (
    checkpointId: string,
    content: unknown,
    make: (id: string, createdAt: string) => A
  ) => Effect.Effect<A, RecordError>
  /** The entry of a record that has its id, for whoever appends several together. */
  readonly draft: (checkpoint: Snapshot, record: A, at: number) => Effect.Effect<Draft, CanonicalError>
  /** Adds a record that has its id. */
  readonly put: (checkpointId: string, record: A) => Effect.Effect<A, RecordError>
  readonly list: (checkpointId: string) => Effect.Effect<ReadonlyArray<A>, ReadError | RunNotFound>
  readonly load: (id: string) => Effect.Effect<Option.Option<A>, ReadError>
}

const noMeta = Buffer.from("{}")

export const make = <A extends { readonly id: string }, I>(
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  { kind, name, part, schema }: RecordKind<A, I>
): Records<A> => {
  const decode = Schema.decodeUnknownEither(schema)
  const encode = Schema.encode(schema)

  const damaged = (entry: Entry): RunDamaged =>
    new RunDamaged({ what: `the ${name} in entry ${entry.n} of checkpoint ${entry.id}` })

  /** What an entry holds is lost, but its name is kept beside it. */
  const nameDamaged = ({ id, lineage }: Snapshot, { n }: Entry): Effect.Effect<never, ReadError> =>
    Effect.flatMap(storage.names(lineage), (names) => {
      const named = names.find((each) => each.n === n)
      return new RunDamaged({
        what: `the ${name}${named === undefined ? "" : ` ${named.name}`} in entry ${n} of checkpoint ${id}`
      })
    })

  const read = (entry: Entry): Effect.Effect<A, ReadError> =>
    Effect.gen(function* () {
      const [found] = readEntry(entry)?.parts.values() ?? []
      if (found === undefined) return yield* damaged(entry)
      const [value] = yield* log.parts([found])
      if (value === undefined || value.encoding === 2) return yield* damaged(entry)
      return yield* Either.mapLeft(decode(copyOf(value.tree)), () => damaged(entry))
    })

  const draft = (checkpoint: Snapshot, record: A, at: number): Effect.Effect<Draft, CanonicalError> =>
    Effect.gen(function* () {
      const text = yield* canonicalJson(yield* Effect.orDie(encode(record)))
      const { chunks, segment }: { chunks: ReadonlyArray<Chunk>; segment: Part["segment"] } = store({
        shape: "text",
        text
      })
      return {
        kind,
        id: checkpoint.id,
        parent: undefined,
        at,
        meta: noMeta,
        body: encodeBody("{}", new Map([[part(record.id), { encoding: 0, segment }]])),
        chunks,
        names: [record.id]
      }
    })

  const write = (checkpoint: Snapshot, record: A, at: number): Effect.Effect<A, RecordError> =>
    Effect.flatMap(draft(checkpoint, record, at), (entry) =>
      Effect.as(storage.append(checkpoint.lineage, [entry]), record)
    )

  /** Ids of records that are being written: nobody else takes them. */
  const reserved = new Set<string>()

  /** The first ordinal whose id is free, as far as all before it are taken. */
  const firstFree = (idAt: (ordinal: number) => string): Effect.Effect<number, ReadError> =>
    Effect.gen(function* () {
      const isTaken = (ordinal: number): Effect.Effect<boolean, ReadError> =>
        Effect.map(storage.named(idAt(ordinal)), Option.isSome)
      if (!(yield* isTaken(0))) return 0
      let free = 1
      while (yield* isTaken(free)) free *= 2
      for (let taken = free >> 1; free - taken > 1;) {
        const middle = (free + taken) >> 1
        if (yield* isTaken(middle)) taken = middle
        else free = middle
      }
      return free
    })

  /** Uses the first id that nobody has. */
  const withId = <B>(
    idAt: (ordinal: number) => string,
    use: (id: string) => Effect.Effect<B, RecordError>,
    ordinal: number
  ): Effect.Effect<B, RecordError> =>
    Effect.suspend(() => {
      const id = idAt(ordinal)
      const next = (): Effect.Effect<B, RecordError> => withId(idAt, use, ordinal + 1)
      if (reserved.has(id)) return next()
      reserved.add(id)
      return Effect.flatMap(storage.named(id), (named) =>
        Option.isSome(named) ? Effect.succeedNone : Effect.asSome(use(id))
      ).pipe(
        Effect.ensuring(Effect.sync(() => reserved.delete(id))),
        Effect.flatMap(Option.match({ onNone: next, onSome: (made) => Effect.succeed(made) }))
      )
    })

  const ofCheckpoint = ({ id, lineage }: Snapshot): Effect.Effect<ReadonlyArray<Entry>, ReadError> =>
    storage.belonging(lineage, kind, id)

  return {
    draft,
    add: (checkpointId, content, makeRecord) =>
      Effect.gen(function* () {
        const checkpoint = yield* locateOrFail(log, storage, checkpointId)
        const at = yield* Clock.currentTimeMillis
        const digest = sha256(yield* canonicalJson(content))
        // the same content twice is two records: the second is told from the first by its ordinal
        const idAt = (ordinal: number): string => uuidOf(name, `${checkpoint.id}\n${digest}\n${ordinal}`)
        return yield* withId(
          idAt,
          (id) => write(checkpoint, makeRecord(id, new Date(at).toISOString()), at),
          yield* firstFree(idAt)
        )
      }),
    put: (checkpointId, record) =>
      Effect.gen(function* () {
        const checkpoint = yield* locateOrFail(log, storage, checkpointId)
        return yield* write(checkpoint, record, yield* Clock.currentTimeMillis)
      }),
    list: (checkpointId) =>
      Effect.gen(function* () {
        const checkpoint = yield* locateOrFail(log, storage, checkpointId)
        return yield* Effect.forEach(yield* ofCheckpoint(checkpoint), (entry) =>
          Effect.catchTag(read(entry), "RunDamaged", () => nameDamaged(checkpoint, entry))
        )
      }),
    load: (id) =>
      Effect.gen(function* () {
        const place = yield* storage.named(id)
        if (Option.isNone(place)) return Option.none()
        const [entry] = yield* storage.entries(place.value.lineage, [place.value.n])
        if (entry === undefined || entry.kind !== kind || entry.gone) return Option.none()
        return Option.some(yield* read(entry))
      })
  }
}
