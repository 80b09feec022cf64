/** Groups of writes, one after the other in each lineage, side by side in different ones. */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { type Lineage, lineageKey } from "../../src/runs/entry.js"
import * as GroupCommit from "./GroupCommit.js"

export const make = <Job, A, E>(
  commit: (lineage: Lineage, jobs: ReadonlyArray<Job>) => Effect.Effect<ReadonlyArray<Exit.Exit<A, E>>, E>,
  isOfOne: (error: E) => boolean
): ((lineage: Lineage, job: Job) => Effect.Effect<A, E>) => {
  /** Those of lineages that are written right now. */
  const groups = new Map<string, { readonly write: (job: Job) => Effect.Effect<A, E>; users: number }>()
  return (lineage, job) =>
    Effect.uninterruptible(
      Effect.suspend(() => {
        const key = lineageKey(lineage)
        const group = groups.get(key) ?? {
          write: GroupCommit.make((jobs: ReadonlyArray<Job>) => commit(lineage, jobs), isOfOne),
          users: 0
        }
        group.users += 1
        groups.set(key, group)
        return Effect.ensuring(
          group.write(job),
          Effect.sync(() => {
            group.users -= 1
            if (group.users === 0) groups.delete(key)
          })
        )
      })
    )
}
