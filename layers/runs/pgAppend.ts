/**
 * Appending to lineages on Postgres, exactly once. Whoever appends says where the lineage stood, and writes nothing where it
 * stands elsewhere; then the place is read again, and the chain built anew. When the connection is lost, the chain itself
 * tells whether the statement had been carried out.
 */
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import { LineageMoved, ThreadDeleted } from "../../src/domain/RunErrors.js"
import { StoreError } from "../../src/domain/StoreErrors.js"
import type { Head } from "../../src/runs/chain.js"
import { type Lineage, lineageKey } from "../../src/runs/entry.js"
import { begins, expects, isAsExpected, linkDraft, type PointsTo } from "../../src/services/appending.js"
import type { Appended, Draft, RefKind } from "../../src/services/RunStorage.js"
import { toStoreError } from "../storage/sqlError.js"
import { epochAt, type Place, type Places, readPlace, readRefs } from "./pgPlace.js"
import { isUncertain, type Session } from "./pgSession.js"
import { type Append, appendStatement, beginStatement, type RefChange, type Written } from "./pgStatement.js"

export interface Job {
  readonly drafts: ReadonlyArray<Draft>
  readonly epoch: number | undefined
  /** A branch or a tag that goes away. */
  readonly drop?: { readonly kind: RefKind; readonly name: string } | undefined
}

export type Outcome = Exit.Exit<Appended, LineageMoved | ThreadDeleted>

/** What jobs come to at a place, if the lineage stands there. */
interface Plan {
  readonly place: Place
  readonly head: Head
  readonly written: ReadonlyArray<Written>
  readonly refs: ReadonlyArray<RefChange>
  readonly isRefused: boolean
  /** The outcomes once all of it is written, in a lineage that has this id. */
  readonly outcomes: (epoch: number) => ReadonlyArray<Outcome>
}

const refusal = (
  { thread }: Lineage,
  place: Place,
  begun: boolean,
  { drafts, epoch }: Job
): LineageMoved | ThreadDeleted | undefined => {
  if (!begun && place.isDeleted && !drafts.every(begins)) return new ThreadDeleted({ thread })
  return epoch === undefined || (epoch === epochAt(place) && (epoch !== 0 || !begun))
    ? undefined
    : new LineageMoved({ thread })
}

const nowhere: PointsTo = () => 0

/** Throws where a draft cannot be an entry. */
const planOf = (lineage: Lineage, place: Place, pointsTo: PointsTo, jobs: ReadonlyArray<Job>): Plan => {
  const written: Array<Written> = []
  const refs: Array<RefChange> = []
  const results: Array<ReadonlyArray<number> | LineageMoved | ThreadDeleted> = []
  let head = place.head
  const pointsNow: PointsTo = (kind, name) => {
    const change = refs.findLast((ref) => ref.kind === kind && ref.name === name)
    return change === undefined ? pointsTo(kind, name) : (change.n ?? 0)
  }
  for (const job of jobs) {
    const refused =
      refusal(lineage, place, place.row !== undefined || written.length > 0, job) ??
      (isAsExpected(job.drafts, pointsNow) ? undefined : new LineageMoved(lineage))
    if (refused !== undefined) {
      results.push(refused)
      continue
    }
    if (job.drop !== undefined) refs.push({ ...job.drop, n: undefined })
    const numbers: Array<number> = []
    for (const draft of job.drafts) {
      const linked = linkDraft(head, draft)
      head = linked.head
      written.push({ ...linked, draft })
      numbers.push(head.n)
      for (const { kind, n = head.n, name } of draft.refs ?? []) refs.push({ kind, name, n })
    }
    results.push(numbers)
  }
  return {
    place,
    head,
    written,
    refs,
    isRefused: results.some((result) => "_tag" in result),
    outcomes: (epoch) =>
      results.map((result) =>
        "_tag" in result ? Exit.fail(result) : Exit.succeed({ epoch, numbers: result })
      )
  }
}

