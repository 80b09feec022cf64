/**
 * Finding a checkpoint by what a person types for it, the first of these that there is:
 *
 * - an id, or the first four or more of its digits;
 * - a tag, a branch (its tip), a name (its newest revision), or `name@2`;
 * - one of these behind `thread:`; `thread:main` is the newest checkpoint of a run of LangGraph, which names no branches.
 *
 * A word that looks like an id is one first, but not behind a thread: so a tag that looks like an id can be named.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Checkpoint } from "../../domain/Checkpoint.js"
import { nearest } from "../../domain/nearest.js"
import { NameAmbiguous, RunNotFound } from "../../domain/RunErrors.js"
import { kinds, type Lineage, type Ref, type RefKind } from "../../runs/entry.js"
import type { Snapshot } from "../../runs/snapshot.js"
import { type ReadError, RunLog } from "../RunLog.js"
import { type Listed, RunStorage } from "../RunStorage.js"
import { atNumber } from "./locate.js"
import { type NativeNotes, nativeNotes } from "./native.js"
import { readCheckpoint } from "./read.js"
import { defaultBranch } from "./save.js"

export type NameError = ReadError | RunNotFound | NameAmbiguous

export interface NameOptions {
  /** The run to look in. Default: all of the namespace. */
  readonly thread?: string | undefined
  /** Only what is named in one of these ways. Default: in any, or by an id. */
  readonly only?: ReadonlyArray<RefKind> | undefined
}

/** The first digits of a UUID, with its dashes in their places or left out. */
const idPrefix = /^[0-9a-f]{4,8}(-?[0-9a-f]{0,4}){3}(-?[0-9a-f]{0,12})$/i
const digits = 32
const fewestDigits = 4
/** Candidates that a message lists. */
const shown = 8
/** Checkpoints asked for at a time. */
const page = 20
/** Threads asked at a time. */
const concurrency = 8

const uuidOf = (hex: string): string =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")

/** The least id that is greater than all with this prefix; none behind the last one. */
const above = (hex: string): string | undefined => {
  const next = (BigInt(`0x${hex}`) + 1n).toString(16).padStart(hex.length, "0")
  return next.length > hex.length ? undefined : uuidOf(next.padEnd(digits, "0"))
}

/** A checkpoint that a name may stand for, and what to type for it alone. */
interface Candidate {
  readonly lineage: Lineage
  readonly n: number
  readonly name: string
}

interface Looked {
  readonly found: ReadonlyArray<Candidate>
  /** All that were looked through, for a suggestion. */
  readonly names: ReadonlyArray<string>
}

