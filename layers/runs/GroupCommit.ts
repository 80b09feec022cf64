/**
 * What is written in one turn of the event loop is written together: whoever comes first waits for the end of the turn,
 * writes for all, and tells the others. Nobody waits for a timer.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

interface Waiting<Job, A, E> {
  readonly job: Job
  readonly done: (exit: Exit.Exit<A, E>) => void
}

const endOfTurn = Effect.async<void>((resume) => queueMicrotask(() => resume(Effect.void)))

/**
 * `commit` writes jobs together and gives the outcome of each. When writing them together fails, each is written alone: one
 * that cannot be written must not take the others with it.
 */
export const make = <Job, A, E>(
  commit: (jobs: ReadonlyArray<Job>) => Effect.Effect<ReadonlyArray<Exit.Exit<A, E>>, E>
): ((job: Job) => Effect.Effect<A, E>) => {
  let waiting: Array<Waiting<Job, A, E>> = []

  const alone = (job: Job): Effect.Effect<Exit.Exit<A, E>> =>
    Effect.map(Effect.exit(commit([job])), (exit) =>
      Exit.isSuccess(exit)
        ? (exit.value[0] ?? Exit.die(new Error("a job without an outcome")))
        : Exit.failCause(exit.cause)
    )

  const flush: Effect.Effect<void> = Effect.suspend(() => {
    const group = waiting
    waiting = []
    const jobs = group.map(({ job }) => job)
    const [only] = jobs
    const outcomes =
      only !== undefined && jobs.length === 1
        ? Effect.map(alone(only), (exit) => [exit])
        : Effect.catchAllCause(commit(jobs), () => Effect.forEach(jobs, alone))
    return Effect.map(outcomes, (exits) => {
      for (const [at, { done }] of group.entries()) {
        done(exits[at] ?? Exit.die(new Error("a job without an outcome")))
      }
    })
  })

  return (job) =>
    Effect.uninterruptible(
      Effect.suspend(() => {
        let outcome: Exit.Exit<A, E> | undefined
        if (waiting.length === 0) {
          waiting.push({
            job,
            done: (exit) => {
              outcome = exit
            }
          })
          return Effect.zipRight(
            Effect.zipRight(endOfTurn, flush),
            Effect.suspend(() => outcome ?? Effect.die(new Error("a job without an outcome")))
          )
        }
        return Effect.async<A, E>((resume) => {
          waiting.push({ job, done: resume })
        })
      })
    )
}
