/** Where checkpoints are kept: SQLite and Postgres, each by LangGraph's own saver and by Aegis, equally durable. */
import Database from "better-sqlite3"
import { statSync } from "node:fs"
import { join } from "node:path"
import { inFolder } from "../aegis.js"
import { openPostgresSaver, openSqliteSaver, type OpenSaver } from "../savers.mjs"
import {
  openAegis,
  openCheckpoints,
  type OpenAegis,
  type OpenCheckpoints,
  type Synchronous
} from "./openAegis.js"
import { inPostgres } from "./postgres.js"

export interface Store extends OpenSaver {
  /** Bytes on the disk, after whatever the database has to tidy up. */
  readonly bytes: () => Promise<number>
  /** What it took before anything was put. */
  readonly empty: number
}

export interface Engine {
  readonly name: "SQLite" | "Postgres"
  /** The name of the saver that it is compared with. */
  readonly peer: "SqliteSaver" | "PostgresSaver"
  /** Each opens a storage of its own. */
  readonly openPeer: () => Promise<Store>
  readonly openOurs: (synchronous?: Synchronous) => Promise<Store & OpenAegis>
  readonly openCheckpoints: (synchronous?: Synchronous) => Promise<OpenCheckpoints>
  /** Runs with a database that does not wait for the disk: for filling. */
  readonly hastily: <A>(fill: () => Promise<A>) => Promise<A>
}

const measured = async <Opened extends OpenSaver>(
  opened: Opened,
  bytes: () => Promise<number>
): Promise<Opened & Store> => ({
  ...opened,
  bytes,
  empty: await bytes()
})

/** Bytes of a database file with its log, once the log is copied into the file. */
const fileBytes = (file: string): number => {
  const database = new Database(file)
  database.pragma("wal_checkpoint(TRUNCATE)")
  database.close()
  return [file, `${file}-wal`].reduce(
    (sum, each) => sum + (statSync(each, { throwIfNoEntry: false })?.size ?? 0),
    0
  )
}

const sqlite = (folder: string): Engine => {
  let files = 0
  const newFile = (): string => join(folder, `${(files += 1)}.db`)
  const open = async <Opened extends OpenSaver>(
    by: (file: string) => Opened | Promise<Opened>
  ): Promise<Opened & Store> => {
    const file = newFile()
    return measured(await by(file), async () => fileBytes(file))
  }
  return {
    name: "SQLite",
    peer: "SqliteSaver",
    openPeer: () => open(openSqliteSaver),
    openOurs: (synchronous) => open((file) => openAegis(file, synchronous)),
    openCheckpoints: (synchronous) => openCheckpoints(newFile(), synchronous),
    hastily: (fill) => fill()
  }
}

/** Measures with both engines, one after the other. */
export const onEachEngine = async <A>(measure: (engine: Engine) => Promise<A>): Promise<ReadonlyArray<A>> => {
  const only = process.env["BENCH_ENGINE"]
  const found: Array<A> = []
  if (only !== "Postgres") found.push(await inFolder((folder) => measure(sqlite(folder))))
  if (only !== "SQLite") {
    found.push(
      await inPostgres(async (postgres) => {
        const open = async <Opened extends OpenSaver>(
          by: (url: string) => Promise<Opened>
        ): Promise<Opened & Store> => {
          const url = await postgres.database()
          return measured(await by(url), () => postgres.bytes(url))
        }
        return measure({
          name: "Postgres",
          peer: "PostgresSaver",
          openPeer: () => open(openPostgresSaver),
          openOurs: () => open((url) => openAegis(url)),
          openCheckpoints: async () => openCheckpoints(await postgres.database()),
          hastily: async (fill) => {
            await postgres.durable(false)
            try {
              return await fill()
            } finally {
              await postgres.durable(true)
            }
          }
        })
      })
    )
  }
  return found
}
