/**
 * Postgres' own guard around a namespace: whoever reads or writes rows of the run store has to say in the same transaction
 * whose they are, and meets no others. An owner of the tables runs these statements once, and gives the programs a role that
 * is neither a superuser nor BYPASSRLS, with SELECT, INSERT, UPDATE and DELETE on the tables. Programs then set
 * `rowLevelSecurity: true`.
 *
 * A fault in a program, or SQL that somebody smuggled into it, does not cross namespaces so easily. Whoever can run any SQL
 * as that role can still name another namespace: against that, give each tenant a database or a role of its own.
 */
import { setting } from "./pgSession.js"

/** The setting holds hexadecimal digits, as names are any bytes. Unset, or emptied after a transaction, it names nobody. */
const mine = `name = decode(current_setting('${setting}', true), 'hex')`
/** Asked once for each statement, not for each row. */
const inMySpace = `space = (SELECT id FROM aegis_space WHERE ${mine})`
/** The policy of lineages holds in here too. */
const inMyLineage = (table: string): string =>
  `EXISTS (SELECT FROM aegis_lineage WHERE aegis_lineage.id = ${table}.lineage)`

const conditions: ReadonlyArray<readonly [table: string, condition: string]> = [
  ["aegis_space", mine],
  ["aegis_lineage", inMySpace],
  ["aegis_deleted", inMySpace],
  ["aegis_chunk", inMySpace],
  ["aegis_named", `${inMySpace} AND ${inMyLineage("aegis_named")}`],
  ...["aegis_entry", "aegis_holding", "aegis_ref"].map((table) => [table, inMyLineage(table)] as const)
]

/** Enables and forces the policies on all tables of the run store. May be run again. */
export const enableRowLevelSecurity: ReadonlyArray<string> = conditions.flatMap(([table, condition]) => [
  `DROP POLICY IF EXISTS aegis_namespace ON ${table}`,
  `CREATE POLICY aegis_namespace ON ${table} USING (${condition}) WITH CHECK (${condition})`,
  `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
  `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`
])
