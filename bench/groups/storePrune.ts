/**
 * Pruning a long thread while another one is written to: what a writer in the same process has to wait, and
 * the space that is given back. A put counts from when it was due, so that waiting for the event loop counts.
 *
 * Of a checkpoint that is pruned its place in the log stays, with two digests, so that what is left can be
 * proved: a quarter of what a checkpoint of 1 KB takes. Keeping a tenth so leaves 0.1 + 0.9 / 4, a third, and
 * what the writer put meanwhile.
 */
import { performance } from "node:perf_hooks"
import { setTimeout } from "node:timers/promises"
import { group, type Goal } from "../report.js"
import { onEachEngine, type Engine, type Store } from "../store/engines.js"
import { threadOfTexts, type Thread } from "../store/thread.js"
import { percentile, together, type Found } from "../store/versus.js"

const checkpoints = Number(process.env["BENCH_CHECKPOINTS"] ?? 10_000)
const kept = Math.round(checkpoints / 10)
const bytes = 1024
const pauseMs = 3
const warmUp = Math.round(checkpoints / 50)
const limits = { milliseconds: 20, space: 0.4 }

await group("storePrune", async () => together(await onEachEngine(measure)))

interface Writes {
  /** Milliseconds that each put took. */
  readonly puts: Array<number>
  /** The same from when it was due. */
  readonly waits: Array<number>
}

/** Puts one checkpoint after the other, with a pause between them, until what runs meanwhile is over. */
async function writeDuring(store: Store, thread: Thread, meanwhile: () => Promise<unknown>): Promise<Writes> {
  const writes: Writes = { puts: [], waits: [] }
  let isOver = false
  const running = meanwhile().finally(() => {
    isOver = true
  })
  const write = async (): Promise<void> => {
    while (!isOver) {
      const put = thread.next()
      const due = performance.now() + pauseMs
      await setTimeout(pauseMs)
      const start = performance.now()
      await store.saver.put(...put)
      const end = performance.now()
      writes.puts.push(end - start)
      writes.waits.push(end - due)
    }
  }
  await Promise.all([running, write()])
  return writes
}

async function measure({ hastily, name, openOurs }: Engine): Promise<Found> {
  const store = await openOurs("NORMAL")
  const long = threadOfTexts("long", 1, bytes)
  const writer = threadOfTexts("writer", 2, bytes)
  await hastily(async () => {
    for (let at = 0; at < checkpoints; at++) await store.saver.put(...long.next())
    // the writer's code is warm, and its thread is there
    for (let at = 0; at < warmUp; at++) await store.saver.put(...writer.next())
  })
  const before = await store.bytes()
  const start = performance.now()
  const busy = await writeDuring(store, writer, () => store.saver.prune([long.id], { keepLast: kept }))
  const seconds = (performance.now() - start) / 1000
  const after = await store.bytes()
  const idle = await writeDuring(store, writer, () => setTimeout(seconds * 1000))
  await checkKept(store, long)
  await store.close()

  const each = before / (checkpoints + warmUp)
  const left = (after - each * (kept + warmUp + busy.puts.length)) / (checkpoints - kept)
  const what = `prune ${checkpoints - kept} of ${checkpoints} checkpoints while a writer runs`
  return {
    goals: [
      slowest(`${what}: the slowest put, from when it was due, ${name}`, busy),
      spaceGoal(name, before, after)
    ],
    tables: [],
    notes: [
      `${what}, ${name}: it took ${seconds.toFixed(1)} s. ` +
        `From when it was due, a put took ${told(busy.waits)};` +
        ` by itself ${told(busy.puts)}. With no prune, from when it was due ${told(idle.waits)}.`,
      `${what}, ${name}: a checkpoint took ${each.toFixed(0)} bytes. ` +
        (name === "SQLite"
          ? `One that was pruned still takes ${left.toFixed(0)}: its place in the log, with its digests.`
          : "VACUUM gives back only what is free at the end of a table. The rest is for rows to come; " +
            "how much that is cannot be told without pgstattuple.")
    ]
  }
}

function slowest(what: string, { waits }: Writes): Goal {
  const worst = Math.max(...waits)
  return {
    what,
    goal: `<= ${limits.milliseconds} ms`,
    measured: `${worst.toFixed(1)} ms (${waits.length} puts)`,
    met: worst <= limits.milliseconds
  }
}

function told(times: ReadonlyArray<number>): string {
  const ms = (part: number): string => `${percentile(times, part).toFixed(1)} ms`
  const worst = `${Math.max(...times).toFixed(1)} ms (the slowest of ${times.length})`
  return `${ms(0.5)} (p50), ${ms(0.99)} (p99), ${worst}`
}

function spaceGoal(name: Engine["name"], before: number, after: number): Goal {
  const ratio = after / before
  const measured = `${ratio.toFixed(3)} x (${Math.round(before)} to ${Math.round(after)})`
  return name === "SQLite"
    ? {
        what: `… bytes of the file afterwards, to before, ${name}`,
        goal: `<= ${limits.space} x`,
        measured,
        met: ratio <= limits.space
      }
    : { what: `… bytes of the tables after VACUUM, to before, ${name}`, goal: "", measured }
}

async function checkKept(store: Store, { latest }: Thread): Promise<void> {
  let count = 0
  for await (const { config } of store.saver.list(latest)) if (config.configurable !== undefined) count += 1
  if (count !== kept) throw new Error(`${count} checkpoints stayed instead of ${kept}.`)
}
