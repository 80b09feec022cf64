/** Entries of a lineage lie together in SQLite's table: their place is the lineage and the number in one integer. */

import { epochsOfOne } from "../../src/services/RunStorage.js"

/** Numbers that one lineage has room for. */
export const span = 2 ** 26

/** Whether a number can be that of an entry: with any other the place would be in another lineage. */
export const isNumber = (n: number): boolean => Number.isSafeInteger(n) && n > 0 && n < span

/** The epoch of a lineage as others see it: a new lineage has none that an old one had. */
export const epochOf = (row: { readonly id: number; readonly epoch: number }): number =>
  row.id * epochsOfOne + row.epoch
