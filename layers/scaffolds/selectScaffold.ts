/** The row of a namespace and a key, as a `ScaffoldRow`. The digest is text: a BLOB would be a Buffer first. */
export const selectScaffold =
  "SELECT version, header, meta, lower(hex(digest)) AS digest FROM entry WHERE namespace = ? AND hash = ?"
