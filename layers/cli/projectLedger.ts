/**
 * The ledger of a project whose cache a command does not open. It is opened at the end, when there is something to write, and only where
 * there is one: a gate or a save by itself begins no cache, and none of them fails for want of a ledger.
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { existsSync } from "node:fs"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import { LedgerStorage } from "../../src/services/LedgerStorage.js"
import * as Telemetry from "../../src/services/Telemetry.js"
import { CacheDatabase, fileOf, open as openDatabase } from "../CacheDatabase.js"

const unasked = Effect.dieMessage("nobody reads the ledger of a command that does not open it")

/** What is written for nobody. */
const nowhere: Pick<LedgerStorage["Type"], "append" | "prune"> = {
  append: () => Effect.void,
  prune: () => Effect.succeed(0)
}

export const projectLedger = (
  config: AegisConfig["Type"]
): Effect.Effect<Telemetry.Telemetry["Type"], never, Scope.Scope> =>
  Effect.gen(function* () {
    // of its own, and older than the ledger: what is left is written when the command's scope is closing, and opens nothing any more
    const scope = yield* Effect.acquireRelease(Scope.make(), (own) => Scope.close(own, Exit.void))
    const load = Effect.flatMap(
      Effect.promise(() => import("../LedgerStorageSqlite.js")),
      ({ make }) =>
        Effect.provideServiceEffect(
          make,
          CacheDatabase,
          openDatabase.pipe(
            Effect.provideService(AegisConfig, config),
            Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make)
          )
        )
    ).pipe(
      Scope.extend(scope),
      Effect.catchAll(({ message }) =>
        Effect.as(Effect.logWarning(`This is not in the ledger: ${message}`), nowhere)
      )
    )
    const storage = yield* Effect.cached(
      Effect.suspend(() => (existsSync(fileOf(config)) ? load : Effect.succeed(nowhere)))
    )
    return yield* Telemetry.make.pipe(
      Effect.provideService(AegisConfig, config),
      Effect.provideService(LedgerStorage, {
        append: (entries) => Effect.flatMap(storage, ({ append }) => append(entries)),
        prune: (before) => Effect.flatMap(storage, ({ prune }) => prune(before)),
        report: () => unasked,
        newest: unasked,
        page: () => unasked,
        since: () => unasked
      })
    )
  })
