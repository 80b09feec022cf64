/** A hit among a million rows, against a hit among a thousand. */
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { Hash } from "../../src/domain/Hash.js"
import { PriceList } from "../../src/services/PriceList.js"
import { toScaffold } from "../../src/services/resolved.js"
import { toRow, toStored } from "../../src/services/storedScaffold.js"
import { inFolder, inputOf, openAegis, type Aegis, type Lookup } from "../aegis.js"
import { contents, random, source } from "../fixtures.js"
import { compare, timedAll } from "../harness.js"
import { atMost, group, rounds, tableOf } from "../report.js"

const ops = 50
const namespace = "default"
const few = 1000
const many = Number(process.env["BENCH_ROWS"] ?? 1_000_000)
const [requirements, styleGuide, fileMap, context] = contents(1, 1024)

/** The source of the prompt of this number; a new string at each call. */
const prompt = (index: number): string =>
  Buffer.from(source([requirements, styleGuide, fileMap, `${index} ${context}`]), "latin1").toString("latin1")

await group("growth", () =>
  inFolder(async (root) => {
    const small = await openAegis(root, { memoryBytes: 1, cacheDir: "small" })
    const large = await openAegis(root, { memoryBytes: 1, cacheDir: "large" })
    await load(small, few)
    await load(large, many)
    const lookups = (count: number): (() => Lookup) => {
      const draw = random(count)
      return () => ({ input: inputOf(prompt(Math.floor(draw() * count))), namespace })
    }
    await onlyHits(small, lookups(few))
    await onlyHits(large, lookups(many))
    const [base, grown] = [`hit among ${few} rows`, `hit among ${many} rows`]
    const comparison = await compare({
      base: { name: base, sample: timedAll(ops, lookups(few), small.resolveSync, small.flush) },
      candidates: [{ name: grown, sample: timedAll(ops, lookups(many), large.resolveSync, large.flush) }],
      rounds: rounds(200)
    })
    await small.close()
    await large.close()
    return {
      goals: [atMost(`a hit among ${many} rows to one among ${few}, 4 KB`, comparison.ratio(grown, base), 2)],
      tables: [tableOf("Growth, 4 KB", comparison)],
      notes: ["Rows are drawn at random and lie in the page cache; nothing is remembered in memory."]
    }
  })
)

/** Writes rows as the cache would, but all at once. */
async function load(aegis: Aegis, count: number): Promise<void> {
  const compile = aegis.compiler(0)
  const first = compile(inputOf(prompt(0)))
  const scaffold = toScaffold(inputOf(prompt(0)), first.compiled, new Date(0).toISOString())
  const stored = toStored(
    scaffold,
    await aegis.run(first.adapter.resolveScaffold(scaffold, { namespace, strict: false })),
    await aegis.run(Effect.map(PriceList, ({ version }) => version))
  )
  const database = new Database(aegis.file)
  database.pragma("synchronous = OFF")
  database.pragma("cache_size = -1000000")
  const insert = database.prepare(
    `INSERT INTO entry
    (namespace, hash, version, header, meta, digest, provider, model, created_at, prices, tokens, cost)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`
  )
  const bytes = (digest: Hash): Buffer => Buffer.from(digest, "hex")
  const batch = database.transaction((from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const input = inputOf(prompt(i))
      const { compiled } = compile(input)
      const row = toRow(namespace, compiled, stored)
      const { cost, digest, header, meta, prices, tokens, version } = row
      insert.run(
        namespace,
        bytes(compiled.hash),
        version,
        header,
        meta,
        bytes(digest),
        input.provider,
        input.model,
        prices,
        tokens,
        cost
      )
    }
  })
  for (let from = 0; from < count; from += 10_000) batch(from, Math.min(count, from + 10_000))
  database.pragma("wal_checkpoint(TRUNCATE)")
  database.close()
}

async function onlyHits(aegis: Aegis, lookups: () => Lookup): Promise<void> {
  const resolved = await aegis.resolve(Array.from({ length: 200 }, lookups))
  const wrong = resolved.find(({ outcome }) => outcome !== "hit")
  if (wrong !== undefined) throw new Error(`A row that was loaded gave a ${wrong.outcome}.`)
}
