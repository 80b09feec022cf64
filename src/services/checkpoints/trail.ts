/** The log of a run as people read it: what happened, to which checkpoint, and when. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { LogEntry } from "../../domain/LogEntry.js"
import { type Entry, kinds, type Lineage } from "../../runs/entry.js"
import { readEntry } from "../../runs/snapshot.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import type { RunStorage } from "../RunStorage.js"
import { nativePath } from "./native.js"

const names = Object.keys(kinds) as ReadonlyArray<keyof typeof kinds> // exactly the record's keys

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** The name and the branch that an entry speaks of. */
const factsOf = (entry: Entry): { readonly name?: string; readonly branch?: string } => {
  const header = readEntry(entry)?.header
  if (typeof header !== "object" || header === null) return {}
  const facts: unknown = Reflect.get(header, "f") ?? header
  if (typeof facts !== "object" || facts === null) return {}
  const name = textOf(Reflect.get(facts, "name"))
  const branch = textOf(Reflect.get(facts, "branch"))
  return { ...(name === undefined ? {} : { name }), ...(branch === undefined ? {} : { branch }) }
}

export const toLogEntry = ({ path, thread }: Lineage, entry: Entry): LogEntry => ({
  thread,
  path: path === nativePath ? "" : path,
  n: entry.n,
  kind: names.find((name) => kinds[name] === entry.kind) ?? "note",
  id: entry.id,
  ...(entry.parent === undefined ? {} : { parentId: entry.parent }),
  at: new Date(entry.at).toISOString(),
  gone: entry.gone,
  ...factsOf(entry),
  digest: Buffer.from(entry.digest).toString("hex")
})

/** Entries read at a time. */
const page = 200

/** All entries of a lineage, in order. */
export const entriesOf = (storage: RunStorage["Type"], lineage: Lineage): Stream.Stream<Entry, StoreError> =>
  Stream.paginateChunkEffect(0, (after) =>
    Effect.map(storage.log(lineage, after, page), (entries) => [
      Chunk.fromIterable(entries),
      entries.length < page ? Option.none() : Option.map(Option.fromNullable(entries.at(-1)), ({ n }) => n)
    ])
  )

export const trail = (storage: RunStorage["Type"], thread: string): Stream.Stream<LogEntry, StoreError> =>
  Stream.flatMap(Stream.fromIterableEffect(storage.lineages(thread)), (lineage) =>
    Stream.map(entriesOf(storage, lineage), (entry) => toLogEntry(lineage, entry))
  )
