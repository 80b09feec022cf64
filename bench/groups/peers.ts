/**
 * A whole resolve (the key of a new string, the row out of SQLite, its digest, the result, the ledger) against nothing
 * but the get of other caches, which are handed their key ready-made and return the request body.
 */
import { inFolder, inputOf, openAegis, type Lookup } from "../aegis.js"
import { contents, cycle, fresh, source } from "../fixtures.js"
import { compare, timedAll } from "../harness.js"
import { openPeers, versions, type Entry } from "../peers.mjs"
import { group, rounds, shown, tableOf } from "../report.js"

const ops = 20
const namespace = "default"
const limit = 2.5

await group("peers", () =>
  inFolder(async (root) => {
    const aegis = await openAegis(root, { memoryBytes: 1 })
    const remembering = await openAegis(root)
    const makers = Array.from({ length: 64 }, (_, i) => fresh(source(contents(i, 10_240))))
    const resolved = await aegis.resolve(makers.map((make) => ({ input: inputOf(make()), namespace })))
    await aegis.flush()
    const bodies = resolved.map(({ originalScaffold, resolvedContent }, i) => ({
      key: originalScaffold.hash,
      prompt: makers[i] ?? (() => ""),
      body: resolvedContent
    }))
    const { close, peers } = await openPeers(
      root,
      bodies.map(({ body, key, prompt }): Entry => ({ body, key, prompt: prompt() }))
    )

    const lookups = (): (() => Lookup) => {
      const next = cycle(makers)
      return () => ({ input: inputOf(next()()), namespace })
    }
    const entries = (): (() => Entry) => {
      const next = cycle(bodies)
      return () => {
        const { key, prompt } = next()
        // strings that V8 has not hashed yet, as after reading a request; a get does not look at the body
        return { key: Buffer.from(key, "latin1").toString("latin1"), prompt: prompt(), body: "" }
      }
    }
    const base = "aegis resolve, from SQLite"
    const sending = "aegis resolve, from SQLite, and its request body read"
    const comparison = await compare({
      base: { name: base, sample: timedAll(ops, lookups(), aegis.resolveSync, aegis.flush) },
      candidates: [
        { name: sending, sample: timedAll(ops, lookups(), aegis.sendSync, aegis.flush) },
        {
          name: "aegis resolve, from memory",
          sample: timedAll(ops, lookups(), remembering.resolveSync, remembering.flush)
        },
        ...peers.map(({ getAll, name }) => ({
          name: `${name}: get alone`,
          sample: timedAll(ops, entries(), getAll)
        }))
      ],
      rounds: rounds(100)
    })
    await close()
    await aegis.close()
    await remembering.close()

    const keyv = comparison.ratio("keyv + @keyv/sqlite: get alone", base)
    return {
      goals: [
        {
          what: "whole resolve from SQLite, 40 KB, to the get alone of keyv + @keyv/sqlite",
          goal: `>= ${limit} x faster`,
          measured: `${keyv.median.toFixed(2)} x (${keyv.low.toFixed(2)}-${keyv.high.toFixed(2)})`,
          met: keyv.median >= limit
        },
        shown("… and its request body read", comparison.ratio("keyv + @keyv/sqlite: get alone", sending)),
        ...peers
          .slice(1)
          .map(({ name }) =>
            shown(`${name}: get alone, to the whole resolve`, comparison.ratio(`${name}: get alone`, base))
          )
      ],
      tables: [tableOf("Peers, 40 KB", comparison)],
      notes: [
        `Versions: ${Object.entries(versions())
          .map(([name, version]) => `${name} ${version}`)
          .join(", ")}.`
      ]
    }
  })
)
