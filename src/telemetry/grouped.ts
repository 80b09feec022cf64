/** Records in groups. */
import type { GroupBy, ReportRow } from "../domain/TelemetryReport.js"
import * as Sums from "./sums.js"

export const hourMillis = 3_600_000

/** A record with its time, in milliseconds since the epoch. */
export type Timed = Sums.Summed & { readonly at: number }

export type GroupKey = ReportRow["key"]

export interface Group {
  readonly key: GroupKey
  readonly sums: Sums.Sums
}

/** What a group is told apart by, of one record or of a sum of records of one hour. */
export interface Facts extends Pick<Sums.Summed, "provider" | "model" | "namespace"> {
  readonly at: number
  readonly operation: string
  readonly scaffoldId?: string
}

const hourOf = (at: number): string => new Date(Math.floor(at / hourMillis) * hourMillis).toISOString()

const values: { readonly [By in GroupBy]: (facts: Facts) => string | undefined } = {
  day: ({ at }) => hourOf(at).slice(0, "2026-11-26".length),
  hour: ({ at }) => hourOf(at),
  provider: ({ provider }) => provider,
  model: ({ model }) => model,
  namespace: ({ namespace }) => namespace,
  scaffold: ({ scaffoldId }) => scaffoldId,
  operation: ({ operation }) => operation
}

/** The value of each thing that is grouped by: a day as 2026-11-26, an hour as its beginning. */
export const keyOf = (facts: Facts, groupBy: ReadonlyArray<GroupBy>): GroupKey =>
  groupBy.map((by) => values[by](facts) ?? null)

/** Groups that are filled one record or one sum at a time. */
export interface Groups {
  /** The sums of the group that these facts belong to. */
  readonly of: (facts: Facts) => Sums.Sums
  /** In the order of their keys; what has no value comes first. */
  readonly all: () => ReadonlyArray<Group>
}

const compare = (a: string | null, b: string | null): number =>
  a === b ? 0 : a === null ? -1 : b === null ? 1 : a < b ? -1 : 1

const inOrder = (a: Group, b: Group): number => {
  for (let i = 0; i < a.key.length; i++) {
    const order = compare(a.key[i] ?? null, b.key[i] ?? null)
    if (order !== 0) return order
  }
  return 0
}

export const make = (groupBy: ReadonlyArray<GroupBy>): Groups => {
  const groups = new Map<string, Group>()
  return {
    of: (facts) => {
      const key = keyOf(facts, groupBy)
      const name = JSON.stringify(key)
      const known = groups.get(name)
      if (known !== undefined) return known.sums
      const sums = Sums.make()
      groups.set(name, { key, sums })
      return sums
    },
    all: () => [...groups.values()].sort(inOrder)
  }
}

/** The groups of records. */
export const groupsOf = (records: Iterable<Timed>, groupBy: ReadonlyArray<GroupBy>): ReadonlyArray<Group> => {
  const groups = make(groupBy)
  for (const record of records) Sums.add(groups.of(record), record)
  return groups.all()
}
