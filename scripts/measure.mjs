// How long the built command takes beside `node -e 0`: interleaved rounds, so that other work on the machine hits all
// alike. `node scripts/measure.mjs [ROUNDS]` prints medians in milliseconds and their ratios.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const rounds = Number(process.argv[2] ?? 15)
const launcher = fileURLToPath(new URL("../dist/bin/aegis.cjs", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "aegis-measure-"))
writeFileSync(join(folder, "package.json"), "{}")
const block = (name, bytes) =>
  `<${name}>\n${`The quick brown fox of ${name} jumps. `.repeat(bytes / 40)}\n</${name}>\n`
writeFileSync(
  join(folder, "a.prompt.md"),
  `---\nprovider: anthropic\nmodel: claude-sonnet-5\n---\n${["requirements", "style_guide", "file_map", "context"].map((name) => block(name, 10_000)).join("")}`
)
const programs = {
  "node -e 0": ["-e", "0"],
  "node -e 0 (again)": ["-e", "0"],
  "cache resolve, hit": [launcher, "cache", "resolve", "a.prompt.md"],
  "cache resolve --json, hit": [launcher, "cache", "resolve", "a.prompt.md", "--json"],
  "--version": [launcher, "--version"],
  "--help": [launcher, "--help"],
  "cache stats": [launcher, "cache", "stats"],
  "schema ResolveInput": [launcher, "schema", "ResolveInput"]
}
const times = Object.fromEntries(Object.keys(programs).map((name) => [name, []]))
try {
  for (let round = -1; round < rounds; round++) {
    for (const [name, args] of Object.entries(programs)) {
      const start = process.hrtime.bigint()
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder })
      const took = Number(process.hrtime.bigint() - start) / 1e6
      if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`)
      // the first round warms the disk and fills the cache
      if (round >= 0) times[name].push(took)
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const base = median(times["node -e 0"])
for (const [name, values] of Object.entries(times)) {
  const middle = median(values)
  console.log(
    `${name.padEnd(28)} ${middle.toFixed(1).padStart(7)} ms  min ${Math.min(...values)
      .toFixed(1)
      .padStart(6)}  ${(middle / base).toFixed(2)} x`
  )
}
