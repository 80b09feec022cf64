/**
 * A process that resolves prompts in the project of its first argument, as many as the third says, when it is told to on
 * stdin. It flushes after every fifth and prints the keys that the cache took: they are acknowledged. What the cache warns
 * of is printed, and so is the error that ends it. With a user id as fourth argument it gives up its rights first.
 */
import * as Effect from "effect/Effect"
import { once } from "node:events"
import { layerFor } from "../../../layers/AegisLive.js"
import * as AegisConfig from "../../../src/services/AegisConfig.js"
import { decodeInput } from "../../../src/services/resolveScaffold.js"
import { ScaffoldCache } from "../../../src/services/ScaffoldCache.js"
import { cacheWarnings, inputsOf } from "../inputs.js"

const [, , root = "", name = "", count = "1", uid] = process.argv
if (uid !== undefined) process.setuid?.(Number(uid))

const say = (line: string): Effect.Effect<void> => Effect.sync(() => void process.stdout.write(`${line}\n`))

const program = Effect.gen(function* () {
  const cache = yield* ScaffoldCache
  yield* say("open")
  let written: Array<string> = []
  for (let i = 0; i < Number(count); i++) {
    const input = yield* decodeInput(inputsOf(name, i))
    const resolved = yield* cache.resolve(input)
    const again = yield* cache.resolve({ ...input })
    const warnings = cacheWarnings(resolved)
    for (const { code, message } of warnings) yield* say(`warned ${code} ${message}`)
    // what could not be kept need not be found again, but it is the same all the same
    const found = again.outcome === "hit" || warnings.length > 0
    if (!found || again.resolvedContent !== resolved.resolvedContent) yield* say("wrong")
    if (warnings.length === 0) written.push(resolved.originalScaffold.hash)
    if (i % 5 !== 4 && i !== Number(count) - 1) continue
    yield* cache.flush
    yield* say(`ack ${i + 1}: ${written.join(" ")}`)
    written = []
  }
})

process.stdout.write("ready\n")
await once(process.stdin, "data")
process.stdin.destroy()
await Effect.runPromise(
  Effect.provide(program, layerFor(AegisConfig.layer(root))).pipe(
    Effect.matchEffect({
      onFailure: (error) => say(`failed ${error.message}`),
      onSuccess: () => say("done")
    })
  )
)
