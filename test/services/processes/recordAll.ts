/** A process that writes a ledger in the folder of its first argument until it is killed; what was flushed is printed. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CacheDatabase from "../../../layers/CacheDatabase.js"
import * as LedgerStorageSqlite from "../../../layers/LedgerStorageSqlite.js"
import * as AegisConfig from "../../../src/services/AegisConfig.js"
import * as Telemetry from "../../../src/services/Telemetry.js"
import { execution } from "../ledgerEvents.js"

const [, , root = "", name = ""] = process.argv

const program = Effect.gen(function* () {
  const telemetry = yield* Telemetry.Telemetry
  for (let done = 0; ;) {
    for (let i = 0; i < 5; i++) yield* telemetry.record(execution({ namespace: name }))
    yield* telemetry.flush
    done += 5
    process.stdout.write(`flushed ${done}\n`)
    yield* Effect.yieldNow()
  }
})

const config = AegisConfig.layer(root)
await Effect.runPromise(
  Effect.provide(
    program,
    Telemetry.layer.pipe(
      Layer.provide(LedgerStorageSqlite.layer),
      Layer.provide(CacheDatabase.layer),
      Layer.provide(config)
    )
  )
)
