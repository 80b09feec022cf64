/** The ledger: a record on the caller's path, writing records, and reporting a million of them. */
import Database from "better-sqlite3"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { join } from "node:path"
import * as CacheDatabase from "../../layers/CacheDatabase.js"
import * as LedgerStorageSqlite from "../../layers/LedgerStorageSqlite.js"
import { uuidOf } from "../../src/domain/Hash.js"
import type { ScaffoldId, TelemetryId } from "../../src/domain/Ids.js"
import { Millis, TokenCount, Usd } from "../../src/domain/Measures.js"
import { TelemetryRecord } from "../../src/domain/TelemetryRecord.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import { type LedgerEntry, LedgerStorage, type TelemetryEvent } from "../../src/services/LedgerStorage.js"
import { toRecord } from "../../src/services/ledgerStorageMemory.js"
import * as Telemetry from "../../src/services/Telemetry.js"
import { inFolder } from "../aegis.js"
import { compare, timed, timedAll } from "../harness.js"
import { type Goal, group, rounds, shown, tableOf, within } from "../report.js"

const day = 86_400_000
const start = Date.UTC(2026, 10, 1)
const models = ["claude-opus-5-5", "claude-haiku-5-5", "gpt-6.1-sol", "gpt-6.1-terra"] as const
const scaffolds = Array.from({ length: 64 }, (_, i) => uuidOf("scaffold", `bench ${i}`) as ScaffoldId) // UUIDs

