/**
 * Checkpoints of Aegis itself, and pruning them.
 *
 * PLACE: through CheckpointStore, once it is there; until then the saver stands in for it.
 * PLACE: `prune` of 9,000 of 10,000 checkpoints while a writer runs (no put slower than 20 ms, and the file smaller
 * afterwards), once it is there.
 */
import { compare, timedEach } from "../harness.js"
import { group, rounds, tableOf, within } from "../report.js"
import { onEachEngine, type Engine } from "../store/engines.js"
import { threadOfTexts } from "../store/thread.js"
import { pending, together, type Found } from "../store/versus.js"
import { saverVersions } from "../savers.mjs"

const bytes = 102_400

await group("storeNative", async () => together(await onEachEngine(measure)))

async function measure({ name, openOurs }: Engine): Promise<Found> {
  if (name === "Postgres") return { goals: [], tables: [], notes: [] }
  const [store, durable] = [await openOurs("NORMAL"), await openOurs("FULL")]
  const thread = threadOfTexts("native", 1, bytes)
  const waiting = threadOfTexts("native", 2, bytes)
  const [step, whole, load, full] = [
    "save, 1 of 10 parts new",
    "save, all parts new",
    "load",
    "save, waiting for the disk"
  ]
  const comparison = await compare({
    base: { name: step, sample: timedEach(10, thread.next, (put) => store.saver.put(...put)) },
    candidates: [
      { name: full, sample: timedEach(10, waiting.next, (put) => durable.saver.put(...put)) },
      { name: whole, sample: timedEach(5, thread.nextOfAll, (put) => store.saver.put(...put)) },
      {
        name: load,
        sample: timedEach(
          10,
          () => thread.latest,
          (config) => store.saver.getTuple(config)
        )
      }
    ],
    rounds: rounds(60)
  })
  await store.close()
  await durable.close()
  const row = `a checkpoint of 100 KB, ${name}`
  return {
    goals: [
      within(`${row}: ${step}`, comparison.micros(step), 500),
      within(`${row}: ${whole}`, comparison.micros(whole), 500),
      within(`${row}: ${load}`, comparison.micros(load), 300),
      {
        what: `${row}: ${full}`,
        goal: "",
        measured: `${comparison.micros(full).median.toFixed(0)} us`
      },
      {
        what: `prune 9,000 of 10,000 checkpoints while a writer runs: the slowest put, ${name}`,
        goal: "<= 20 ms",
        measured: pending
      }
    ],
    tables: [tableOf(row, comparison)],
    notes: [
      `Savers: ${Object.entries(saverVersions())
        .map(([saver, version]) => `${saver} ${version}`)
        .join(", ")}.`
    ]
  }
}
