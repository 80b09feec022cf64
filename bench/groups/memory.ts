/** A hit that is answered from memory: by the identity of a frozen input, or by its text. */
import * as Effect from "effect/Effect"
import { hash } from "node:crypto"
import { decodeInput } from "../../src/services/resolveScaffold.js"
import { inFolder, inputOf, openAegis, type Aegis, type Lookup } from "../aegis.js"
import { contents, cycle, fresh, source } from "../fixtures.js"
import { compare, timed, timedAll, type Candidate } from "../harness.js"
import { group, rounds, shown, tableOf, within } from "../report.js"

const namespace = "default"

await group("memory", () =>
  inFolder(async (root) => {
    const all = Array.from({ length: 16 }, (_, i) => contents(i, 10_240))
    const untraced = await openAegis(root)
    const traced = await openAegis(root, { tracing: "memory" })
    const frozen = await Promise.all(
      all.map((each) =>
        Effect.runPromise(decodeInput({ prompt: source(each), provider: "openai", model: "gpt-5" }))
      )
    )
    const same = (): (() => Lookup) => {
      const next = cycle(frozen)
      return () => ({ input: next(), namespace })
    }
    const again = (): (() => Lookup) => {
      const next = cycle(all.map((each) => fresh(source(each))))
      return () => ({ input: inputOf(next()()), namespace })
    }
    for (const aegis of [untraced, traced]) {
      // a miss is not remembered by identity, the first hit is
      for (let i = 0; i < 2; i++) await aegis.resolve(frozen.map((input) => ({ input, namespace })))
    }
    const sample = (aegis: Aegis, ops: number, next: () => Lookup): Candidate["sample"] =>
      timedAll(ops, next, aegis.resolveSync, aegis.flush)

    const texts = cycle(all.map((each) => each.map(fresh)))
    const floor = "sha256 of the contents"
    const identity = "hit, same input object"
    const comparison = await compare({
      base: {
        name: floor,
        sample: timed(
          20,
          () => texts().map((make) => make()),
          (each) => each.map((content) => hash("sha256", content, "hex"))
        )
      },
      candidates: [
        { name: identity, sample: sample(untraced, 500, same()) },
        { name: "hit, same input object, tracing on", sample: sample(traced, 500, same()) },
        { name: "hit, fresh string, 40 KB", sample: sample(untraced, 20, again()) },
        { name: "hit, fresh string, 40 KB, tracing on", sample: sample(traced, 20, again()) }
      ],
      rounds: rounds(200)
    })
    await untraced.close()
    await traced.close()
    return {
      goals: [
        within("hit from memory, same input object", comparison.micros(identity), 2),
        shown(
          "hit from memory, fresh string, 40 KB, to sha256 of its contents",
          comparison.ratio("hit, fresh string, 40 KB", floor)
        )
      ],
      tables: [tableOf("Hit from memory, 40 KB", comparison)]
    }
  })
)
