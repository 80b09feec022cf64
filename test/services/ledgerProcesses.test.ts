/** What only real processes and real signals can show of the ledger. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LedgerStorageSqlite from "../../layers/LedgerStorageSqlite.js"
import { LedgerStorage } from "../../src/services/LedgerStorage.js"
import { bundle, spawn } from "../support/childProcess.js"
import { tempDir } from "../support/tempDir.js"
import { readLedger } from "./readLedger.js"
import { databaseIn } from "./storages.js"

describe("processes that write one ledger", () => {
  it.scopedLive(
    "lose nothing that was flushed when they are killed, and their sums are those of their records",
    () =>
      Effect.gen(function* () {
        const root = yield* tempDir
        const program = yield* bundle("test/services/processes/recordAll.ts")
        const names = ["one", "two"]
        const told = yield* Effect.forEach(
          names,
          (name) =>
            Effect.gen(function* () {
              const child = yield* spawn(program, [root, name])
              yield* child.line("flushed 100")
              yield* child.kill("SIGKILL")
              const { stdout } = yield* child.exit
              return Number(stdout.at(-1)?.split(" ")[1] ?? NaN)
            }),
          { concurrency: "unbounded" }
        )
        const { groups, rows } = yield* Effect.gen(function* () {
          const storage = yield* LedgerStorage
          const all = { groups: yield* storage.report({}, ["namespace"]), rows: new Map<string, number>() }
          for (const { namespace = "" } of yield* readLedger(storage)) {
            all.rows.set(namespace, (all.rows.get(namespace) ?? 0) + 1)
          }
          return all
        }).pipe(Effect.provide(LedgerStorageSqlite.layer.pipe(Layer.provide(databaseIn(root)))))
        names.forEach((name, i) => {
          const kept = rows.get(name) ?? 0
          // what was written and not yet told may be there too, as a whole
          assert.include([told[i], (told[i] ?? NaN) + 5], kept)
          assert.strictEqual(groups.find(({ key }) => key[0] === name)?.sums.counts.records, kept)
        })
      }),
    120_000
  )
})
