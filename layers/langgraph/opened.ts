/** A saver with a database of its own, opened when it is first used, for programs that are not written in Effect. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { AsyncLocalStorage } from "node:async_hooks"
import { exitOf } from "../../src/services/log/onward.js"
import * as RunLog from "../../src/services/RunLog.js"
import { RunStorage } from "../../src/services/RunStorage.js"
import type { StoreError } from "../../src/domain/StoreErrors.js"
import * as RunDatabase from "../RunDatabase.js"
import { makeCodec } from "./codec.js"
import { objects, type ObjectsOptions } from "./objects.js"
import { makeSaver, type Saver } from "./saver.js"

export interface Options extends RunDatabase.Options, ObjectsOptions {
  /** The tenant. Nothing reaches from one to another. Default "default". */
  readonly namespace?: string | undefined
}

export interface Opened {
  /** The saver, if it is open. */
  readonly ready: () => Saver | undefined
  readonly saver: () => Promise<Saver>
  readonly close: () => Promise<void>
}

/** Nodes of a graph have a context of their own, in which a nested graph knows that it is one: no fiber may go on in it. */
const apart = AsyncLocalStorage.snapshot()

/** A failure is thrown as it is, not wrapped in one of Effect's. */
export const promiseOf = <A, E>(effect: Effect.Effect<A, E>): Promise<A> =>
  new Promise((resolve, reject) => {
    const settle = (exit: Exit.Exit<A, E>): void => {
      if (Exit.isSuccess(exit)) resolve(exit.value)
      // what an Effect fails with is an error, and so are its defects
      else reject(Cause.squash(exit.cause) as Error)
    }
    const exit = exitOf(effect)
    if (exit === undefined) apart(() => Effect.runFork(effect)).addObserver(settle)
    else settle(exit)
  })

const storageOf = (
  pathOrUrl: string,
  { namespace = "default", ...options }: Options
): Effect.Effect<
  RunStorage["Type"],
  RunDatabase.RunDatabaseError | StoreError,
  Scope.Scope | Reactivity.Reactivity
> =>
  pathOrUrl === ":memory:"
    ? Effect.flatMap(
        Effect.promise(() => import("../../src/services/runStorageMemory.js")),
        ({ make }) => Effect.sync(() => make(namespace))
      )
    : Effect.flatMap(RunDatabase.open(Redacted.make(pathOrUrl), options), ({ storage }) => storage(namespace))

const open = (
  pathOrUrl: string,
  options: Options,
  scope: Scope.CloseableScope
): Effect.Effect<Saver, RunDatabase.RunDatabaseError> =>
  Effect.gen(function* () {
    const storage = yield* storageOf(pathOrUrl, options)
    const log = yield* Effect.provide(RunLog.make, Context.make(RunStorage, storage))
    return makeSaver(log, storage, makeCodec(objects(options)))
  }).pipe(
    Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make),
    Scope.extend(scope),
    // a saver whose database could not be opened may be asked again
    Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
  )

export const openSaver = (pathOrUrl: string, options: Options): Opened => {
  let ready: Saver | undefined
  let opening: Promise<Saver> | undefined
  let scope: Scope.CloseableScope | undefined
  const begin = async (): Promise<Saver> => {
    const own = await promiseOf(Scope.make())
    scope = own
    ready = await promiseOf(open(pathOrUrl, options, own))
    return ready
  }
  return {
    ready: () => ready,
    saver: () =>
      (opening ??= begin().catch((cause: unknown) => {
        opening = undefined
        throw cause
      })),
    close: async () => {
      // who asked for the saver learns why it could not be opened
      await Promise.allSettled([opening])
      const closing = scope
      ready = opening = scope = undefined
      if (closing !== undefined) await promiseOf(Scope.close(closing, Exit.void))
    }
  }
}
