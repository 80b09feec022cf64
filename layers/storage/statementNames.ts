/**
 * Names under which statements stay prepared on their connections. Behind a pooler the next statement may meet another
 * connection, which knows none of them: whoever finds that out gives them up.
 */
import { hash } from "node:crypto"
import { saysOf } from "./pgAddress.js"

export interface StatementNames {
  /** From now on a statement has a name, if there is one left. */
  readonly give: (sql: string) => void
  readonly of: (sql: string) => string | undefined
  /** From now on no statement has a name. */
  readonly giveUp: () => void
}

/** How many texts get a name: each stays on the server for as long as its connection. */
const capacity = 200

export const makeNames = (): StatementNames => {
  const names = new Map<string, string>()
  let room = capacity
  return {
    give: (sql) => {
      if (names.size < room && !names.has(sql)) {
        names.set(sql, `aegis_${hash("sha256", sql, "hex").slice(0, 32)}`)
      }
    },
    of: (sql) => names.get(sql),
    giveUp: () => {
      room = 0
      names.clear()
    }
  }
}

export const noNames: StatementNames = { give: () => {}, of: () => undefined, giveUp: () => {} }

/** Whether the address is that of a server rather than of a pooler which hands out another connection each time. */
export const keepsStatements = (address: string): boolean => {
  const said = saysOf(address, "prepared_statements")
  if (said !== undefined || !URL.canParse(address)) return said ?? true
  const [label = ""] = new URL(address).hostname.split(".")
  return saysOf(address, "pgbouncer") !== true && !label.endsWith("-pooler")
}