/** Others move the lineage each time: after so many times somebody has to say so. */
const manyMisses = 100

/** Writes jobs of one lineage together and gives the outcome of each. */
export type Commit = (
  lineage: Lineage,
  jobs: ReadonlyArray<Job>
) => Effect.Effect<ReadonlyArray<Outcome>, StoreError>

export const makeAppend = (session: Session, namespace: string, space: number, places: Places): Commit => {
  type Moved = Effect.Effect<ReadonlyArray<{ readonly id: number }>, SqlError>

  /** Policies look at lineages as they were before the statement: there a new one is begun by another, before. */
  const writeNew = (append: Append): Moved =>
    session.transaction(
      Effect.gen(function* () {
        const first = beginStatement(append)
        const [begun] = yield* session.inside<{ readonly id: number }>(first.text, first.params)
        if (begun === undefined) return []
        const then = appendStatement({
          ...append,
          place: { ...append.place, row: { id: begun.id, epoch: 0 } }
        })
        return yield* session.inside<{ readonly id: number }>(then.text, then.params)
      })
    )

  const write = ({ head, place, refs, written }: Plan, lineage: Lineage): Moved => {
    const append = { head, lineage, place, refs, space, written }
    if (place.row === undefined && session.rowLevelSecurity) return writeNew(append)
    const { params, text } = appendStatement(append)
    return session.query(text, params)
  }

  return (lineage, jobs) =>
    Effect.gen(function* () {
      const key = lineageKey(lineage)
      const tries = yield* session.tries
      /** Plans that may have been carried out, or may yet be. */
      const uncertain: Array<Plan> = []
      let place = places.get(key)
      let isRemembered = true
      for (let misses = 0; misses < manyMisses;) {
        if (place === undefined) {
          const heads = uncertain.map(({ head }) => head)
          const read = yield* readPlace(session, namespace, space, lineage, heads)
          const done = uncertain.find(({ head }) => head === read.passed)
          if (done !== undefined && read.place.row !== undefined) {
            places.set(key, read.place)
            const then = done.place.row ?? { id: read.place.row.id, epoch: 0 }
            return done.outcomes(epochAt({ ...done.place, row: then }))
          }
          place = read.place
          isRemembered = false
        }
        // read after the place: as long as the lineage stands there, they are what they were
        const row = place.row
        const pointsTo: PointsTo =
          row !== undefined && jobs.some(({ drafts }) => expects(drafts))
            ? yield* readRefs(session, row.id)
            : nowhere
        const plan = yield* Effect.try({
          try: planOf.bind(undefined, lineage, place, pointsTo, jobs),
          catch: (cause) => new StoreError({ operation: "RunStorage.append", reason: "unknown", cause })
        })
        if (plan.isRefused && isRemembered) {
          // what is remembered may be out of date: nobody is refused for that
          place = undefined
          continue
        }
        if (plan.written.length === 0) return plan.outcomes(epochAt(place))
        const result: Either.Either<ReadonlyArray<{ readonly id: number }>, SqlError> = yield* Effect.either(
          write(plan, lineage)
        )
        place = undefined
        if (Either.isLeft(result)) {
          places.forget(key)
          if (isUncertain(result.left)) uncertain.push(plan)
          yield* tries.afterFailure(result.left)
          continue
        }
        const [moved] = result.right
        if (moved !== undefined) {
          const row = plan.place.row ?? { id: moved.id, epoch: 0 }
          const next = { ...plan.place, row, head: plan.head }
          places.set(key, next)
          return plan.outcomes(epochAt(next))
        }
        misses += 1
        if (misses > 2) yield* Effect.flatMap(Random.nextIntBetween(0, 20), Effect.sleep)
      }
      return yield* new StoreError({ operation: "RunStorage.append", reason: "serialization" })
    }).pipe(Effect.catchTag("SqlError", (error) => Effect.fail(toStoreError("RunStorage.append")(error))))
}
