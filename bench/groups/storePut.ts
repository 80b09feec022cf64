/** Putting a checkpoint of which one of ten channels changed: the time, and what it leaves on the disk. */
import { compare, timedEach, type Candidate } from "../harness.js"
import { group, rounds, shown, tableOf, type Goal } from "../report.js"
import { onEachEngine, type Engine, type Store } from "../store/engines.js"
import { threadOfTexts } from "../store/thread.js"
import { bytesGoal, together, versus, withStores, type Found } from "../store/versus.js"

const sizes = [
  {
    size: "1 KB",
    bytes: 1024,
    ops: 50,
    puts: 1000,
    time: { SQLite: 1.1, Postgres: 0.5 },
    disk: { SQLite: 0.35, Postgres: 0.55 }
  },
  {
    size: "100 KB",
    bytes: 102_400,
    ops: 10,
    puts: 500,
    time: { SQLite: 0.6, Postgres: 0.65 },
    disk: { SQLite: 0.05, Postgres: 0.9 }
  }
]

await group("storePut", async () => together(await onEachEngine(measure)))

async function measure(engine: Engine): Promise<Found> {
  const found: Array<Found> = []
  for (const { bytes, disk, ops, puts, size, time } of sizes) {
    const what = `put, ${size} of state, 1 of 10 channels changes`
    let threads = 0
    found.push(
      await withStores(engine, (stores) =>
        versus(engine, stores, {
          what,
          limits: time,
          rounds: rounds(100),
          sampleOf: (store, seen) => {
            const thread = threadOfTexts(`put-${threads}`, (threads += 1), bytes)
            return timedEach(ops, thread.next, (put) => store.saver.put(...put), seen)
          }
        })
      ),
      await withStores(engine, async ({ ours, peer }) => ({
        goals: [
          bytesGoal(
            engine,
            `… bytes a checkpoint of ${puts}`,
            {
              peer: await grown(peer, puts, bytes),
              ours: await grown(ours, puts, bytes)
            },
            disk
          )
        ],
        tables: [],
        notes: []
      }))
    )
  }
  if (engine.name === "SQLite") found.push(await durably(engine))
  return together(found)
}

/** Bytes that each of so many checkpoints of a thread adds. */
async function grown(store: Store, puts: number, bytes: number): Promise<number> {
  const thread = threadOfTexts("bytes", 7, bytes)
  for (let at = 0; at < puts; at++) await store.saver.put(...thread.next())
  return ((await store.bytes()) - store.empty) / puts
}

/** What it costs that a power cut loses nothing: each commit waits for the disk. */
async function durably({ openOurs }: Engine): Promise<Found> {
  const [normal, full] = [await openOurs("NORMAL"), await openOurs("FULL")]
  const sample = (store: Store, seed: number): Candidate["sample"] => {
    const thread = threadOfTexts(`durable-${seed}`, seed, 1024)
    return timedEach(20, thread.next, (put) => store.saver.put(...put))
  }
  const [base, durable] = ["synchronous = NORMAL", "synchronous = FULL"]
  const comparison = await compare({
    base: { name: base, sample: sample(normal, 1) },
    candidates: [{ name: durable, sample: sample(full, 2) }],
    rounds: rounds(40),
    warmUp: 60
  })
  await normal.close()
  await full.close()
  const goals: ReadonlyArray<Goal> = [
    shown(
      "put, 1 KB of state, SQLite, waiting for the disk (FULL), to NORMAL",
      comparison.ratio(durable, base)
    )
  ]
  return { goals, tables: [tableOf("Durability, SQLite, 1 KB", comparison)], notes: [] }
}
