/** Reading: the newest checkpoint of short and of long threads, the last ten, and one by a saver that knows nothing yet. */
import { isDeepStrictEqual } from "node:util"
import { compare, timedEach, type Candidate } from "../harness.js"
import { atMost, group, rounds, tableOf } from "../report.js"
import { onEachEngine, type Engine, type Store } from "../store/engines.js"
import { threadOfTexts, type Thread } from "../store/thread.js"
import { together, versus, withStores, type Found, type Stores } from "../store/versus.js"

const lengths = [...new Set([10, 1000, Number(process.env["BENCH_CHECKPOINTS"] ?? 10_000)])]
const longest = Math.max(...lengths)

await group("storeRead", async () => together(await onEachEngine(measure)))

async function measure(engine: Engine): Promise<Found> {
  return withStores(engine, async (stores) => {
    const threads = new Map<Store, Map<number, Thread>>()
    const large = new Map<Store, Thread>()
    for (const store of [stores.peer, stores.ours]) {
      await engine.hastily(async () => {
        const filled = new Map<number, Thread>()
        for (const length of lengths) filled.set(length, await fill(store, `of-${length}`, length, 1024))
        threads.set(store, filled)
        large.set(store, await fill(store, "large", 20, 102_400))
      })
    }
    const latest = (store: Store, length: number) => () => threads.get(store)?.get(length)?.latest ?? {}
    const gets = (length: number): Promise<Found> =>
      versus(engine, stores, {
        what: `getTuple, the newest of ${length}`,
        limits: { SQLite: 0.7, Postgres: 0.35 },
        rounds: rounds(100),
        sampleOf: (store, seen) =>
          timedEach(20, latest(store, length), (config) => store.saver.getTuple(config), seen)
      })
    const found: Array<Found> = []
    for (const length of lengths) found.push(await gets(length))
    found.push(await flat(engine, stores, latest))
    found.push(
      await versus(engine, stores, {
        what: `list(limit 10) of ${longest}`,
        limits: { SQLite: 0.75, Postgres: 0.4 },
        rounds: rounds(100),
        sampleOf: (store, seen) =>
          timedEach(
            5,
            latest(store, longest),
            (config) => drain(store.saver.list(config, { limit: 10 })),
            seen
          )
      }),
      await versus(engine, stores, {
        what: "getTuple, nothing in memory, 100 KB",
        limits: { SQLite: 3, Postgres: 0.3 },
        rounds: rounds(100),
        sampleOf: (store, seen) =>
          timedEach(5, store.fresh, (saver) => saver.getTuple(large.get(store)?.latest ?? {}), seen)
      }),
      await versus(engine, stores, {
        what: "getTuple, 100 KB",
        rounds: rounds(100),
        sampleOf: (store, seen) =>
          timedEach(
            10,
            () => large.get(store)?.latest ?? {},
            (config) => store.saver.getTuple(config),
            seen
          )
      })
    )
    return together(found)
  })
}

async function drain(tuples: AsyncIterable<unknown>): Promise<void> {
  for await (const tuple of tuples) void tuple
}

async function fill(store: Store, id: string, length: number, bytes: number): Promise<Thread> {
  const thread = threadOfTexts(id, length, bytes)
  for (let at = 0; at < length; at++) await store.saver.put(...thread.next())
  const found = await store.saver.getTuple(thread.latest)
  if (!isDeepStrictEqual(found?.checkpoint.channel_values, thread.state()))
    throw new Error("A saver gave something else than was put.")
  return thread
}

/** A read of a long thread against one of a short thread. */
async function flat(
  { name }: Engine,
  { ours }: Stores,
  latest: (store: Store, length: number) => () => Thread["latest"]
): Promise<Found> {
  const [short = 0, ...longer] = lengths
  const of = (length: number): Candidate => ({
    name: `the newest of ${length}`,
    sample: timedEach(20, latest(ours, length), (config) => ours.saver.getTuple(config))
  })
  const comparison = await compare({ base: of(short), candidates: longer.map(of), rounds: rounds(60) })
  return {
    goals: longer.map((length) =>
      atMost(
        `getTuple, the newest of ${length} to the newest of ${short}, Aegis on ${name}`,
        comparison.ratio(of(length).name, of(short).name),
        1.2
      )
    ),
    tables: [tableOf(`getTuple by the length of the thread, Aegis on ${name}`, comparison)],
    notes: []
  }
}
