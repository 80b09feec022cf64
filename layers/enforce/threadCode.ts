/**
 * What a thread of rules runs, as text: so it is the same from the sources, from `dist/` and from the command's bundle. It
 * has the modules of the pack and Node's own, and asks the file system for no other. Of what a rule throws it tells the name
 * alone: the message may hold the text that was judged.
 */
export const threadCode = `"use strict"
const { parentPort, workerData } = require("node:worker_threads")
const { isBuiltin } = require("node:module")
const { posix } = require("node:path")
const { compileFunction } = require("node:vm")
const { entry, modules } = workerData
const send = parentPort.postMessage.bind(parentPort)

const loaded = new Map()
const load = (path) => {
  const known = loaded.get(path)
  if (known !== undefined) return known.exports
  const module = { exports: {} }
  loaded.set(path, module)
  if (path.endsWith(".json")) {
    module.exports = JSON.parse(modules.get(path))
    return module.exports
  }
  const run = compileFunction(modules.get(path), ["exports", "require", "module"], { filename: path })
  run.call(module.exports, module.exports, (asked) => find(path, asked), module)
  return module.exports
}
const find = (from, asked) => {
  if (/^\\.\\.?\\//.test(asked)) {
    const at = posix.join(posix.dirname(from), asked)
    const path = [at, at.replace(/\\.js$/, ".ts"), at + ".ts", at + ".js"].find((each) => modules.has(each))
    if (path !== undefined) return load(path)
  } else if (isBuiltin(asked)) return require(asked)
  throw new Error('"' + asked + '" is no file of the pack')
}

let pack
const packOf = () => {
  if (pack === undefined) {
    const found = load(entry)
    pack = found.default ?? found
  }
  return pack
}
const describe = () => {
  const { rules, ...rest } = packOf()
  if (!Array.isArray(rules)) return { ...rest, rules }
  return {
    ...rest,
    rules: rules.map(({ validate, ...rule }) => {
      if (typeof validate !== "function") throw new Error("rule " + rule.id + " has no function validate")
      return rule
    })
  }
}
const validate = ({ content, context, rule }) => {
  const answer = packOf().rules.find(({ id }) => id === rule).validate(content, context)
  if (typeof answer?.then === "function") {
    Promise.resolve(answer).catch(() => {})
    return { problem: "it answered with a promise" }
  }
  return { value: answer }
}
const nameOf = (thrown) => {
  const name = thrown instanceof Error ? thrown.name : typeof thrown
  return /^\\w{1,40}$/.test(name) ? name : "Error"
}

parentPort.on("message", (question) => {
  let answer
  try {
    answer = question.kind === "describe" ? { value: describe() } : validate(question)
  } catch (thrown) {
    const about = question.kind === "describe" && thrown instanceof Error ? ": " + thrown.message.split("\\n")[0] : ""
    answer = { problem: "it threw " + nameOf(thrown) + about }
  }
  try {
    send(answer)
  } catch {
    send({ problem: "what it answered is no plain data" })
  }
})
`