export const findCheckpoint: (
  ref: string,
  options?: NameOptions
) => Effect.Effect<Snapshot, NameError, RunLog | RunStorage> = Effect.fn("findCheckpoint")(function* (
  ref: string,
  { only: asked, thread }: NameOptions = {}
) {
  const log = yield* RunLog
  const storage = yield* RunStorage

  /** Checkpoints whose ids begin so, each with its lineage. */
  const byPrefix = Effect.fnUntraced(function* (prefix: string) {
    const hex = prefix.replaceAll("-", "")
    if (hex.length === digits) {
      return yield* storage.list({ thread, id: uuidOf(hex), holds: [], limit: shown + 1 })
    }
    const begins = (id: string): boolean => (prefix === hex ? id.replaceAll("-", "") : id).startsWith(prefix)
    const found: Array<Listed> = []
    const least = uuidOf(hex.padEnd(digits, "0"))
    for (let before = above(hex); found.length <= shown;) {
      const listed: ReadonlyArray<Listed> = yield* storage.list({ thread, before, holds: [], limit: page })
      found.push(...listed.filter(({ entry }) => begins(entry.id)))
      const last = listed.at(-1)
      if (listed.length < page || last === undefined || last.entry.id < least) break
      before = last.entry.id
    }
    return found
  })

  const snapshotOf = ({ entry, epoch, lineage }: Listed): Effect.Effect<Snapshot, ReadError> =>
    log.snapshot(lineage, epoch, entry)

  /** The revision of a name, from its newest one backwards. */
  const revisionOf = Effect.fnUntraced(function* (lineage: Lineage, newest: number, revision: number) {
    for (let n: number | undefined = newest; n !== undefined;) {
      const snapshot: Option.Option<Snapshot> = yield* atNumber(log, storage, lineage, n).pipe(
        Effect.asSome,
        Effect.catchTag("RunNotFound", () => Effect.succeedNone)
      )
      const notes: Option.Option<NativeNotes> = Option.flatMap(snapshot, (each) => nativeNotes(each.notes))
      if (Option.isNone(notes) || notes.value.revision < revision) return undefined
      if (notes.value.revision === revision) return n
      n = notes.value.before
    }
    return undefined
  })

  const lineagesOf = (name: string | undefined): Effect.Effect<ReadonlyArray<Lineage>, ReadError> =>
    Effect.map(storage.lineages(name), (all) => all.map(({ path, thread: own }) => ({ path, thread: own })))

  /** What a name stands for in these lineages. `single` when the thread was named. */
  const look = Effect.fnUntraced(function* (
    lineages: ReadonlyArray<Lineage>,
    name: string,
    single: boolean
  ): Effect.fn.Return<Looked, ReadError> {
    const refs = yield* Effect.forEach(
      lineages,
      (lineage) => Effect.map(storage.refs(lineage), (all) => all.map((each) => ({ lineage, ref: each }))),
      { concurrency }
    ).pipe(Effect.map((all) => all.flat()))
    const names = refs.map((each) => each.ref.name)
    const of = (kind: RefKind, wanted: string): ReadonlyArray<{ lineage: Lineage; ref: Ref }> =>
      refs.filter((each) => each.ref.kind === kind && each.ref.name === wanted)
    const candidate = (lineage: Lineage, n: number): Candidate => ({
      lineage,
      n,
      name: `${lineage.thread}:${name}`
    })
    for (const kind of asked ?? (["tag", "branch", "name"] as const)) {
      const found = of(kind, name)
      if (found.length > 0) return { names, found: found.map((each) => candidate(each.lineage, each.ref.n)) }
    }
    const [, base, revision] = /^(.+)@(\d{1,9})$/s.exec(name) ?? []
    if (asked === undefined && base !== undefined && revision !== undefined) {
      const found: Array<Candidate> = []
      for (const each of of("name", base)) {
        const n = yield* revisionOf(each.lineage, each.ref.n, Number(revision))
        if (n !== undefined) found.push(candidate(each.lineage, n))
      }
      if (found.length > 0) return { names, found }
    }
    const graph = single && name === defaultBranch ? lineages.find(({ path }) => path === "") : undefined
    const tip = graph && (yield* storage.find(graph)).checkpoint
    return { names, found: graph === undefined || tip === undefined ? [] : [candidate(graph, tip.n)] }
  })

  /** The one that was meant, if there is one. */
  const only = Effect.fnUntraced(function* (
    found: ReadonlyArray<Candidate>
  ): Effect.fn.Return<Snapshot | undefined, NameError> {
    const [first] = found
    if (first === undefined) return undefined
    if (found.length === 1) return yield* atNumber(log, storage, first.lineage, first.n)
    const distinct = new Set(found.map(({ name }) => name)).size === found.length
    const some = found.slice(0, shown)
    const candidates = distinct
      ? some.map(({ name }) => name)
      : yield* Effect.forEach(some, ({ lineage, n }) =>
          Effect.map(storage.entries(lineage, [n]), ([entry]) => entry?.id ?? "")
        )
    return yield* ambiguous(ref, candidates, found.length)
  })

  const missing = (near: string | undefined): RunNotFound =>
    new RunNotFound({ kind: "checkpoint", name: ref, ...(near === undefined ? {} : { near }) })

  if (asked === undefined && isIdPrefix(ref)) {
    const found = yield* byPrefix(ref.toLowerCase())
    const [first] = found
    if (first !== undefined) {
      if (found.length === 1) return yield* snapshotOf(first)
      const same = found.every(({ entry }) => entry.id === first.entry.id)
      const candidates = found.map(({ entry, lineage }) =>
        same ? `${entry.id} of thread ${lineage.thread}` : entry.id
      )
      return yield* ambiguous(ref, candidates.slice(0, shown), found.length)
    }
  }
  const here = yield* lineagesOf(thread)
  if (thread !== undefined && here.length === 0) {
    return yield* new RunNotFound({ kind: "thread", name: thread })
  }
  const looked = yield* look(here, ref, thread !== undefined)
  const found = yield* only(looked.found)
  if (found !== undefined) return found
  let { names } = looked
  if (thread === undefined) {
    for (let colon = ref.indexOf(":"); colon !== -1; colon = ref.indexOf(":", colon + 1)) {
      const [own, name] = [ref.slice(0, colon), ref.slice(colon + 1)]
      const lineages = yield* lineagesOf(own)
      if (lineages.length === 0) continue
      const within = yield* look(lineages, name, true)
      const inside = yield* only(within.found)
      if (inside !== undefined) return inside
      if (asked === undefined && isIdPrefix(name)) return yield* findCheckpoint(name, { thread: own })
      names = within.names.map((each) => `${own}:${each}`)
    }
  }
  if (asked !== undefined) return yield* missing(nearest(ref, names))
  // LangGraph lets its user choose ids that are no UUIDs
  const [other] = yield* storage.list({ thread, id: ref, holds: [], limit: 1 })
  if (other !== undefined && other.entry.kind === kinds.checkpoint) return yield* snapshotOf(other)
  return yield* missing(nearest(ref, names))
})

const isIdPrefix = (ref: string): boolean =>
  idPrefix.test(ref) && ref.replaceAll("-", "").length >= fewestDigits

const ambiguous = (name: string, candidates: ReadonlyArray<string>, all: number): NameAmbiguous =>
  new NameAmbiguous({ name, candidates: all > candidates.length ? [...candidates, "…"] : candidates })

/** The checkpoint that a person means, read whole. */
export const namedCheckpoint = (
  ref: string,
  options?: NameOptions
): Effect.Effect<Checkpoint, NameError, RunLog | RunStorage> =>
  Effect.gen(function* () {
    const snapshot = yield* findCheckpoint(ref, options)
    return yield* readCheckpoint(yield* RunLog, yield* RunStorage, snapshot)
  })
