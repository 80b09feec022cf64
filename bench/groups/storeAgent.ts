/** An agent of 120 turns through LangGraph's runtime: how long it runs, and the database that it leaves. */
import { performance } from "node:perf_hooks"
import { compare, type Candidate } from "../harness.js"
import { atMost, group, rounds, tableOf, type Goal } from "../report.js"
import { checkpointsPerTurn, messagesPerTurn, runAgent } from "../store/agent.js"
import { onEachEngine, type Engine, type Store } from "../store/engines.js"
import { together, type Found } from "../store/versus.js"

const turns = Number(process.env["BENCH_TURNS"] ?? Math.min(120, rounds(120)))
const megabyte = 1e6
const limits = { time: { SQLite: 1, Postgres: 0.5 }, megabytes: { SQLite: 2, Postgres: 4 } }

await group("storeAgent", async () => together(await onEachEngine(measure)))

async function measure(engine: Engine): Promise<Found> {
  const { name, openOurs, openPeer, peer } = engine
  const left = new Map<string, number>()
  /** A whole run in a database of its own; micros a run. */
  const runOf = (who: string, open: () => Promise<Store>): Candidate => ({
    name: who,
    sample: async () => {
      const store = await open()
      const start = performance.now()
      await runAgent(store.saver, turns)
      const micros = (performance.now() - start) * 1000
      // a file is taken whole, tables without what they took when they were empty
      left.set(who, (await store.bytes()) - (name === "SQLite" ? 0 : store.empty))
      await store.close()
      return micros
    }
  })
  const comparison = await compare({
    base: runOf(peer, openPeer),
    candidates: [runOf("Aegis", () => openOurs())],
    rounds: rounds(7),
    warmUp: 1
  })
  const what = `an agent of ${turns} turns (${turns * messagesPerTurn} messages, ${turns * checkpointsPerTurn} checkpoints), ${name}`
  const megabytes = (who: string): string => `${((left.get(who) ?? 0) / megabyte).toFixed(2)} MB`
  const ours = left.get("Aegis") ?? Number.NaN
  const disk: Goal = {
    what: `… its database, ${name}`,
    goal: `<= ${limits.megabytes[name]} MB`,
    measured: `${megabytes("Aegis")} (${peer} ${megabytes(peer)})`,
    met: ours <= limits.megabytes[name] * megabyte
  }
  return {
    goals: [atMost(`${what}, to ${peer}`, comparison.ratio("Aegis", peer), limits.time[name]), disk],
    tables: [tableOf(what, comparison)],
    notes: []
  }
}
