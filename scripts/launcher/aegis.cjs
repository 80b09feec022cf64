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
  // The heap of a short command only grows; without this V8 collects it half a dozen times on the way up.
  require("node:v8").setFlagsFromString("--semi-space-growth-factor=16")
  load("./main.cjs")
}

/** `cache resolve FILE [--json]`, with no spans to send, is most often a hit, which has a program of its own. */
const mayBePlainHit = ([group, command, ...rest]) =>
  group === "cache" && command === "resolve" && rest.length <= 2 && !process.env.OTEL_EXPORTER_OTLP_ENDPOINT

module.exports = { scripts }
const words = process.argv.slice(2)
if (mayBePlainHit(words))
  load("./hit.cjs")
    .answer(words)
    .then((done) => done || runWhole())
else runWhole()
