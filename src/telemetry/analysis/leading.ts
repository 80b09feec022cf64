/** Sums by a name of which there may be any number, in bounded memory. */
import type { ReportRow } from "../../domain/TelemetryReport.js"
import * as Sums from "../sums.js"

export interface Leading {
  readonly of: (name: string) => Sums.Sums
  /** What most was spent on first, at most `limit`; all others are one row whose key is null. */
  readonly rows: () => ReadonlyArray<ReportRow>
}

type Entry = readonly [name: string, sums: Sums.Sums]

const inOrder = ([nameA, { counts: a }]: Entry, [nameB, { counts: b }]: Entry): number =>
  b.nanoSpent - a.nanoSpent || b.records - a.records || (nameA < nameB ? -1 : 1)

/**
 * Keeps up to twice `limit` names apart. Of those the half on which less was spent is then no longer told apart; a name that comes again
 * after that starts anew, so the rows of a ledger with very many names are a lower bound, and their sum is exact.
 */
export const makeLeading = (limit: number): Leading => {
  const kept = new Map<string, Sums.Sums>()
  const others = Sums.make()
  const leave = (entries: ReadonlyArray<Entry>): void => {
    for (const [name, sums] of entries) {
      Sums.merge(others, sums)
      kept.delete(name)
    }
  }
  return {
    of: (name) => {
      const known = kept.get(name)
      if (known !== undefined) return known
      if (kept.size >= 2 * limit) leave([...kept].sort(inOrder).slice(limit))
      const made = Sums.make()
      kept.set(name, made)
      return made
    },
    rows: () => {
      const sorted = [...kept].sort(inOrder)
      const rest = Sums.make()
      Sums.merge(rest, others)
      for (const [, sums] of sorted.slice(limit)) Sums.merge(rest, sums)
      return [
        ...sorted.slice(0, limit).map(([name, sums]) => ({ key: [name], totals: Sums.toTotals(sums) })),
        ...(rest.counts.records === 0 ? [] : [{ key: [null], totals: Sums.toTotals(rest) }])
      ]
    }
  }
}
