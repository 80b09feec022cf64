/** LangGraph's own checkpointers, at their documented settings. Types: savers.d.mts. */
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite"
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres"
import Database from "better-sqlite3"
import { createRequire } from "node:module"
import { join } from "node:path"
import pg from "pg"

const require = createRequire(import.meta.url)
const versionOf = (name) => {
  const entry = require.resolve(name)
  const folder = entry.slice(0, entry.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}`.length)
  return require(join(folder, "package.json")).version
}

export const saverVersions = () =>
  Object.fromEntries(
    [
      "@langchain/langgraph",
      "@langchain/langgraph-checkpoint",
      "@langchain/langgraph-checkpoint-sqlite",
      "@langchain/langgraph-checkpoint-postgres"
    ].map((name) => [name, versionOf(name)])
  )

export const openSqliteSaver = (file) => {
  const database = new Database(file)
  const make = () => {
    const saver = new SqliteSaver(database)
    saver.setup()
    return saver
  }
  return { saver: make(), fresh: make, close: async () => void database.close() }
}

export const openPostgresSaver = async (url) => {
  const pool = new pg.Pool({ connectionString: url })
  // a server that stops says so to connections that are about to be closed
  pool.on("error", () => {})
  const saver = new PostgresSaver(pool)
  await saver.setup()
  return { saver, fresh: () => new PostgresSaver(pool), close: () => pool.end() }
}