/** A lookup, or with each eighth an execution, at a time within 30 days: each kind a literal, as the services make them. */
const eventOf = (n: number, of: number): TelemetryEvent => {
  const at = start + Math.floor((n / of) * 30 * day)
  const scaffoldId = scaffolds[n % scaffolds.length] ?? (uuidOf("scaffold", "none") as ScaffoldId) // a UUID
  const provider = n % 4 < 2 ? "anthropic" : "openai"
  const model = models[n % 4] ?? ""
  const tokenCount = TokenCount.make(1000 + (n % 500))
  const cost = Option.some(Usd.make(0.0031 + (n % 100) / 1e4))
  if (n % 8 !== 0) {
    const latency = Millis.make(0.04 + (n % 37) / 100)
    return {
      scaffoldId,
      operation: "resolve",
      outcome: "hit",
      namespace: "default",
      provider,
      model,
      tokenCount,
      cost,
      latency,
      cacheHit: true,
      latencies: { lookup: Option.some(latency), provider: Option.none(), firstToken: Option.none() },
      metadata: { hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", tier: "disk" },
      at
    }
  }
  const latency = Millis.make(900 + (n % 1000))
  return {
    at,
    scaffoldId,
    operation: "execute",
    outcome: "miss",
    namespace: "default",
    latency,
    cacheHit: false,
    provider,
    model,
    metadata: { finishReason: "stop", attempts: 1, fallbacks: [] },
    tokenCount,
    cost,
    usage: {
      uncachedInput: TokenCount.make(200),
      cacheRead: Option.some(TokenCount.make(700)),
      cacheWrite5m: Option.some(TokenCount.make(100)),
      cacheWrite1h: Option.none(),
      output: TokenCount.make(n % 500),
      reasoning: Option.none()
    },
    latencies: { lookup: Option.none(), provider: Option.some(latency), firstToken: Option.some(latency) }
  }
}

const id = uuidOf("telemetry", "bench") as TelemetryId // a UUID
const entriesOf = (from: number, to: number, of: number): ReadonlyArray<LedgerEntry> =>
  Array.from({ length: to - from }, (_, i) => ({ id, event: eventOf(from + i, of) }))

/** A record as plain data, which is only to be made JSON of. */
const plain = (entry: LedgerEntry): typeof TelemetryRecord.Encoded =>
  Schema.encodeSync(TelemetryRecord)(toRecord(entry))

/** The bytes of a database for each of its records. */
const perRecord = (what: string, database: Database.Database, count: string): Goal => {
  const pages = Number(database.pragma("page_count", { simple: true }))
  const size = Number(database.pragma("page_size", { simple: true }))
  const records = Number(database.prepare(count).pluck().get())
  return { what, goal: "", measured: `${Math.round((pages * size) / records)} bytes` }
}

const batch = 1024

await group("ledger", () =>
  inFolder(async (root) => {
    const rows = Number(process.env["BENCH_ROWS"] ?? 1_000_000)
    const scope = Effect.runSync(Scope.make())
    const services = await Effect.runPromise(
      Scope.extend(
        Layer.build(
          Telemetry.layer.pipe(
            Layer.provideMerge(LedgerStorageSqlite.layer),
            Layer.provideMerge(CacheDatabase.layer),
            Layer.provideMerge(AegisConfig.layer(root, { ledgerDays: 1e6 }))
          )
        ),
        scope
      )
    )
    const telemetry = Context.get(services, Telemetry.Telemetry)
    const storage = Context.get(services, LedgerStorage)

    for (let n = 0; n < rows; n += batch) {
      await Effect.runPromise(storage.append(entriesOf(n, Math.min(rows, n + batch), rows)))
    }

    // its own file, in a folder of the same disk: what it writes is not in the report
    const other = await Effect.runPromise(
      Scope.extend(
        Layer.build(
          LedgerStorageSqlite.layer.pipe(
            Layer.provide(CacheDatabase.layer),
            Layer.provide(AegisConfig.layer(root, { cacheDir: "written" }))
          )
        ),
        scope
      )
    )
    const written = Context.get(other, LedgerStorage)
    const raw = new Database(join(root, "raw.db"))
    raw.pragma("page_size = 8192")
    raw.pragma("journal_mode = WAL")
    raw.exec(`CREATE TABLE record (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
      CREATE INDEX record_at ON record (at)`)
    const insert = raw.prepare("INSERT INTO record (at, record) VALUES (?, ?)")
    const insertAll = raw.transaction((all: ReadonlyArray<ReturnType<typeof plain>>): void => {
      for (const record of all) insert.run(start, JSON.stringify(record))
    })

    let n = 0
    const next = (): LedgerEntry => ({ id, event: eventOf(n++ % rows, rows) })
    const queue: Array<() => TelemetryEvent> = []
    const perRow = await compare({
      base: { name: "JSON and raw insert, a row", sample: timedAll(batch, () => plain(next()), insertAll) },
      candidates: [
        {
          name: "flush, a row",
          sample: timedAll(batch, next, (all) => Effect.runPromise(written.append(all)))
        },
        { name: "JSON of a record", sample: timed(batch, () => plain(next()), JSON.stringify) }
      ],
      rounds: rounds(100)
    })
    const onPath = await compare({
      base: {
        name: "push to an array",
        sample: timedAll(batch, next, (all) => {
          for (const { event } of all) queue.push(() => event)
          queue.length = 0
        })
      },
      candidates: [
        {
          name: "a record on the caller's path",
          sample: timedAll(
            batch,
            next,
            (all) => {
              for (const { event } of all) telemetry.unsafeRecord(() => event)
            },
            () => Effect.runPromise(telemetry.flush)
          )
        }
      ],
      rounds: rounds(50)
    })

    const file = new Database(join(root, ".aegis", "cache.db"), { readonly: true })
    const readAll = file.prepare("SELECT * FROM telemetry_hour").raw(true)
    const reports = await compare({
      base: {
        name: "raw read of the hours' sums",
        sample: timed(
          1,
          () => undefined,
          () => readAll.all()
        )
      },
      candidates: [
        {
          name: "report by day and model",
          sample: timedAll(
            1,
            () => undefined,
            () => Effect.runPromise(telemetry.report({}, ["day", "model"]))
          )
        }
      ],
      rounds: rounds(20)
    })
    const sizes = [
      perRecord("the file of the ledger, a record", file, "SELECT sum(size) FROM telemetry_chunk"),
      perRecord("… a row of JSON for each, with an index by time", raw, "SELECT count(*) FROM record")
    ]
    raw.close()
    file.close()
    await Effect.runPromise(Scope.close(scope, Exit.void))

    return {
      tables: [
        tableOf("Writing the ledger", perRow),
        tableOf("A record on the caller's path", onPath),
        tableOf(`Reporting ${rows.toLocaleString("en")} records`, reports)
      ],
      goals: [
        within("a record on the caller's path", onPath.micros("a record on the caller's path"), 1),
        within("flush, a row", perRow.micros("flush, a row"), 3),
        shown(
          "flush, a row, to JSON and a raw insert",
          perRow.ratio("flush, a row", "JSON and raw insert, a row")
        ),
        ...sizes,
        within("a report by day and model", reports.micros("report by day and model"), 1_000_000)
      ]
    }
  })
)
