/** What a collector costs a command that is not there, or takes what it is sent and never answers. */
import { spawn } from "node:child_process"
import { createServer, type AddressInfo } from "node:net"
import { performance } from "node:perf_hooks"
import { fileURLToPath } from "node:url"
import { inFolder } from "../aegis.js"
import { compare } from "../harness.js"
import { group, rounds, tableOf, within } from "../report.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Microseconds of a process of the command. */
const aegis = (folder: string, args: ReadonlyArray<string>, endpoint: string) => (): Promise<number> =>
  new Promise((resolve, reject) => {
    const start = performance.now()
    const { OTEL_EXPORTER_OTLP_ENDPOINT: _, ...env } = process.env
    const child = spawn(process.execPath, ["dist/bin/aegis.cjs", ...args], {
      cwd: root,
      stdio: "ignore",
      env: {
        ...env,
        AEGIS_CACHE_DIR: folder,
        ...(endpoint === "" ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
      }
    })
    child.once("error", reject)
    child.once("close", () => resolve((performance.now() - start) * 1000))
  })

await group("collector", () =>
  inFolder(async (folder) => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve))
    const { port } = silent.address() as AddressInfo // it listens on a port
    const commands = [
      ["a plain hit", ["cache", "resolve", "examples/feature.prompt.md"]],
      ["cache stats", ["cache", "stats"]]
    ] as const
    const measured = []
    for (const [name, args] of commands) {
      const comparison = await compare({
        base: { name, sample: aegis(folder, args, "") },
        candidates: [
          { name: `${name}, nobody at the address`, sample: aegis(folder, args, "http://127.0.0.1:9") },
          { name: `${name}, no answer`, sample: aegis(folder, args, `http://127.0.0.1:${port}`) }
        ],
        rounds: rounds(30),
        warmUp: 2
      })
      measured.push({ name, comparison })
    }
    silent.close()
    return {
      tables: measured.map(({ comparison, name }) =>
        tableOf(`${name} with a collector that is none`, comparison)
      ),
      goals: measured.flatMap(({ comparison, name }) =>
        [`${name}, nobody at the address`, `${name}, no answer`].map((candidate) =>
          within(`${candidate}: more than without`, comparison.more(candidate, name), 300_000)
        )
      )
    }
  })
)
