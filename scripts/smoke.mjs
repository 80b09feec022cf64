// Installs the packed package into an empty folder, as a stranger would, and uses it: the command and the library.
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "aegis-smoke-"))

const run = (cwd, command, args, expected = 0) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" })
  if (status !== expected) {
    throw new Error(`${command} ${args.join(" ")} ended with ${status}\n${stdout}${stderr}`)
  }
  return stdout
}
const expect = (what, condition) => {
  if (!condition) throw new Error(`smoke: ${what}`)
  console.log(`smoke: ${what}`)
}

try {
  run(root, "npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder])
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))
  writeFileSync(join(folder, "package.json"), '{ "name": "smoke", "private": true, "type": "module" }')
  run(folder, "npm", [
    ...["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline", "--ignore-scripts"],
    `./${tarball}`
  ])
  // Where there is no binary for it, npm compiles SQLite, which takes minutes. This very version was just compiled here.
  const native = "node_modules/better-sqlite3/build/Release/better_sqlite3.node"
  cpSync(join(root, native), join(folder, native), { recursive: true })
  cpSync(join(root, "examples"), join(folder, "examples"), { recursive: true })

  const aegis = (...words) => run(folder, join(folder, "node_modules/.bin/aegis"), words)
  expect("aegis --version prints the version", /^\d+\.\d+\.\d+\n$/.test(aegis("--version")))
  expect(
    "aegis schema ResolveInput prints JSON Schema",
    JSON.parse(aegis("schema", "ResolveInput")).$defs.ResolveInput.required.includes("prompt")
  )
  const resolve = () => JSON.parse(aegis("cache", "resolve", "examples/feature.prompt.md", "--json"))
  const [first, second] = [resolve(), resolve()]
  expect("the first resolve misses", first.outcome === "miss")
  expect("the second resolve hits", second.outcome === "hit")
  expect("both give the same request", first.resolvedContent === second.resolvedContent)
  run(folder, join(folder, "node_modules/.bin/aegis"), ["cache", "verify"])
  expect("the cache verifies", true)

  writeFileSync(
    join(folder, "use.js"),
    `import * as aegis from "aegis-prompt-cache"
import * as layers from "aegis-prompt-cache/layers"
import * as promise from "aegis-prompt-cache/promise"
import * as testing from "aegis-prompt-cache/testing"
console.log([aegis.ScaffoldCache, layers.AegisLive, promise, testing].every((each) => each !== undefined))`
  )
  expect("the library's faces import", run(folder, process.execPath, ["use.js"]) === "true\n")
} finally {
  rmSync(folder, { recursive: true, force: true })
}
