/** Looks for the layout of a prompt that its history would have cost the least with. */
import type { LayoutChange } from "../../domain/Optimization.js"
import type { MarkedRules } from "../simulator/rules.js"
import { type Applier, applyTo, type Applying } from "./applyChange.js"
import type { HistoryEntry } from "./history.js"
import { type Marks, markPlaces, mostMarks, neighbours, placeSets, timed } from "./markSets.js"
import { allOrders, movesTo, stableOrder } from "./orders.js"
import { costOf, type Market } from "./replayer.js"
import { slotsOf } from "./slots.js"
import { type Split, splitsOf } from "./splits.js"
import { warmings } from "./warmings.js"

export type Changes = ReadonlyArray<LayoutChange>

/**
 * `entries` are the requests of a provider and model in order, `apply` what changes make of them, `members`
 * the ids of those of one prompt, `head` how many blocks it has.
 */
export interface Subject extends Pick<Applying, "texts" | "count"> {
  readonly market: Market
  readonly entries: ReadonlyArray<HistoryEntry>
  readonly apply: Applier
  readonly members: ReadonlySet<string>
  readonly head: number
  readonly hasTurns: boolean
}

/** How many requests may still be simulated. */
export interface Budget {
  left: number
}

/**
 * `combined` is the best of all, empty where nothing is better than what was sent; `singles` are changes of
 * one kind by themselves. `splits` has every set of splits that was looked at, none among them. `exhaustive`:
 * every order, mark and time to live was tried, of each set. `stopped`: the budget came to its end before the
 * search did.
 */
export interface Found {
  readonly combined: Changes
  readonly singles: ReadonlyArray<Changes>
  readonly splits: ReadonlyArray<ReadonlyArray<Split>>
  readonly exhaustive: boolean
  readonly stopped: boolean
}

interface Tried {
  readonly changes: Changes
  readonly cost: number
}

/** A layout before marks are set: what it is made by, and the history that it gives. */
interface Structure extends Tried {
  readonly entries: ReadonlyArray<HistoryEntry>
}

const better = <A extends { readonly cost: number }>(a: A, b: A): A => (b.cost < a.cost ? b : a)

/** At most so many orders and sets of splits are gone through one by one. */
const mostOrders = 120
const mostSplitSets = 8

