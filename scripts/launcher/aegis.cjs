#!/usr/bin/env node
// The `aegis` command. Loads the bundled program with V8's compiled code where that fits this Node.js; where it does
// not, the source is compiled as usual and nothing is said.
"use strict"
const { readFileSync } = require("node:fs")
const { join } = require("node:path")
const { pathToFileURL } = require("node:url")
const { Script } = require("node:vm")

const modules = new Map()
/** What was compiled, by chunk: scripts/build.mjs makes the code cache from it. */
const scripts = new Map()

const cacheOf = (file) => {
  try {
    return readFileSync(`${file}.v8`)
  } catch {
    return undefined
  }
}

const load = (name) => {
  if (!name.startsWith("./")) return require(name)
  const known = modules.get(name)
  if (known !== undefined) return known.exports
  const file = join(__dirname, name)
  // The chunks are written in ASCII, which latin1 reads without looking at every byte.
  const script = new Script(readFileSync(file, "latin1"), { filename: file, cachedData: cacheOf(file) })
  const module = { exports: {} }
  modules.set(name, module)
  scripts.set(name, script)
  script.runInThisContext()(module.exports, load, module, require, pathToFileURL(file).href)
  return module.exports
}

const runWhole = () => {
  // The heap of this one only grows; without this V8 collects it half a dozen times on the way up.
  require("node:v8").setFlagsFromString("--semi-space-growth-factor=16")
  load("./main.cjs")
}

/** `cache resolve FILE [--json]` is most often a hit, which has a program of its own; so is `cache why`. */
const mayBePlainHit = ([group, command, ...rest]) =>
  group === "cache" && (command === "resolve" || command === "why") && rest.length <= 2

/** As layers/cli/plainWords.ts understands them; `upkeep.cjs` has nothing else to offer. */
const upkeep = {
  stats: ["", "--json"],
  verify: ["", "--json"],
  prune: ["", "--json", "--dry-run", "--dry-run --json", "--json --dry-run"]
}
const isPlainUpkeep = ([group, command, ...rest]) =>
  group === "cache" && Object.hasOwn(upkeep, command) && upkeep[command].includes(rest.join(" "))

module.exports = { scripts }
const words = process.argv.slice(2)
// spans and metrics are the whole program's to send
const destinations = ["ENDPOINT", "TRACES_ENDPOINT", "METRICS_ENDPOINT"]
if (destinations.some((name) => process.env[`OTEL_EXPORTER_OTLP_${name}`])) runWhole()
else if (mayBePlainHit(words))
  load("./hit.cjs")
    .answer(words)
    .then((done) => done || runWhole())
else if (isPlainUpkeep(words)) load("./upkeep.cjs")
else runWhole()
