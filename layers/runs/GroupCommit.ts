/**
 * What is written in one turn of the event loop is written together, and so is what comes while an earlier group is on its
 * way: one group after the other, in the order of the calls. Whoever is first in a group writes for all of it. Nobody waits
 * for a timer.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

interface Waiting<Job, A, E> {
  readonly job: Job
  /** Set once the outcome is known; its fiber is told as soon as it listens. */
  exit: Exit.Exit<A, E> | undefined
  /** Told that the group before is written, and this one's first has to write it. */
  leads: boolean
  wake: () => void
}

const endOfTurn = Effect.async<void>((resume) => queueMicrotask(() => resume(Effect.void)))

/**
 * `commit` writes jobs together and gives the outcome of each. When writing them together fails and `isOfOne` says that one
 * of them may be to blame, each is written alone: it must not take the others with it.
 */
export const make = <Job, A, E>(
  commit: (jobs: ReadonlyArray<Job>) => Effect.Effect<ReadonlyArray<Exit.Exit<A, E>>, E>,
  isOfOne: (error: E) => boolean = () => true
): ((job: Job) => Effect.Effect<A, E>) => {
  let waiting: Array<Waiting<Job, A, E>> = []
  let busy = false

  const settle = (each: Waiting<Job, A, E>, exit: Exit.Exit<A, E> | undefined): void => {
    each.exit = exit ?? Exit.die(new Error("a job without an outcome"))
    each.wake()
  }

  const alone = (each: Waiting<Job, A, E>): Effect.Effect<void> =>
    Effect.map(Effect.exit(commit([each.job])), (exit) =>
      settle(each, Exit.isSuccess(exit) ? exit.value[0] : Exit.failCause(exit.cause))
    )

  const together = (group: ReadonlyArray<Waiting<Job, A, E>>): Effect.Effect<void> =>
    commit(group.map(({ job }) => job)).pipe(
      Effect.exit,
      Effect.flatMap((exit) => {
        if (Exit.isFailure(exit) && group.length > 1 && mayBeOfOne(exit)) {
          return Effect.forEach(group, alone, { discard: true })
        }
        for (const [at, each] of group.entries()) {
          settle(each, Exit.isSuccess(exit) ? exit.value[at] : Exit.failCause(exit.cause))
        }
        return Effect.void
      })
    )

  const mayBeOfOne = (exit: Exit.Failure<unknown, E>): boolean =>
    exit.cause._tag !== "Fail" || isOfOne(exit.cause.error)

  const flush: Effect.Effect<void> = Effect.suspend(() => {
    const group = waiting
    waiting = []
    return Effect.map(together(group), () => {
      const [next] = waiting
      if (next === undefined) {
        busy = false
      } else {
        next.leads = true
        next.wake()
      }
    })
  })

  /** Waits until the job is written, or until it is the turn of its group and nobody else writes it. */
  const waitFor = (mine: Waiting<Job, A, E>): Effect.Effect<void> =>
    Effect.async((resume) => {
      const check = (): void => {
        if (mine.exit !== undefined || mine.leads) resume(Effect.void)
      }
      mine.wake = check
      check()
    })

  const lead = Effect.zipRight(endOfTurn, flush)

  return (job) =>
    Effect.uninterruptible(
      Effect.suspend(() => {
        const mine: Waiting<Job, A, E> = { job, exit: undefined, leads: !busy, wake: () => {} }
        busy = true
        waiting.push(mine)
        return Effect.zipRight(
          mine.leads
            ? lead
            : Effect.flatMap(waitFor(mine), () => (mine.exit === undefined ? lead : Effect.void)),
          Effect.suspend(() => mine.exit ?? Effect.die(new Error("a job without an outcome")))
        )
      })
    )
}
