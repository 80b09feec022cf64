/** A process that prunes a thread: the file, the thread, how many stay. It tells each step on stdout before it begins. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as RunDatabase from "../../../layers/RunDatabase.js"
import * as RunLog from "../../../src/services/RunLog.js"
import { RunStorage } from "../../../src/services/RunStorage.js"
import { pruneRuns } from "../../../src/services/runs/prune.js"

const [, , file = "", thread = "", keepLast = "1"] = process.argv
const say = (line: string) => Effect.sync(() => void process.stdout.write(`${line}\n`))

let steps = 0
await Effect.gen(function* () {
  const database = yield* RunDatabase.open(Redacted.make(file), { synchronous: "NORMAL" })
  const real = yield* database.storage("default")
  const storage: RunStorage["Type"] = {
    ...real,
    remove: (lineage, removal) => Effect.zipRight(say(`step ${++steps}`), real.remove(lineage, removal)),
    reclaim: Effect.zipRight(say("reclaim"), real.reclaim)
  }
  const log = yield* Effect.provide(RunLog.make, Context.make(RunStorage, storage))
  yield* pruneRuns(log, storage, { keepLast: Number(keepLast), threads: [thread] })
  yield* say("done")
}).pipe(Effect.scoped, Effect.provide(Reactivity.layer), Effect.runPromise)
