/** A hundred identical misses at once. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { inFolder, inputOf, openAegis } from "../aegis.js"
import { contents, fresh, source } from "../fixtures.js"
import { exactly, group } from "../report.js"

const callers = 100

await group("flight", () =>
  inFolder(async (root) => {
    const aegis = await openAegis(root)
    const scope = Effect.runSync(Scope.make())
    const adapter = aegis.providers.unsafeGet("openai")
    if (adapter === undefined) throw new Error("There is no adapter of that name.")
    let renders = 0
    const counting: typeof adapter = {
      ...adapter,
      resolveScaffold: (scaffold, options) => {
        renders++
        return adapter.resolveScaffold(scaffold, options)
      }
    }
    await aegis.run(Scope.extend(aegis.providers.register(counting), scope))
    const make = fresh(source(contents(1, 10_240)))
    const all = await aegis.run(
      Effect.all(
        Array.from({ length: callers }, () => aegis.cache.resolve(inputOf(make()))),
        { concurrency: "unbounded" }
      )
    )
    await Effect.runPromise(Scope.close(scope, Exit.void))
    await aegis.close()
    const misses = all.filter(({ outcome }) => outcome === "miss").length
    const bodies = new Set(all.map(({ resolvedContent }) => resolvedContent)).size
    return {
      goals: [
        exactly(`${callers} concurrent identical misses`, renders, 1, "render"),
        exactly("… of which are told that they missed", misses, 1, "caller"),
        exactly("… different request bodies among them", bodies, 1, "body")
      ],
      tables: []
    }
  })
)