/** Searches within the budget. Where that is spent, what was found by then is what is returned. */
export const search = (subject: Subject, budget: Budget): Found => {
  const { apply, head, market, members, texts } = subject
  const { rules } = market
  let stopped = false

  const cost = (entries: ReadonlyArray<HistoryEntry>): number => {
    if (entries.length > budget.left) {
      stopped = true
      return Infinity
    }
    budget.left -= entries.length
    return costOf(entries, market)
  }
  const own = (entries: ReadonlyArray<HistoryEntry>): ReadonlyArray<HistoryEntry> =>
    entries.filter(({ id }) => members.has(id))
  const structureOf = (changes: Changes): Structure => {
    const entries = apply(changes)
    return { changes, entries, cost: cost(entries) }
  }
  const marked = ({ changes, entries }: Structure, marks: Marks): Tried => ({
    changes: [...changes, { _tag: "Mark", marks }],
    cost: cost(applyTo(entries, [{ _tag: "Mark", marks }], members, subject))
  })
  const headOf = (changes: Changes): number =>
    head + changes.filter(({ _tag }) => _tag === "SplitLines").length

  const placesOf = ({ changes, entries }: Structure, marked: MarkedRules): ReadonlyArray<number> =>
    markPlaces(entries, own(entries), headOf(changes), subject.hasTurns, marked)

  /** All marks on a structure, or a climb from the two plainest sets where all would be too many. */
  const withBestMarks = (structure: Structure, share: number): Tried => {
    if (rules._tag === "Automatic") return structure
    const places = placesOf(structure, rules)
    const all = places.length <= 10 ? placeSets(places).flatMap((set) => timed(set, rules)) : []
    if (all.length > 0 && all.length * structure.entries.length <= share) {
      return all.reduce<Tried>((best, marks) => better(best, marked(structure, marks)), structure)
    }
    const uniform = (set: ReadonlyArray<number>): Tried =>
      timed(set, rules)
        .filter((_, i, of) => i === 0 || i === of.length - 1)
        .map((marks) => marked(structure, marks))
        .reduce(better)
    let set: ReadonlyArray<number> = places.slice(-mostMarks)
    let best = uniform(set)
    for (let climbing = true; climbing && !stopped;) {
      climbing = false
      for (const next of neighbours(set, places)) {
        const tried = uniform(next)
        if (tried.cost < best.cost) {
          best = tried
          set = next
          climbing = true
        }
      }
    }
    return timed(set, rules)
      .map((marks) => marked(structure, marks))
      .reduce(better, better<Tried>(structure, best))
  }

  const ordersOf = (splits: ReadonlyArray<Split>): ReadonlyArray<Changes> | undefined => {
    const entries = apply(splits)
    const slots = slotsOf(own(entries), headOf(splits))
    const blocks = slots.map(({ block }) => block)
    return allOrders(slots, subject.hasTurns, texts, mostOrders)?.map((order) => movesTo(blocks, order))
  }
  const stable = (splits: ReadonlyArray<Split>): Changes => {
    const slots = slotsOf(own(apply(splits)), headOf(splits))
    return movesTo(
      slots.map(({ block }) => block),
      stableOrder(slots, subject.hasTurns, texts)
    )
  }

  const asSent = structureOf([])
  const bySlot = splitsOf(own(subject.entries), head, texts)
  const splits = splitSets(bySlot)

  const every = splits.map(ordersOf)
  const exhausted = (): Tried | undefined => {
    let work = 0
    const structures: Array<Structure> = []
    for (const [i, orders] of every.entries()) {
      if (
        orders === undefined ||
        (orders.length + structures.length) * asSent.entries.length > budget.left / 4
      ) {
        return undefined
      }
      for (const moves of orders) {
        const structure = structureOf([...(splits[i] ?? []), ...moves])
        structures.push(structure)
        if (rules._tag === "Automatic") continue
        const places = placesOf(structure, rules)
        if (places.length > 8) return undefined
        work += structure.entries.length * placeSets(places).reduce((sum, set) => sum + set.length + 1, 0)
        if (work > budget.left / 2) return undefined
      }
    }
    return structures.map((structure) => withBestMarks(structure, Infinity)).reduce(better, asSent)
  }

  const climbed = (): Tried => {
    const orders = splits.flatMap((set) => [set, [...set, ...stable(set)]])
    const rough = orders.map((changes) => {
      const structure = changes.length === 0 ? asSent : structureOf(changes)
      if (rules._tag === "Automatic") return { structure, cost: structure.cost }
      const places = placesOf(structure, rules).slice(-mostMarks)
      const tries = timed(places, rules).filter((_, i, of) => i === 0 || i === of.length - 1)
      return {
        structure,
        cost: Math.min(structure.cost, ...tries.map((marks) => marked(structure, marks).cost))
      }
    })
    const share = budget.left / 4
    return rough
      .toSorted((a, b) => a.cost - b.cost)
      .slice(0, 3)
      .map(({ structure }) => withBestMarks(structure, share))
      .reduce(better, asSent)
  }

  const full = exhausted()
  const laidOut = full ?? climbed()
  const warm = warmings(laidOut.changes, market)
    .map((changes) => ({ changes, cost: cost(apply(changes)) }))
    .reduce(better, laidOut)

  const bestSplit = bySlot.map((some) => some.map((split) => structureOf([split])).reduce(better).changes)
  const layout = splits.flatMap((set) => [set, [...set, ...stable(set)]]).filter((set) => set.length > 0)
  const bestLayout = layout.map(structureOf).reduce(better, asSent)
  const marks = withBestMarks(asSent, budget.left / 8)
  const ttls = ttlChanges(own(subject.entries), rules)
    .map((change) => structureOf([change]))
    .reduce(better, asSent)
  const kept = warmings([], market).map(structureOf).reduce(better, asSent)

  return {
    combined: warm.changes,
    // where pings are the best, what they were added to stands by itself, too
    singles: [
      laidOut.changes,
      bestLayout.changes,
      ...bestSplit,
      stable([]),
      ttls.changes,
      marks.changes,
      kept.changes
    ].filter((changes) => changes.length > 0),
    splits,
    // of turns only the last few ends are tried
    exhaustive: full !== undefined && !stopped && !subject.hasTurns,
    stopped
  }
}

/**
 * Every choice of one split or none for each block, or, where that is too many, the first of each block and
 * their sum.
 */
const splitSets = (bySlot: ReadonlyArray<ReadonlyArray<Split>>): ReadonlyArray<ReadonlyArray<Split>> => {
  const all = bySlot.reduce<ReadonlyArray<ReadonlyArray<Split>>>(
    (sets, some) =>
      sets.length > mostSplitSets
        ? sets
        : sets.flatMap((set) => [set, ...some.map((split) => [...set, shifted(split, set)])]),
    [[]]
  )
  if (all.length <= mostSplitSets) return all
  const last = bySlot.flatMap((some) => some.slice(-1))
  return [
    [],
    ...last.map((split) => [split]),
    last.reduce<ReadonlyArray<Split>>((set, split) => [...set, shifted(split, set)], [])
  ]
}

/** A split behind others: what they took out stands before its block or its place, too. */
const shifted = (split: Split, before: ReadonlyArray<Split>): Split => {
  const moved = (index: number): number => index + before.filter(({ to }) => to.index <= index).length
  return {
    ...split,
    block: { ...split.block, index: moved(split.block.index) },
    to: { ...split.to, index: moved(split.to.index) }
  }
}

/** The marks of the newest request with other times to live. */
const ttlChanges = (members: ReadonlyArray<HistoryEntry>, rules: Market["rules"]): Changes => {
  const marks = members.at(-1)?.request.marks ?? []
  if (rules._tag === "Automatic" || marks.length === 0) return []
  return timed(
    marks.map(({ block }) => block),
    rules
  ).map((some) => ({ _tag: "TimeToLive", marks: some }))
}
