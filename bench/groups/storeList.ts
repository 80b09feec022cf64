/** A list that grows by a message of 1 KB in each step: putting, reading what it came to, and what is on the disk. */
import { timedEach } from "../harness.js"
import { group, rounds } from "../report.js"
import { onEachEngine, type Engine, type Store } from "../store/engines.js"
import { threadOfMessages, type Thread } from "../store/thread.js"
import { bytesGoal, together, versus, withStores, type Found } from "../store/versus.js"

const shortest = 200
const lengths = [shortest, 1000]
const limits = {
  put: { SQLite: 1.6, Postgres: 0.4 },
  get: { SQLite: 0.6, Postgres: 0.05 },
  disk: { SQLite: 0.05, Postgres: 0.1 }
}

await group("storeList", async () => {
  const found: Array<Found> = []
  for (const length of new Set(lengths.map((each) => Math.max(shortest, rounds(each))))) {
    found.push(...(await onEachEngine((engine) => measure(engine, length))))
  }
  return together(found)
})

async function measure(engine: Engine, steps: number): Promise<Found> {
  return withStores(engine, async (stores) => {
    const { ours, peer } = stores
    const threads = new Map<Store, Array<Thread>>([
      [peer, []],
      [ours, []]
    ])
    let count = 0
    const what = `a list growing by 1 KB a step, ${steps} steps`
    // a round is a step of each thread, and what is warm is warm alike
    const put = await versus(engine, stores, {
      what: `put, ${what}`,
      limits: limits.put,
      rounds: steps,
      warmUp: 0,
      sampleOf: (store, seen) => {
        const thread = threadOfMessages(`list-${(count += 1)}`, count)
        threads.get(store)?.push(thread)
        return timedEach(1, thread.next, (args) => store.saver.put(...args), seen)
      }
    })
    const each = async (store: Store): Promise<number> =>
      ((await store.bytes()) - store.empty) / (steps * (threads.get(store)?.length ?? 0))
    const bytes = { peer: await each(peer), ours: await each(ours) }
    const get = await versus(engine, stores, {
      what: `getTuple of ${what}`,
      limits: limits.get,
      rounds: rounds(60),
      sampleOf: (store, seen) => {
        const [thread] = threads.get(store) ?? []
        return timedEach(
          3,
          () => thread?.latest ?? {},
          (config) => store.saver.getTuple(config),
          seen
        )
      }
    })
    return together([
      put,
      { goals: [bytesGoal(engine, "… bytes a checkpoint", bytes, limits.disk)], tables: [], notes: [] },
      get
    ])
  })
}
