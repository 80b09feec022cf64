/**
 * What parts of the run store's work take by themselves: the floors of the goals that it misses. No saver takes part, and nothing of
 * Aegis but what a row or a page is made of.
 */
import Database from "better-sqlite3"
import { hash, randomBytes } from "node:crypto"
import { join } from "node:path"
import { deflateRawSync, inflateRawSync } from "node:zlib"
import pg from "pg"
import { canonicalJson } from "../../src/prompt/canonical.js"
import { inFolder } from "../aegis.js"
import { compare, timed, timedEach } from "../harness.js"
import { group, rounds, tableOf, timeOf } from "../report.js"
import { english } from "../store/english.js"
import { inPostgres } from "../store/postgres.js"
import type { Found } from "../store/versus.js"

const page = 10_240
const text = english(11)
const pageOf = (): Buffer => Buffer.from(JSON.stringify(text(page)))
const deflate = (content: Buffer): Buffer => deflateRawSync(content, { level: 3 })

await group("storeFloors", async () => {
  const [local, server] = [await inFolder(onSqlite), await inPostgres(onPostgres)]
  return { goals: [...local.goals, ...server.goals], tables: [...local.tables, ...server.tables] }
})

async function onSqlite(folder: string): Promise<Found> {
  const database = new Database(join(folder, "floor.db"))
  database.pragma("page_size = 4096")
  database.pragma("journal_mode = WAL")
  database.pragma("synchronous = NORMAL")
  database.exec(`CREATE TABLE entry (place INTEGER PRIMARY KEY, id BLOB, body BLOB, digest BLOB, chain BLOB) STRICT;
    CREATE INDEX entry_id ON entry (id)`)
  const insert = database.prepare("INSERT INTO entry (id, body, digest, chain) VALUES (?, ?, ?, ?)")
  let count = 0
  const row = (): ReadonlyArray<Buffer> => {
    const id = Buffer.alloc(16)
    id.writeUInt32BE((count += 1), 0)
    return [id, randomBytes(580), randomBytes(32), randomBytes(32)]
  }
  const rows = {
    insert: "one row of 660 bytes and one index, by a prepared statement",
    deflate: "deflate a text of 10 KB",
    inflate: "inflate ten of them",
    hash: "SHA-256 of 100 KB",
    canonical: "canonical JSON of ten texts of 10 KB"
  }
  const comparison = await compare({
    base: { name: rows.insert, sample: timed(50, row, (values) => insert.run(...values)) },
    candidates: [
      { name: rows.deflate, sample: timed(20, pageOf, deflate) },
      {
        name: rows.inflate,
        sample: timed(
          5,
          () => Array.from({ length: 10 }, () => deflate(pageOf())),
          (pages) => pages.map((each) => inflateRawSync(each, { maxOutputLength: 2 * page }))
        )
      },
      {
        name: rows.hash,
        sample: timed(
          20,
          () => randomBytes(10 * page),
          (bytes) => hash("sha256", bytes, "buffer")
        )
      },
      {
        name: rows.canonical,
        sample: timed(5, () => Array.from({ length: 10 }, () => text(page)), canonicalJson)
      }
    ],
    rounds: rounds(60)
  })
  database.close()
  const pages = Array.from({ length: 100 }, pageOf)
  const share = pages.reduce((sum, each) => sum + deflate(each).length / each.length, 0) / pages.length
  return {
    goals: [
      ...Object.values(rows).map((name) => timeOf(`floor: ${name}`, comparison.micros(name))),
      { what: "floor: what deflating leaves of such a text", goal: "", measured: `${share.toFixed(3)} x` }
    ],
    tables: [tableOf("Floors of the run store", comparison)],
    notes: []
  }
}

async function onPostgres(postgres: Parameters<Parameters<typeof inPostgres>[0]>[0]): Promise<Found> {
  const client = new pg.Client({ connectionString: await postgres.database() })
  await client.connect()
  await client.query("CREATE TABLE entry (n integer PRIMARY KEY, body bytea)")
  let count = 0
  const write = (): Promise<unknown> =>
    client.query({
      name: "write",
      text: "INSERT INTO entry (n, body) VALUES ($1, $2)",
      values: [(count += 1), randomBytes(600)]
    })
  const read = (): Promise<unknown> =>
    client.query({ name: "read", text: "SELECT n, body FROM entry WHERE n = $1", values: [1] })
  await write()
  const rows = {
    read: "Postgres: one row, by the driver and a prepared statement",
    write: "Postgres: one row written, by the same"
  }
  const comparison = await compare({
    base: { name: rows.read, sample: timedEach(20, () => undefined, read) },
    candidates: [{ name: rows.write, sample: timedEach(20, () => undefined, write) }],
    rounds: rounds(60)
  })
  await client.end()
  return {
    goals: Object.values(rows).map((name) => timeOf(`floor: ${name}`, comparison.micros(name))),
    tables: [tableOf("Floors of the run store on Postgres", comparison)],
    notes: []
  }
}
