/** Verdicts in the cache's database, which is not asked, and for a project not opened, before the first verdict is. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import { makeMemory, VerdictMemo } from "../../src/services/VerdictMemo.js"
import { CacheDatabase, open as openDatabase } from "../CacheDatabase.js"

/** A database that cannot be had remembers nothing: then everything is judged. */
const lazily = <E extends Error>(
  open: Effect.Effect<CacheDatabase["Type"], E, Scope.Scope>
): Effect.Effect<VerdictMemo["Type"], never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const load = Effect.flatMap(
      Effect.promise(() => import("../VerdictMemoSqlite.js")),
      ({ make }) => Effect.provideServiceEffect(make, CacheDatabase, open)
    ).pipe(
      Scope.extend(scope),
      Effect.catchAll(({ message }) =>
        Effect.as(Effect.logWarning(`No verdict is kept: ${message}`), makeMemory())
      )
    )
    // whoever is interrupted while it loads must not take it away from all others
    const memo = yield* Effect.cached(Effect.uninterruptible(load))
    return VerdictMemo.of({
      get: (key) => Effect.flatMap(memo, ({ get }) => get(key)),
      put: (key, findings) => Effect.flatMap(memo, ({ put }) => put(key, findings))
    })
  })

/** In the database of a project that is not open yet. */
export const ofProject = (
  config: AegisConfig["Type"]
): Effect.Effect<VerdictMemo["Type"], never, Scope.Scope> =>
  lazily(
    openDatabase.pipe(
      Effect.provideService(AegisConfig, config),
      Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make)
    )
  )

export const layer: Layer.Layer<VerdictMemo, never, CacheDatabase> = Layer.scoped(
  VerdictMemo,
  Effect.flatMap(CacheDatabase, (database) => lazily(Effect.succeed(database)))
)
