/** The raw read that a hit is measured against: what it needs of the row, by the driver alone. */
import Database from "better-sqlite3"

const readRow =
  "SELECT version, prices, tokens, cost, meta, digest FROM entry WHERE namespace = ? AND hash = ?"

export interface Rows {
  /** The row of a scaffold, as the driver gives it. */
  readonly get: (namespace: string, hash: string) => unknown
  readonly close: () => void
}

/** Opens a database as the cache does. */
export const openRows = (file: string): Rows => {
  const database = new Database(file, { readonly: true })
  database.pragma(`mmap_size = ${1024 ** 3}`)
  const statement = database.prepare(readRow)
  return {
    get: (namespace, hash) => statement.get(namespace, Buffer.from(hash, "hex")),
    close: () => void database.close()
  }
}
