/**
 * Ids in descending order, though they lie in the index in two ranges: UUIDs in 16 bytes, then all others. A lineage with
 * both is rare; only there the two have to be merged.
 */
import { compareNames, isPackedUuid, packName } from "../../src/runs/packed.js"

/** Which ids of a lineage are asked for, and how many of them. */
export interface Range {
  readonly uuids: boolean
  readonly below: Uint8Array | undefined
  readonly limit: number
}

/** The ranges that hold the newest `limit` ids less than `before`, given whether there are ids that are no UUIDs. */
export const rangesOf = (
  before: string | undefined,
  limit: number,
  hasOthers: boolean
): ReadonlyArray<Range> => {
  const below = before === undefined ? undefined : packName(before)
  const range = (uuids: boolean): Range =>
    below === undefined || isPackedUuid(below) === uuids
      ? { uuids, below, limit }
      : // the order of bytes says nothing about ids of the other range: all of them are compared as texts
        { uuids, below: undefined, limit: Number.MAX_SAFE_INTEGER }
  return hasOthers ? [range(true), range(false)] : [range(true)]
}

/** The newest of what the ranges gave, by id as text. */
export const newestFirst = <A extends { readonly id: string }>(
  found: ReadonlyArray<A>,
  before: string | undefined,
  limit: number
): ReadonlyArray<A> =>
  found
    .filter(({ id }) => before === undefined || compareNames(id, before) < 0)
    .sort((one, other) => compareNames(other.id, one.id))
    .slice(0, limit)
