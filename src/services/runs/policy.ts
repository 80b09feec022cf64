/** Which checkpoints of a lineage a policy lets go. */
import * as Effect from "effect/Effect"
import type { RunPrunePolicy } from "../../domain/RunReports.js"
import { kinds, type Ref } from "../../runs/entry.js"
import { compareNames } from "../../runs/packed.js"
import { nativePath } from "../checkpoints/native.js"
import { breathe } from "./breathe.js"
import type { Fact, Ledger } from "./Ledger.js"

/** Numbers of checkpoints that go. */
export type Choose = (ledger: Ledger, refs: ReadonlyArray<Ref>) => Effect.Effect<ReadonlySet<number>>

/** Checkpoints that are there, each with its revisions, oldest first. */
export const living = (ledger: Ledger): ReadonlyArray<ReadonlyArray<Fact>> =>
  [...ledger.checkpoints.values()]
    .map((revisions) => revisions.filter(({ gone }) => !gone))
    .filter(({ length }) => length > 0)

/** Ids of LangGraph are in the order of time; those of Aegis are names of contents, so that their place in the log counts. */
const isNewer = ({ path }: Ledger["lineage"], one: Fact, other: Fact): number =>
  path === nativePath ? other.n - one.n : compareNames(other.id, one.id)

export const byPolicy =
  ({ keepLast, olderThanMs, strategy }: RunPrunePolicy, now: number): Choose =>
  (ledger, refs) =>
    Effect.gen(function* () {
      const going = new Set<number>()
      const least = keepLast ?? (strategy === undefined ? undefined : 1)
      if (least === undefined && olderThanMs === undefined) return going
      // of a long run each part of this takes milliseconds
      const checkpoints = living(ledger)
      yield* breathe
      const pinned = new Set(refs.filter(({ kind }) => kind !== "name").map(({ n }) => n))
      // whose children were pruned was no tip, and is none because a former prune did not come to its end
      const parents = new Set(
        ledger.facts
          .filter(({ kind, n }) => kind === kinds.checkpoint && !ledger.deleted.has(n))
          .map(({ parent }) => parent)
      )
      yield* breathe
      const isOld = ({ at }: Fact): boolean => olderThanMs === undefined || at < now - olderThanMs
      const newest = checkpoints
        .flatMap((revisions) => revisions.at(-1) ?? [])
        .sort((one, other) => isNewer(ledger.lineage, one, other))
      yield* breathe
      for (const [rank, fact] of newest.entries()) {
        const isTip = strategy === undefined && !parents.has(fact.id)
        if (rank === 0 || rank < (least ?? 0) || isTip || !isOld(fact)) continue
        going.add(fact.n)
      }
      yield* breathe
      for (const revisions of checkpoints) {
        // what was put again counts in its newest revision; the others are there for nobody
        for (const superseded of revisions.slice(0, -1)) if (isOld(superseded)) going.add(superseded.n)
        const last = revisions.at(-1)
        if (last !== undefined && going.has(last.n)) for (const { n } of revisions) going.add(n)
      }
      for (const n of pinned) going.delete(n)
      return going
    })
