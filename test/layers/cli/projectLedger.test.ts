/** What the gate and the run store leave in the ledger as commands, whose project may have no cache. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { layerWith } from "../../../layers/CacheLive.js"
import { enforceLive } from "../../../layers/cli/enforceLive.js"
import { runsLive } from "../../../layers/cli/runsLive.js"
import type { TelemetryRecord } from "../../../src/domain/TelemetryRecord.js"
import { CheckpointStore } from "../../../src/services/CheckpointStore.js"
import { Enforcer } from "../../../src/services/Enforcer.js"
import { RuleEngines } from "../../../src/services/RuleEngines.js"
import * as Rulepacks from "../../../src/services/Rulepacks.js"
import { Telemetry } from "../../../src/services/Telemetry.js"
import { house, patterns } from "../../enforce/support/patterns.js"
import { scaffold } from "../../services/ledgerEvents.js"
import { tempDir } from "../../support/tempDir.js"

const rules = () => Layer.merge(Layer.succeed(RuleEngines, [patterns]), Rulepacks.layerMemory([house]))

const inProject = Effect.map(tempDir, (cwd) => {
  const sources = { cwd, env: {}, flags: {} }
  const logged: Array<string> = []
  const quietly = Effect.provide(
    Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ message }) => void logged.push(String(message)))
    )
  )
  return {
    file: Path.join(cwd, ".aegis/cache.db"),
    logged,
    /** As `aegis enforce --ci` does: nothing of an earlier run counts. */
    judge: Effect.gen(function* () {
      const enforcer = yield* Enforcer
      const prepared = yield* enforcer.prepare(["house"], { fresh: true })
      const texts = ["var a = 'hunter2' // todo\n", "let b\n", "var c\n"]
      const verdicts = enforcer.enforceFiles(
        Stream.fromIterable(texts.map((text, i) => ({ path: `${i}.ts`, text }))),
        prepared
      )
      return yield* Stream.runCount(verdicts)
    }).pipe(Effect.provide(enforceLive(sources, undefined, rules)), quietly),
    save: Effect.flatMap(CheckpointStore, ({ create }) =>
      create({ name: "a", scaffoldId: scaffold("a"), nodes: [], state: { answer: "hunter2" }, thread: "t" })
    ).pipe(Effect.provide(runsLive(sources)), quietly),
    /** Opens the cache, and begins one where there is none. */
    records: Effect.flatMap(Telemetry, ({ stream }) => Stream.runCollect(stream({}))).pipe(
      Effect.map((records): ReadonlyArray<TelemetryRecord> => [...records]),
      Effect.provide(layerWith(sources))
    )
  }
})

describe("the ledger of a command that does not open the cache", () => {
  it.scopedLive("has a record of what was judged, with its findings, and of each save", () =>
    Effect.gen(function* () {
      const { judge, logged, records, save } = yield* inProject
      assert.deepStrictEqual(yield* records, [])
      assert.strictEqual(yield* judge, 3)
      const { id } = yield* save
      const found = yield* records
      assert.deepStrictEqual(
        found.map(({ checkpointId, error, findings, operation }) => ({
          operation,
          findings,
          checkpointId,
          error
        })),
        [
          {
            operation: "enforce",
            findings: { error: 2, warning: 1, info: 0 },
            checkpointId: undefined,
            error: undefined
          },
          { operation: "checkpoint", findings: undefined, checkpointId: id, error: undefined }
        ]
      )
      // a report of the tenant tells of both
      assert.isTrue(found.every(({ latency, namespace }) => latency > 0 && namespace === "default"))
      assert.notInclude(JSON.stringify(found), "hunter2")
      assert.deepStrictEqual(logged, [])
    })
  )

  it.scopedLive("is not begun where there is none", () =>
    Effect.gen(function* () {
      const { file, judge, logged, save } = yield* inProject
      yield* judge
      assert.isFalse(Fs.existsSync(Path.dirname(file)))
      yield* save
      assert.isFalse(Fs.existsSync(file))
      assert.deepStrictEqual(logged, [])
    })
  )

  it.scopedLive("is left alone with a warning where it cannot be opened, and the work is done", () =>
    Effect.gen(function* () {
      const { file, judge, logged, save } = yield* inProject
      Fs.mkdirSync(Path.dirname(file), { recursive: true })
      Fs.writeFileSync(file, "this is no database, and long enough to be taken for a broken one".repeat(100))
      assert.strictEqual(yield* judge, 3)
      assert.strictEqual((yield* save).name, "a")
      assert.lengthOf(logged, 2)
      for (const line of logged) assert.match(line, /^This is not in the ledger: /)
    })
  )
})
