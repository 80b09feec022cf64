/** What a `ScaffoldRow` is made of. The digest is text: a BLOB would be a Buffer first. */
export const columns = "version, prices, tokens, cost, meta, lower(hex(digest)) AS digest"

/** The row of a namespace and a key. */
export const selectScaffold = `SELECT ${columns} FROM entry WHERE namespace = ? AND hash = ?`
