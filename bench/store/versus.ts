/** One row of the table: LangGraph's saver against Aegis, on one engine. */
import { compare, type Candidate, type Interval } from "../harness.js"
import { atMost, shown, tableOf, type Goal, type Table } from "../report.js"
import type { Engine, Store } from "./engines.js"

export interface Found {
  readonly goals: ReadonlyArray<Goal>
  readonly tables: ReadonlyArray<Table>
  readonly notes: ReadonlyArray<string>
}

export const together = (found: ReadonlyArray<Found>): Found => ({
  goals: found.flatMap(({ goals }) => goals),
  tables: found.flatMap(({ tables }) => tables),
  notes: found.flatMap(({ notes }) => notes)
})

export interface Stores {
  readonly peer: Store
  readonly ours: Store
}

export const withStores = async <A>(engine: Engine, use: (stores: Stores) => Promise<A>): Promise<A> => {
  const peer = await engine.openPeer()
  const ours = await engine.openOurs()
  try {
    return await use({ peer, ours })
  } finally {
    await peer.close()
    await ours.close()
  }
}

/** Makes the sample of a store; it tells each operation's time. */
export type SampleOf = (store: Store, seen: (micros: number) => void) => Candidate["sample"]

/** What takes microseconds is compiled to its best after some thousand operations; what waits for a server, sooner. */
const warmRounds = 150

/** `limits` by engine; none where a number is published without a goal. */
export const versus = async (
  engine: Engine,
  { ours, peer }: Stores,
  options: {
    readonly what: string
    readonly limits?: Readonly<Record<Engine["name"], number>>
    readonly sampleOf: SampleOf
    readonly rounds: number
    readonly warmUp?: number
  }
): Promise<Found> => {
  const { limits, rounds, sampleOf, warmUp, what } = options
  const [theirTimes, ourTimes]: [Array<number>, Array<number>] = [[], []]
  const theirs = (): Candidate["sample"] => sampleOf(peer, (micros) => theirTimes.push(micros))
  const comparison = await compare({
    base: { name: engine.peer, sample: theirs() },
    again: theirs(),
    candidates: [{ name: "Aegis", sample: sampleOf(ours, (micros) => ourTimes.push(micros)) }],
    rounds,
    warmUp: warmUp ?? (engine.name === "SQLite" ? warmRounds : Math.ceil(rounds / 5))
  })
  const title = `${what}, ${engine.name}`
  const tail = (name: string, times: ReadonlyArray<number>): string =>
    `${name} ${(percentile(times, 0.99) / 1000).toFixed(2)} ms`
  return {
    goals: [
      ratioGoal(`${title}, to ${engine.peer}`, comparison.ratio("Aegis", engine.peer), limits?.[engine.name])
    ],
    tables: [tableOf(title, comparison)],
    notes: [
      `${title}, the slowest of a hundred: ${tail(engine.peer, theirTimes)}` + `, ${tail("Aegis", ourTimes)}.`
    ]
  }
}

const limit = (ratio: number | undefined): string => (ratio === undefined ? "" : `<= ${ratio} x`)

const ratioGoal = (what: string, ratio: Interval, most: number | undefined): Goal =>
  most === undefined ? shown(what, ratio) : atMost(what, ratio, most)

export const percentile = (times: ReadonlyArray<number>, part: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * part)] ?? Number.NaN

/** Bytes, which are the same in every run: their ratio has no interval. */
export const bytesGoal = (
  engine: Engine,
  what: string,
  bytes: { readonly peer: number; readonly ours: number },
  limits?: Readonly<Record<Engine["name"], number>>
): Goal => {
  const most = limits?.[engine.name]
  const ratio = bytes.ours / bytes.peer
  return {
    what: `${what}, ${engine.name}, to ${engine.peer}`,
    goal: limit(most),
    measured: `${ratio.toFixed(3)} x (${Math.round(bytes.ours)} to ${Math.round(bytes.peer)})`,
    ...(most === undefined ? {} : { met: ratio <= most })
  }
}
