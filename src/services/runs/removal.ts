/**
 * Removing checkpoints from a lineage, in steps that others can write between. What a step takes away is needed by nothing
 * that stays: whenever it stops, what is left is whole.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { LineageMoved, RunDamaged, ThreadDeleted } from "../../domain/RunErrors.js"
import { LineageMoved as Moved } from "../../domain/RunErrors.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import { kinds, type Lineage } from "../../runs/entry.js"
import { toRanges } from "../../runs/ranges.js"
import { readEntry } from "../../runs/snapshot.js"
import { hashOf } from "../../runs/uses.js"
import { event } from "../checkpoints/refs.js"
import type { Held, RunStorage } from "../RunStorage.js"
import { ancestryNote } from "./ancestry.js"
import { breathe } from "./breathe.js"
import { type Ancestry, Keeping } from "./Keeping.js"
import { type Fact, Ledger } from "./Ledger.js"
import { type Choose, living } from "./policy.js"

export type RemovalError = StoreError | RunDamaged | LineageMoved

/** Why it is removed, for the log. */
export type Reason = Readonly<Record<string, unknown>>

export interface Removed {
  checkpoints: number
  entries: number
  chunks: number
  bytes: number
  readonly remaining: { checkpoints: number; entries: number; bytes: number }
}

/** Entries in one transaction: a few milliseconds. */
const step = 100
/** Checkpoints of which is read at a time what they need: some milliseconds too. */
const readStep = 25
/** How often all is decided anew because others removed something too. */
const attempts = 20

/** Chunks that a dry run would let go of, and how many lineages have done so: the last one frees them. */
export class Released {
  readonly #released = new Map<string, number>()

