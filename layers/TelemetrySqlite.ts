/** The ledger of operations in the cache database, written behind. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { uuidOf } from "../src/domain/Hash.js"
import type { TelemetryId } from "../src/domain/Ids.js"
import type { StoreError } from "../src/domain/StoreErrors.js"
import { TelemetryRecord } from "../src/domain/TelemetryRecord.js"
import { versioned } from "../src/domain/Versioned.js"
import { Telemetry, type TelemetryEvent } from "../src/services/Telemetry.js"
import { CacheDatabase } from "./CacheDatabase.js"
import { toStoreError } from "./storage/sqlError.js"
import * as WriteBehind from "./WriteBehind.js"

/** How a record lies in its row. */
export const storedRecord = versioned("the telemetry record", TelemetryRecord, [])

const encode = Schema.encodeSync(TelemetryRecord)

const toRecord = ({ at, ...rest }: TelemetryEvent, id: TelemetryId): typeof TelemetryRecord.Encoded =>
  encode({ ...rest, id, createdAt: new Date(at).toISOString() })

export const make = Effect.gen(function* () {
  const { sql } = yield* CacheDatabase
  // two processes may end in the same millisecond: what tells their records apart is drawn once for each
  const instance = `${yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)}`
  let sequence = 0

  const write = (events: ReadonlyArray<() => TelemetryEvent>): Effect.Effect<void, StoreError> => {
    const rows = events.map((make) => {
      const event = make()
      // ids are UUIDv5
      const id = uuidOf("telemetry", `${instance}\n${sequence++}`) as TelemetryId
      const { at, operation, outcome } = event
      return { operation, outcome, at, record: JSON.stringify(toRecord(event, id)) }
    })
    return sql`INSERT INTO telemetry (version, operation, outcome, created_at, record)
      SELECT ${storedRecord.version}, row.value ->> 'operation', row.value ->> 'outcome', row.value ->> 'at',
        row.value ->> 'record'
      FROM json_each(${JSON.stringify(rows)}) AS row`.pipe(
      Effect.mapError(toStoreError("record telemetry")),
      Effect.asVoid,
      Effect.withTracerEnabled(false)
    )
  }

  const ledger = yield* WriteBehind.make({ write, capacity: 100_000, batch: 1024, interval: "200 millis" })
  return Telemetry.of({
    unsafeRecord: (event) => void ledger.unsafeOffer(event),
    record: (event) => Effect.sync(() => void ledger.unsafeOffer(() => event)),
    flush: ledger.flush,
    lost: ledger.lost
  })
})

export const layer: Layer.Layer<Telemetry, never, CacheDatabase> = Layer.scoped(Telemetry, make)
