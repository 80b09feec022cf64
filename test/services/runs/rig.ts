/** Runs of both kinds in a store, and the store on a file that a test may spoil. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import Database from "better-sqlite3"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { makeCodec } from "../../../layers/langgraph/codec.js"
import { makeSaver, type Saver } from "../../../layers/langgraph/saver.js"
import * as RunStorageSqlite from "../../../layers/RunStorageSqlite.js"
import * as Migrations from "../../../layers/storage/Migrations.js"
import * as SqliteClient from "../../../layers/storage/SqliteClient.js"
import { runMigrations } from "../../../migrations/runs/index.js"
import { ScaffoldId } from "../../../src/domain/Ids.js"
import * as CheckpointStore from "../../../src/services/CheckpointStore.js"
import * as RunLog from "../../../src/services/RunLog.js"
import { RunStorage } from "../../../src/services/RunStorage.js"
import { uuid } from "../runDrafts.js"

export interface Runs {
  readonly storage: RunStorage["Type"]
  readonly log: RunLog.RunLog["Type"]
  readonly saver: Saver
}

/** A log and a saver over a storage, with nothing remembered. */
export const over = (storage: RunStorage["Type"]): Effect.Effect<Runs> =>
  Effect.map(Effect.provide(RunLog.make, Context.make(RunStorage, storage)), (log) => ({
    storage,
    log,
    saver: makeSaver(log, storage, makeCodec())
  }))

/** The store on a file. What is deleted is overwritten. */
export const onFile = (
  filename: string,
  namespace = "default"
): Effect.Effect<Runs & { readonly client: SqliteClient.SqliteClient }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* SqliteClient.make({ filename, synchronous: "NORMAL", secureDelete: true })
    yield* Effect.provideService(Migrations.run(runMigrations), SqlClient.SqlClient, client)
    const reader = yield* client.hotReader
    const runs = yield* over(yield* RunStorageSqlite.make(client, reader, namespace))
    return { ...runs, client }
  }).pipe(Effect.provide(Reactivity.layer), Effect.orDie)

/** Changes a closed store behind its back, as somebody would who can write the file. */
export const spoil = <A>(filename: string, change: (database: Database.Database) => A): A => {
  const database = new Database(filename)
  try {
    database.exec("DROP TRIGGER IF EXISTS entry_unchanged; DROP TRIGGER IF EXISTS entry_emptied")
    return change(database)
  } finally {
    database.close()
  }
}

/** A message of a kilobyte that no other one shares a page with. */
export const message = (thread: string, step: number, text = "") =>
  `${thread} ${step} ${text}${Array.from({ length: 60 }, (_, i) => `word ${(step * 7919 + i * 104_729) % 100_003}`).join(" ")}`

export interface Fill {
  readonly thread?: string
  readonly path?: string
  readonly steps: number
  readonly from?: number
  readonly runId?: (step: number) => string
  /** Messages in the list; default: one for each step so far. */
  readonly size?: number
  /** The step that a step is upon; default: the one before it. */
  readonly parent?: (step: number) => number | undefined
}

export const configAt = (thread: string, path: string, step: number | undefined, runId?: string) => ({
  configurable: {
    thread_id: thread,
    checkpoint_ns: path,
    ...(step === undefined ? {} : { checkpoint_id: uuid(step) }),
    ...(runId === undefined ? {} : { run_id: runId })
  }
})

/**
 * A run as LangGraph leaves it: checkpoints numbered from 1, each with a list that grows, a value that stays and one that
 * changes, and with the writes of its task.
 */
export const fill = (
  { saver }: Runs,
  { from = 1, parent, path = "", runId, size, steps, thread = "a" }: Fill
) =>
  Effect.gen(function* () {
    for (let step = from; step < from + steps; step += 1) {
      const before = parent === undefined ? (step === 1 ? undefined : step - 1) : parent(step)
      const messages = Array.from({ length: size ?? step }, (_, i) =>
        message(thread, (size === undefined ? 0 : step) + i + 1)
      )
      yield* saver.put(
        configAt(thread, path, before, runId?.(step)),
        {
          v: 4,
          id: uuid(step),
          ts: new Date(1_700_000_000_000 + step).toISOString(),
          channel_values: { messages, still: "s".repeat(2000), step },
          channel_versions: { messages: step, still: 1, step },
          versions_seen: { node: { messages: step } }
        },
        { source: "loop", step, parents: {} },
        before === undefined ? { messages: step, still: 1, step } : { messages: step, step }
      )
      yield* saver.putWrites(
        configAt(thread, path, step),
        [["messages", message(thread, step, "written ")]],
        `task ${step}`,
        ""
      )
    }
  })

export const scaffold = ScaffoldId.make("11111111-1111-5111-8111-111111111111")

/** Checkpoints of Aegis' own. */
export const checkpointsOver = ({ log, storage }: Runs) =>
  Effect.map(
    Layer.build(
      CheckpointStore.layer.pipe(
        Layer.provide(Layer.merge(Layer.succeed(RunStorage, storage), Layer.succeed(RunLog.RunLog, log)))
      )
    ),
    (context) => Context.get(context, CheckpointStore.CheckpointStore)
  )
