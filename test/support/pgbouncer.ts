/** A transaction pooler in front of a Postgres: PgBouncer as its defaults leave it, each transaction on another connection. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawn, spawnSync } from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Net from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"

/** Whether PgBouncer is installed (`apt-get install pgbouncer`). */
export const hasPgBouncer = spawnSync("pgbouncer", ["--version"]).status === 0

const freePort = Effect.async<number>((resume) => {
  const probe = Net.createServer()
  probe.listen(0, "127.0.0.1", () => {
    const address = probe.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    probe.close(() => resume(Effect.succeed(port)))
  })
})

const settings = (target: URL, port: number): string => `[databases]
* = host=${target.hostname} port=${target.port} user=${target.username} password=${target.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
server_round_robin = 1
`

const connects = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = Net.connect(port, "127.0.0.1")
    socket.on("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.on("error", () => resolve(false))
  })

/** Waits until somebody listens, by the clock of the machine whichever a test has. */
const listening = (port: number): Effect.Effect<void> =>
  Effect.promise(async () => {
    for (let left = 250; left > 0 && !(await connects(port)); left -= 1) {
      await new Promise((resume) => setTimeout(resume, 20))
    }
  })

/** The address of the same database behind the pooler. Nothing in it says that there is one. */
export const pooled = (url: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const target = new URL(url)
    const port = yield* freePort
    const folder = yield* Effect.acquireRelease(
      Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "aegis-pgbouncer-"))),
      (path) => Effect.promise(() => Fs.rm(path, { recursive: true, force: true }))
    )
    const file = Path.join(folder, "pgbouncer.ini")
    yield* Effect.promise(async () => {
      await Fs.writeFile(file, settings(target, port))
      await Fs.chmod(folder, 0o755)
    })
    // it does not run as root
    const user = process.getuid?.() === 0 ? ["-u", "nobody"] : []
    yield* Effect.acquireRelease(
      Effect.sync(() => spawn("pgbouncer", [...user, "-q", file], { stdio: "ignore" })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    yield* listening(port)
    return Object.assign(new URL(url), { hostname: "127.0.0.1", port: String(port) }).href
  })
