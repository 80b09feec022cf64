/**
 * Names under which statements stay prepared on their connections. Behind a pooler the next statement may meet another
 * connection, which knows none of them: whoever finds that out gives them up.
 */
import { hash } from "node:crypto"

export interface StatementNames {
  /** The name of a statement that is to stay prepared. */
  readonly of: (sql: string) => string | undefined
  /** From now on no statement has a name. */
  readonly giveUp: () => void
}

/** How many texts get a name: each stays on the server for as long as its connection. */
const capacity = 200

/** Texts that were asked about once and are remembered for that. */
const remembered = 1000

/** A text gets its name when it comes a second time: many are sent once, as those of a migration. */
export const makeNames = (): StatementNames => {
  const names = new Map<string, string>()
  const once = new Set<string>()
  let givenUp = false
  const isFirst = (sql: string): boolean => {
    if (once.delete(sql)) return false
    if (once.size >= remembered) once.clear()
    once.add(sql)
    return true
  }
  return {
    of: (sql) => {
      if (givenUp) return undefined
      const known = names.get(sql)
      if (known !== undefined || names.size >= capacity || isFirst(sql)) return known
      const name = `aegis_${hash("sha256", sql, "hex").slice(0, 32)}`
      names.set(sql, name)
      return name
    },
    giveUp: () => {
      givenUp = true
    }
  }
}

export const noNames: StatementNames = { of: () => undefined, giveUp: () => {} }

/** Whether the address is that of a server rather than of a pooler which hands out another connection each time. */
export const keepsStatements = (address: string): boolean => {
  if (!URL.canParse(address)) return true
  const { hostname, searchParams } = new URL(address)
  const said = searchParams.get("prepared_statements")
  if (said === "true" || said === "false") return said === "true"
  const [label = ""] = hostname.split(".")
  return searchParams.get("pgbouncer") !== "true" && !label.endsWith("-pooler")
}
