// Checks the package as it would be published: what npm packs, by publint and are-the-types-wrong.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "aegis-pack-"))

const run = (command, args) => {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" })
  if (status !== 0) process.exitCode = 1
  return status === 0
}

try {
  // what is in dist is what is checked: --ignore-scripts keeps npm from building it once more
  if (!run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder])) process.exit(1)
  const tarball = join(folder, readdirSync(folder)[0])
  run(process.execPath, [join(root, "node_modules/publint/src/cli.js"), tarball, "--strict"])
  run(process.execPath, [
    join(root, "node_modules/@arethetypeswrong/cli/dist/index.js"),
    tarball,
    "--profile",
    "esm-only"
  ])
} finally {
  rmSync(folder, { recursive: true })
}
