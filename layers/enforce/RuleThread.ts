/**
 * A thread in which the rules of one pack run, so that one that hangs can be ended. It keeps mistakes apart, not enemies:
 * code that runs is code that is trusted.
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Worker } from "node:worker_threads"
import type { RuleContext } from "../../src/enforce/CodePack.js"
import type { ApartCode } from "../../src/enforce/PackedRule.js"
import { threadCode } from "./threadCode.js"

/** The longest that a rule may take for one file, the start of the thread included. */
export const defaultTimeLimit: Duration.Duration = Duration.seconds(5)

const maxMegabytes = 256

export type Question =
  | { readonly kind: "describe" }
  | {
      readonly kind: "validate"
      readonly rule: string
      readonly content: string
      readonly context: RuleContext
    }

/** The thread did not answer, or its code threw. */
export class ThreadFailed extends Data.TaggedError("ThreadFailed")<{ readonly problem: string }> {}

export interface RuleThread {
  /** One question after the other; whoever waits for the ones before is not yet timed. */
  readonly ask: (question: Question) => Effect.Effect<unknown, ThreadFailed>
}

interface Answer {
  readonly value?: unknown
  readonly problem?: string
}

const start = ({ entry, modules }: ApartCode, onExit: () => void): Worker => {
  const worker = new Worker(threadCode, {
    eval: true,
    workerData: { entry, modules },
    // keys of providers stand in the environment, and what is printed would end up in reports
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: maxMegabytes }
  })
  worker.stdout.resume()
  worker.stderr.resume()
  // between questions nobody listens, and an event "error" without a listener would end this process
  worker.on("error", () => undefined).on("exit", onExit)
  worker.unref()
  return worker
}

/** A thread that is started when it is asked first, and again after it was ended. It ends with the scope. */
export const make = (
  code: ApartCode,
  timeLimit: Duration.Duration
): Effect.Effect<RuleThread, never, Scope.Scope> =>
  Effect.gen(function* () {
    let current: Worker | undefined
    const end = Effect.promise(async () => {
      const worker = current
      current = undefined
      await worker?.terminate()
    })
    yield* Effect.addFinalizer(() => end)
    const turns = yield* Effect.makeSemaphore(1)

    const once = (question: Question): Effect.Effect<unknown, ThreadFailed> =>
      Effect.async((resume) => {
        const worker = (current ??= start(code, () => (current = undefined)))
        const settle = (result: Effect.Effect<unknown, ThreadFailed>): void => {
          worker.off("message", onMessage).off("error", onError).off("exit", onExit)
          worker.unref()
          resume(result)
        }
        const lost = (problem: string): void => {
          current = undefined
          settle(new ThreadFailed({ problem }))
        }
        const onMessage = ({ problem, value }: Answer): void =>
          settle(problem === undefined ? Effect.succeed(value) : new ThreadFailed({ problem }))
        const onError = (cause: unknown): void =>
          lost(
            cause instanceof Error && "code" in cause && cause.code === "ERR_WORKER_OUT_OF_MEMORY"
              ? `it took more than ${maxMegabytes} MB of memory`
              : "its thread broke"
          )
        const onExit = (): void => lost("it ended its thread")
        worker.on("message", onMessage).on("error", onError).on("exit", onExit)
        worker.ref()
        worker.postMessage(question)
        return Effect.suspend(() => {
          worker.off("message", onMessage).off("error", onError).off("exit", onExit)
          // what it was doing, it may be doing for ever
          return end
        })
      })

    return {
      ask: (question) =>
        turns.withPermits(1)(
          Effect.timeoutFail(once(question), {
            duration: timeLimit,
            onTimeout: () =>
              new ThreadFailed({ problem: `it took longer than ${Duration.toSeconds(timeLimit)} s` })
          })
        )
    }
  })
