// Lets V8 keep what it compiled while the command really ran: `node codeCache.mjs BIN WORDS…` runs the command in BIN and,
// when it ends, writes beside each chunk that it used the compiled code of the functions that were called.
import { writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"

const [, , bin, ...words] = process.argv
const launcher = join(bin, "aegis.cjs")
process.argv = [process.argv[0], launcher, ...words]
process.on("exit", () => {
  const { scripts } = createRequire(import.meta.url)(launcher)
  for (const [name, script] of scripts) {
    writeFileSync(`${join(bin, name)}.v8`, script.createCachedData())
  }
})
createRequire(import.meta.url)(launcher)