  /** Whether a chunk is freed now. */
  isFreed(key: string, { lineages }: Held): boolean {
    const count = (this.#released.get(key) ?? 0) + 1
    this.#released.set(key, count)
    return count >= lineages
  }
}

interface Plan {
  readonly epoch: number
  readonly ledger: Ledger
  readonly keeping: Keeping
  readonly staying: Set<number>
  /** Entries that go or are emptied, newest first: what refers to others goes before them. */
  readonly going: ReadonlyArray<Fact>
  /** Checkpoints whose ancestors will be found by their numbers alone. */
  readonly notes: ReadonlyArray<readonly [id: string, ancestry: Ancestry]>
}

/** What happened to the run stays known, whichever checkpoint it was about. */
const isRecord = ({ id, kind }: Fact): boolean =>
  kind === kinds.branch || kind === kinds.tag || kind === kinds.prune || (kind === kinds.note && id === "")

const planOf = (
  storage: RunStorage["Type"],
  lineage: Lineage,
  choose: Choose
): Effect.Effect<Plan, StoreError | RunDamaged> =>
  Effect.gen(function* () {
    const { epoch } = yield* storage.find(lineage, "")
    const ledger = new Ledger(storage, lineage)
    yield* ledger.read
    // of a long run each of these takes milliseconds
    yield* breathe
    const chosen = yield* choose(ledger, yield* storage.refs(lineage))
    yield* breathe
    const checkpoints = living(ledger).flat()
    const staying = new Set(checkpoints.filter(({ n }) => !chosen.has(n)).map(({ n }) => n))
    const keeping = new Keeping(ledger, staying)
    const notes: Array<readonly [string, Ancestry]> = []
    yield* breathe
    for (const [at, fact] of checkpoints.filter(({ n }) => staying.has(n)).entries()) {
      const ancestry = yield* keeping.keep(fact)
      if (ancestry.length > 0) notes.push([fact.id, ancestry])
      if (at % readStep === readStep - 1) yield* breathe
    }
    yield* breathe
    const isStaying = (fact: Fact): boolean => {
      if (isRecord(fact)) return true
      if (fact.gone) return false
      if (fact.kind === kinds.checkpoint) return staying.has(fact.n)
      if (fact.kind === kinds.writes && keeping.withWrites.has(fact.id)) return true
      const owner = ledger.checkpoints.get(fact.id)
      // writes may come before their checkpoint
      return owner === undefined ? fact.kind !== kinds.note : owner.some(({ n }) => staying.has(n))
    }
    const going = ledger.facts
      .filter((fact) => !isStaying(fact))
      .filter(({ bytes, gone, n }) => !gone || (bytes !== undefined && !keeping.needed.has(n)))
      .reverse()
    return { epoch, ledger, keeping, staying, going, notes }
  })

/** What a plan comes to when nobody interferes. */
const foresee = (
  storage: RunStorage["Type"],
  { going, keeping, ledger, staying }: Plan,
  released: Released
): Effect.Effect<Removed, StoreError> =>
  Effect.gen(function* () {
    const removed = nothing()
    removed.remaining.checkpoints = staying.size
    removed.remaining.entries = ledger.facts.filter(({ gone }) => !gone).length
    removed.remaining.bytes = ledger.facts.reduce((sum, { bytes = 0 }) => sum + bytes, 0)
    for (let from = 0; from < going.length; from += step) {
      const facts = going.slice(from, from + step)
      const emptied = facts.filter(({ bytes, n }) => bytes !== undefined && !keeping.needed.has(n))
      const keys = ledger.uses.drop(emptied.flatMap(({ uses }) => uses))
      const costs = yield* storage.held(keys.map(hashOf))
      for (const [at, key] of keys.entries()) {
        const cost = costs[at]
        if (cost === undefined || !released.isFreed(key, cost)) continue
        removed.chunks += 1
        removed.bytes += cost.bytes
      }
      const payloads = emptied.reduce((sum, { bytes = 0 }) => sum + bytes, 0)
      const fresh = facts.filter(({ gone }) => !gone)
      removed.checkpoints += fresh.filter(({ kind }) => kind === kinds.checkpoint).length
      removed.entries += fresh.length
      removed.bytes += payloads
      removed.remaining.entries -= fresh.length
      removed.remaining.bytes -= payloads
      yield* breathe
    }
    return removed
  })

export const nothing = (): Removed => ({
  checkpoints: 0,
  entries: 0,
  chunks: 0,
  bytes: 0,
  remaining: { checkpoints: 0, entries: 0, bytes: 0 }
})

/** Adds what was removed elsewhere. */
export const add = (sum: Removed, more: Removed): void => {
  sum.checkpoints += more.checkpoints
  sum.entries += more.entries
  sum.chunks += more.chunks
  sum.bytes += more.bytes
  sum.remaining.checkpoints += more.remaining.checkpoints
  sum.remaining.entries += more.remaining.entries
  sum.remaining.bytes += more.remaining.bytes
}

/** Says in the log where ancestors are, unless it is said there already. */
const writeNotes = (
  storage: RunStorage["Type"],
  { epoch, ledger }: Plan,
  notes: Plan["notes"]
): Effect.Effect<void, RemovalError> =>
  Effect.gen(function* () {
    const at = yield* Clock.currentTimeMillis
    for (const [id, ancestry] of notes) {
      const draft = ancestryNote(id, at, ancestry)
      const said = (yield* storage.belonging(ledger.lineage, kinds.note, id)).at(-1)
      const isSaid =
        said !== undefined && JSON.stringify(readEntry(said)?.header) === JSON.stringify({ ancestry })
      if (!isSaid) yield* asMoved(storage.append(ledger.lineage, [draft], epoch))
    }
  })

/** A thread that was deleted meanwhile has nothing left to remove: the next plan finds that out. */
const asMoved = <A>(
  self: Effect.Effect<A, StoreError | LineageMoved | ThreadDeleted>
): Effect.Effect<A, StoreError | LineageMoved> =>
  Effect.catchTag(self, "ThreadDeleted", ({ thread }) => new Moved({ thread }))

/** Carries a plan out, as far as it gets; what it removed is added to `removed`. */
const carryOut = (
  storage: RunStorage["Type"],
  plan: Plan,
  reason: Reason,
  removed: Removed
): Effect.Effect<void, RemovalError> =>
  Effect.gen(function* () {
    const { going, keeping, ledger, staying } = plan
    const { lineage } = ledger
    let { epoch } = plan
    removed.remaining.checkpoints = staying.size
    removed.remaining.entries = ledger.facts.filter(({ gone }) => !gone).length
    removed.remaining.bytes = ledger.facts.reduce((sum, { bytes = 0 }) => sum + bytes, 0)

    /** What others appended meanwhile may need what was to go. */
    const catchUp: Effect.Effect<void, RemovalError> = Effect.gen(function* () {
      for (let fresh = yield* ledger.read; fresh.length > 0; fresh = yield* ledger.read) {
        for (const fact of fresh) {
          // a name may point to what was to go
          if (fact.kind === kinds.branch || fact.kind === kinds.tag) return yield* new Moved(lineage)
          removed.remaining.entries += 1
          removed.remaining.bytes += fact.bytes ?? 0
          if (fact.kind !== kinds.checkpoint) continue
          removed.remaining.checkpoints += 1
          staying.add(fact.n)
          const ancestry = yield* keeping.keep(fact)
          if (ancestry.length > 0) yield* writeNotes(storage, { ...plan, epoch }, [[fact.id, ancestry]])
        }
      }
    })

    if (going.length > 0) yield* writeNotes(storage, plan, plan.notes)
    const superseded = new Set<number>()
    for (let from = 0; from < going.length; from += step) {
      yield* catchUp
      const facts = going.slice(from, from + step)
      const emptied = facts.filter(({ bytes, n }) => bytes !== undefined && !keeping.needed.has(n))
      const gone = facts.filter((fact) => !fact.gone && !superseded.has(fact.n))
      // with the newest revision of a checkpoint the others go too: none of them shall take its place
      for (const { id, kind, n } of facts) {
        if (kind !== kinds.checkpoint) continue
        for (const other of ledger.checkpoints.get(id) ?? []) {
          if (other.n >= n || other.gone || staying.has(other.n) || superseded.has(other.n)) continue
          superseded.add(other.n)
          if (!facts.includes(other)) gone.push(other)
        }
      }
      const chunks = ledger.uses.drop(emptied.flatMap(({ uses }) => uses)).map(hashOf)
      const numbers = (list: ReadonlyArray<Fact>): ReadonlyArray<number> =>
        list.map(({ n }) => n).sort((one, other) => one - other)
      const [goneNumbers, emptyNumbers] = [numbers(gone), numbers(emptied)]
      const draft = event(kinds.prune, "", yield* Clock.currentTimeMillis, {
        ...reason,
        gone: toRanges(goneNumbers),
        empty: toRanges(emptyNumbers),
        entries: goneNumbers.length,
        chunks: chunks.length
      })
      const freed = yield* storage.remove(lineage, {
        epoch,
        upTo: ledger.last,
        gone: goneNumbers,
        empty: emptyNumbers,
        chunks,
        draft
      })
      ledger.last += 1
      epoch = (yield* storage.find(lineage, "")).epoch
      removed.checkpoints += gone.filter(({ kind }) => kind === kinds.checkpoint).length
      removed.entries += freed.entries
      removed.chunks += freed.chunks
      removed.bytes += freed.bytes
      removed.remaining.entries -= freed.entries
      removed.remaining.bytes -= emptied.reduce((sum, { bytes = 0 }) => sum + bytes, 0)
      yield* breathe
    }
  })

export interface RemoveOptions {
  readonly reason: Reason
  /** For a dry run: what earlier lineages of it let go of. */
  readonly dryRun?: Released | undefined
}

/** Removes what is chosen from one lineage, and what former prunes left there. */
export const removeFrom = (
  storage: RunStorage["Type"],
  lineage: Lineage,
  choose: Choose,
  { dryRun, reason }: RemoveOptions
): Effect.Effect<Removed, RemovalError> =>
  Effect.gen(function* () {
    const sum = nothing()
    for (let left = attempts; ; left -= 1) {
      const plan = yield* planOf(storage, lineage, choose)
      const part = dryRun === undefined ? nothing() : yield* foresee(storage, plan, dryRun)
      const done = dryRun !== undefined ? true : yield* settled(carryOut(storage, plan, reason, part), left)
      add(sum, part)
      if (done) {
        Object.assign(sum.remaining, part.remaining)
        return sum
      }
      yield* breathe
    }
  })

/** Whether it came to its end, rather than to a log that has moved. */
const settled = (
  self: Effect.Effect<void, RemovalError>,
  left: number
): Effect.Effect<boolean, RemovalError> =>
  Effect.catchIf(
    Effect.as(self, true),
    ({ _tag }) => _tag === "LineageMoved" && left > 0,
    () => Effect.succeed(false)
  )
