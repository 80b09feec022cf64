// `npm run test:prompt-cache`: the tests of what resolves, caches and replays prompts. With `-- --replay`: every recording that the
// repository keeps is replayed without its provider, and replay-results.json says what came of it.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { globSync } from "tinyglobby"

const root = fileURLToPath(new URL("..", import.meta.url))

const run = (...args) => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" })
  if (status !== 0) process.exitCode = status ?? 1
  return status === 0
}

const replayAll = (words) => {
  const folder = mkdtempSync(join(tmpdir(), "aegis-replay-"))
  const aegis = (...args) => run(join(root, "dist/bin/aegis.cjs"), ...args, "--cache-dir", folder)
  try {
    const recordings = globSync("examples/*/recording.jsonl", { cwd: root }).sort()
    if (recordings.every((file) => aegis("checkpoint", "import", file))) {
      aegis("replay", "--all", "--verify", "--report", "replay-results.json", ...words)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const words = process.argv.slice(2)
const others = words.filter((word) => word !== "--replay")
if (others.length < words.length) replayAll(others)
else {
  const vitest = join(root, "node_modules/vitest/vitest.mjs")
  run(vitest, "run", "test/prompt", "test/services", "test/replay", "test/layers/providers", ...others)
}
