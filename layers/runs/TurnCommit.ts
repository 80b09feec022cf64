/**
 * What is written in one turn of the event loop is written together when the turn ends, in one piece of JavaScript. Where
 * that cannot be done right now, each is written as `inTurn` does it.
 *
 * Interrupting one who waits does not take the write back.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"

interface Waiting<Job, A, E> {
  readonly job: Job
  readonly resume: (outcome: Effect.Effect<A, E>) => void
}

/** `now` gives the outcome of each, or nothing when it wrote nothing. */
export const make = <Job, A, B extends A, E>(
  now: (jobs: ReadonlyArray<Job>) => ReadonlyArray<Exit.Exit<B, E>> | undefined,
  inTurn: (job: Job) => Effect.Effect<A, E>
): ((job: Job) => Effect.Effect<A, E>) => {
  let waiting: Array<Waiting<Job, A, E>> = []

  const flush = (): void => {
    const group = waiting
    waiting = []
    const outcomes = now(group.map(({ job }) => job))
    for (const [at, { job, resume }] of group.entries()) resume(outcomes?.[at] ?? inTurn(job))
  }

  return (job) =>
    Effect.async((resume) => {
      if (waiting.length === 0) queueMicrotask(flush)
      waiting.push({ job, resume })
    })
}
