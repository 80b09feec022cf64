/**
 * A hit that is read from SQLite, against the key and the driver's read of the same row. Strings are new at each
 * operation. Memory is kept out of it in two ways: with one byte of memory, so that nothing is remembered; and, with
 * memory for the sources of sixteen prompts, by asking for them in 128 namespaces in turn, of which memory holds fewer
 * than half.
 */
import { inFolder, inputOf, openAegis, type Aegis, type Lookup } from "../aegis.js"
import { contents, cycle, fresh, source } from "../fixtures.js"
import { compare, timed, timedAll, type Candidate } from "../harness.js"
import { openRows } from "../rows.js"
import { atMost, group, rounds, shown, tableOf, type Goal, type Table } from "../report.js"

const prompts = 16
const namespaces = 128

await group("hit", async () => {
  const large = await measure("40 KB", 10_240, 1.25, 100)
  const small = await measure("4 KB", 1024, 1.4, 200)
  return {
    goals: [...large.goals, ...small.goals],
    tables: [large.table, small.table],
    notes: [
      "The tracer of `tracing on` keeps spans in memory as an exporter does that never sends. Writing access times and the ledger happens behind, between samples; `its deferred writes included` adds them."
    ]
  }
})

interface Measurement {
  readonly table: Table
  readonly goals: ReadonlyArray<Goal>
}

async function measure(size: string, blockLength: number, limit: number, ops: number): Promise<Measurement> {
  return inFolder(async (root) => {
    const sources = Array.from({ length: prompts }, (_, i) => fresh(source(contents(i, blockLength))))
    const pairs = sources.flatMap((make) =>
      Array.from({ length: namespaces }, (_, i) => ({ make, namespace: `tenant-${i}` }))
    )
    const lookups = (): (() => Lookup) => {
      const next = cycle(pairs)
      return () => {
        const { make, namespace } = next()
        return { input: inputOf(make()), namespace }
      }
    }
    const memoryBytes = prompts * blockLength * 4 * 2 * 2.5

    const forgetful = await openAegis(root, { memoryBytes: 1, tracing: "memory" })
    const remembering = await openAegis(root, { memoryBytes, tracing: "memory" })
    const untraced = await openAegis(root, { memoryBytes: 1 })
    const exporting = await openAegis(root, { memoryBytes: 1, tracing: "otlp" })
    const opened = [forgetful, remembering, untraced, exporting]
    await untraced.resolve(pairs.map(({ make, namespace }) => ({ input: inputOf(make()), namespace })))
    await untraced.flush()

    const rows = openRows(untraced.file)
    const raw = (memoBytes: number) => {
      const compile = untraced.compiler(memoBytes)
      return ({ input, namespace }: Lookup) => rows.get(namespace, compile(input).compiled.hash)
    }
    const hits = (aegis: Aegis, after?: () => unknown): Candidate["sample"] =>
      timedAll(ops, lookups(), aegis.resolveSync, after)
    const flushing = lookups()

    const floor = "key + raw get"
    const memoFloor = "key of a text seen before + raw get"
    const afresh = "hit, parsed afresh, tracing on"
    const before = "hit, text seen before, tracing on"
    const comparison = await compare({
      base: { name: floor, sample: timed(ops, lookups(), raw(0)) },
      candidates: [
        { name: memoFloor, sample: timed(ops, lookups(), raw(memoryBytes / 2)) },
        { name: afresh, sample: hits(forgetful, forgetful.flush) },
        {
          name: before,
          sample: hits(remembering, () => remembering.flush().then(() => onlyFromDisk(remembering)))
        },
        { name: "hit, parsed afresh, no tracer", sample: hits(untraced, untraced.flush) },
        { name: "hit, parsed afresh, the command's OTLP exporter", sample: hits(exporting, exporting.flush) },
        {
          name: "hit, parsed afresh, tracing on, one fiber each",
          sample: timedAll(
            ops,
            flushing,
            async (all) => {
              for (const lookup of all) await forgetful.run(forgetful.cache.resolve(lookup.input, lookup))
            },
            forgetful.flush
          )
        },
        {
          name: "hit, parsed afresh, and all but its request body read",
          sample: timedAll(ops, lookups(), untraced.readSync, untraced.flush)
        },
        {
          name: "hit, parsed afresh, and its request body read",
          sample: timedAll(ops, lookups(), untraced.sendSync, untraced.flush)
        },
        {
          name: "hit, parsed afresh, its deferred writes included",
          sample: timedAll(400, lookups(), async (all) => {
            untraced.resolveSync(all)
            await untraced.flush()
          })
        }
      ],
      rounds: rounds(200)
    })
    onlyFromDisk(forgetful)
    rows.close()
    for (const each of opened) await each.close()

    return {
      table: tableOf(`Hit from SQLite, ${size}`, comparison),
      goals: [
        atMost(
          `hit from SQLite, ${size}, parsed afresh, tracing on, to key + raw get`,
          comparison.ratio(afresh, floor),
          limit
        ),
        atMost(
          `hit from SQLite, ${size}, text seen before, tracing on, to key + raw get`,
          comparison.ratio(before, floor),
          limit
        ),
        shown("… the same, to the key of a text seen before + raw get", comparison.ratio(before, memoFloor))
      ]
    }
  })
}

/** A measurement of the disk that was answered from memory would be a lie. */
function onlyFromDisk(aegis: Aegis): void {
  const wrong = aegis
    .spans()
    .find(
      ({ attributes, name }) =>
        name === "aegis.cache lookup" &&
        (attributes.get("aegis.cache.tier") !== "disk" || attributes.get("aegis.cache.outcome") !== "hit")
    )
  if (wrong !== undefined) {
    throw new Error(`A lookup was answered from ${String(wrong.attributes.get("aegis.cache.tier"))}.`)
  }
}
