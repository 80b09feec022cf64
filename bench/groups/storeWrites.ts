/** Pending writes of eight tasks that end at the same time. */
import { performance } from "node:perf_hooks"
import { interval } from "../harness.js"
import { group, rounds } from "../report.js"
import { onEachEngine } from "../store/engines.js"
import { threadOfTexts } from "../store/thread.js"
import { together, versus, withStores } from "../store/versus.js"

const tasks = 8
const ops = 10

await group("storeWrites", async () =>
  together(
    await onEachEngine((engine) =>
      withStores(engine, (stores) => {
        let threads = 0
        return versus(engine, stores, {
          what: `putWrites, ${tasks} at once, each`,
          limits: { SQLite: 0.6, Postgres: 0.5 },
          rounds: rounds(100),
          sampleOf: (store, seen) => {
            const thread = threadOfTexts(`writes-${threads}`, (threads += 1), 1024)
            return async () => {
              const times: Array<number> = []
              for (let at = 0; at < ops; at++) {
                await store.saver.put(...thread.next())
                const writes = Array.from({ length: tasks }, thread.writes)
                const start = performance.now()
                await Promise.all(writes.map((each) => store.saver.putWrites(...each)))
                const micros = ((performance.now() - start) * 1000) / tasks
                times.push(micros)
                seen(micros)
              }
              return interval(times).median
            }
          }
        })
      })
    )
  )
)
