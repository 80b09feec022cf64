/** Entries of a lineage lie together in SQLite's table: their place is the lineage and the number in one integer. */

/** Numbers that one lineage has room for. */
export const span = 2 ** 26
