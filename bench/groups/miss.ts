/** A miss, against counting the tokens of the same amount of text and inserting it by the driver alone. */
import Database from "better-sqlite3"
import { countTokens } from "gpt-tokenizer/encoding/o200k_base"
import { hash } from "node:crypto"
import { join } from "node:path"
import { inFolder, inputOf, openAegis, type Lookup } from "../aegis.js"
import { contents, source, text, type Contents } from "../fixtures.js"
import { compare, timed, timedAll, type Comparison, type Interval } from "../harness.js"
import { atMost, group, rounds, shown, tableOf } from "../report.js"

const ops = 4
const namespace = "default"
const floor = "tokenise + raw insert"
const allNew = "miss, all blocks new"
const oneNew = "miss, 1 of 4 blocks new"
const plain = { disallowedSpecial: new Set<string>() }

await group("miss", async () => {
  const large = await measure("40 KB", 10_240)
  const small = await measure("4 KB", 1024)
  const of = (name: string): Interval => large.comparison.ratio(name, floor)
  return {
    goals: [
      atMost("miss, all blocks new, 40 KB, to tokenise + raw insert", of(allNew), 1.2),
      atMost("miss, 1 of 4 blocks new, 40 KB, to tokenise all + raw insert", of(oneNew), 0.4),
      shown("miss, all blocks new, 4 KB", small.comparison.ratio(allNew, floor)),
      shown("miss, 1 of 4 blocks new, 4 KB", small.comparison.ratio(oneNew, floor))
    ],
    tables: [tableOf("Miss, 40 KB", large.comparison), tableOf("Miss, 4 KB", small.comparison)],
    notes: [
      "Every operation of a miss has text of its own, of the same words: the tokenizer is warm, its input is new. The raw insert is one row with the whole text, committed on its own (WAL, synchronous=NORMAL)."
    ]
  }
})

interface Measurement {
  readonly size: string
  readonly comparison: Comparison
}

async function measure(size: string, blockLength: number): Promise<Measurement> {
  return inFolder(async (root) => {
    const aegis = await openAegis(root)
    const traced = await openAegis(root, { cacheDir: ".traced", tracing: "memory" })
    const database = new Database(join(root, "raw.db"))
    database.pragma("journal_mode = WAL")
    database.pragma("synchronous = NORMAL")
    database.exec(
      "CREATE TABLE scaffold (id INTEGER PRIMARY KEY, hash BLOB UNIQUE, tokens INTEGER, body TEXT)"
    )
    const insert = database.prepare("INSERT INTO scaffold (hash, tokens, body) VALUES (?, ?, ?)")

    let seed = 1000
    const fresh = (): Contents => contents(seed++, blockLength)
    const known = contents(1, blockLength)
    // in one piece, as it would come out of a file
    const flat = (prompt: string): string => Buffer.from(prompt, "latin1").toString("latin1")
    const lookup = (each: Contents): Lookup => ({ input: inputOf(flat(source(each))), namespace })
    await aegis.resolve([lookup(known)])
    await traced.resolve([lookup(known)])

    const comparison = await compare({
      base: {
        name: floor,
        sample: timed(ops, fresh, (each) => {
          let tokens = 0
          for (const content of each) tokens += countTokens(content, plain)
          const body = source(each)
          insert.run(hash("sha256", body, "buffer"), tokens, body)
        })
      },
      candidates: [
        { name: allNew, sample: timedAll(ops, () => lookup(fresh()), aegis.resolve, aegis.flush) },
        {
          name: `${allNew}, tracing on`,
          sample: timedAll(ops, () => lookup(fresh()), traced.resolve, traced.flush)
        },
        {
          name: oneNew,
          sample: timedAll(
            ops,
            () => lookup([known[0], known[1], known[2], text(seed++ * 4, blockLength)]),
            aegis.resolve,
            aegis.flush
          )
        },
        {
          name: "tokenise only",
          sample: timed(ops, fresh, (each) => each.map((content) => countTokens(content, plain)))
        }
      ],
      rounds: rounds(120),
      // V8 takes some hundred misses to compile their path; a service is past that
      warmUp: rounds(60)
    })
    database.close()
    await aegis.close()
    await traced.close()
    return { size, comparison }
  })
}
