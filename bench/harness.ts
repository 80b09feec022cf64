/**
 * Measuring by ratios. Every candidate runs in every round, in an order drawn anew, so whatever else the machine does
 * hits all alike; a ratio is taken within a round, and the median over rounds is what counts. The base runs twice in
 * each round: how far the two are apart (the A/A error) is how far the run can be believed.
 */
import { performance } from "node:perf_hooks"

/** One thing to measure. `sample` does some operations and returns the microseconds that each took. */
export interface Candidate {
  readonly name: string
  readonly sample: () => number | Promise<number>
}

/** A median with its 95 % interval. */
export interface Interval {
  readonly median: number
  readonly low: number
  readonly high: number
}

export interface Measured {
  readonly name: string
  /** Microseconds an operation. */
  readonly micros: Interval
  readonly fastest: number
  /** To the base. */
  readonly ratio: Interval
}

export interface Comparison {
  readonly base: string
  readonly rounds: number
  /** How far the base's second run was from its first: 0.01 is 1 %. */
  readonly aaError: number
  readonly measured: ReadonlyArray<Measured>
  /** The ratio of one candidate to another, round by round. */
  readonly ratio: (of: string, to: string) => Interval
  /** The microseconds that one candidate takes more than another, round by round. */
  readonly more: (of: string, than: string) => Interval
  readonly micros: (of: string) => Interval
}

/** A run whose A/A error is larger says nothing about the code. */
export const aaLimit = 0.03

/** A sample of `ops` synchronous operations. `prepare` makes the argument of each beforehand and is not timed. */
export const timed =
  <A>(ops: number, prepare: () => A, run: (argument: A) => unknown): Candidate["sample"] =>
  () => {
    const prepared = Array.from({ length: ops }, prepare)
    const start = performance.now()
    for (const argument of prepared) run(argument)
    return ((performance.now() - start) * 1000) / ops
  }

/** A sample of `ops` operations that `run` does as it likes, given the arguments of all. */
export const timedAll =
  <A>(
    ops: number,
    prepare: () => A,
    run: (prepared: ReadonlyArray<A>) => unknown,
    after: () => unknown = () => {}
  ): Candidate["sample"] =>
  async () => {
    const prepared = Array.from({ length: ops }, prepare)
    const start = performance.now()
    await run(prepared)
    const micros = ((performance.now() - start) * 1000) / ops
    await after()
    return micros
  }

/**
 * A sample of `ops` operations, each waited for: the median of them. A commit that happens to copy the log into the
 * database shall not hide all others; `seen` is told every time.
 */
export const timedEach =
  <A>(
    ops: number,
    prepare: () => A,
    run: (argument: A) => Promise<unknown>,
    seen: (micros: number) => unknown = () => {}
  ): Candidate["sample"] =>
  async () => {
    const prepared = Array.from({ length: ops }, prepare)
    const times: Array<number> = []
    for (const argument of prepared) {
      const start = performance.now()
      await run(argument)
      const micros = (performance.now() - start) * 1000
      times.push(micros)
      seen(micros)
    }
    return interval(times).median
  }

export const compare = async (options: {
  readonly base: Candidate
  /** What runs as the base again, where that cannot be the same thing twice. */
  readonly again?: Candidate["sample"]
  readonly candidates: ReadonlyArray<Candidate>
  readonly rounds: number
  readonly warmUp?: number
}): Promise<Comparison> => {
  const { base, rounds } = options
  const again = { name: `${base.name} (again)`, sample: options.again ?? base.sample }
  const all = [base, again, ...options.candidates]
  if (new Set(all.map(({ name }) => name)).size < all.length) throw new Error("Two candidates share a name.")
  const samples = new Map<string, Array<number>>(all.map(({ name }) => [name, []]))
  for (let round = -(options.warmUp ?? Math.ceil(rounds / 10)); round < rounds; round++) {
    for (const { name, sample } of shuffled(all)) {
      const micros = await sample()
      if (round >= 0) samples.get(name)?.push(micros)
      // timers and write-behind fibers get their turn between samples, not in them
      await new Promise((resume) => setImmediate(resume))
    }
  }

  const of = (name: string): ReadonlyArray<number> => {
    const found = samples.get(name)
    if (found === undefined) throw new Error(`No candidate is called "${name}".`)
    return found
  }
  const ratio = (name: string, to: string): Interval => {
    const below = of(to)
    return interval(of(name).map((value, round) => value / (below[round] ?? Number.NaN)))
  }
  return {
    base: base.name,
    rounds,
    aaError: Math.abs(ratio(again.name, base.name).median - 1),
    measured: all.map(({ name }) => ({
      name,
      micros: interval(of(name)),
      fastest: Math.min(...of(name)),
      ratio: ratio(name, base.name)
    })),
    ratio,
    more: (name, than) => {
      const less = of(than)
      return interval(of(name).map((value, round) => value - (less[round] ?? Number.NaN)))
    },
    micros: (name) => interval(of(name))
  }
}

/** The median and the order statistics that hold it with a probability of 95 %. */
export const interval = (values: ReadonlyArray<number>): Interval => {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  const reach = 0.98 * Math.sqrt(sorted.length)
  const at = (index: number): number => sorted[Math.min(sorted.length - 1, Math.max(0, index))] ?? Number.NaN
  return {
    median: sorted.length % 2 === 1 ? at(Math.floor(half)) : (at(half - 1) + at(half)) / 2,
    low: at(Math.floor(half - reach)),
    high: at(Math.ceil(half + reach) - 1)
  }
}

const shuffled = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> =>
  items
    .map((item) => [Math.random(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item)
