/** What every ScaffoldStorage promises. Storages are compared with these words, not with one another. */
import { assert, describe, it, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { PrunePolicy } from "../../src/domain/CacheReports.js"
import { sha256 } from "../../src/prompt/digest.js"
import {
  type NewScaffold,
  rotateEvery,
  type ScaffoldRow,
  ScaffoldStorage
} from "../../src/services/ScaffoldStorage.js"

type Storage = ScaffoldStorage["Type"]

const day = 86_400_000

/** A row as the cache would write it, with one block per text. */
export const rowOf = (
  name: string,
  texts: ReadonlyArray<string> = [`text of ${name}`],
  rest: Partial<NewScaffold> = {}
): NewScaffold => ({
  namespace: "default",
  hash: sha256(name),
  version: 1,
  prices: `prices of ${name}`,
  tokens: name.length,
  cost: null,
  header: name,
  meta: `meta of ${name}`,
  digest: sha256(`meta of ${name}`),
  provider: "openai",
  model: "gpt-5",
  createdAt: day,
  blocks: texts.map((content) => ({ hash: sha256(content), content })),
  ...rest
})

const columns = ({ cost, digest, meta, prices, tokens, version }: ScaffoldRow): ScaffoldRow => ({
  version,
  prices,
  tokens,
  cost,
  meta,
  digest
})

/** The row that is served under a key, in a shape that can be compared. */
const served = (storage: Storage, { hash, namespace }: NewScaffold): ScaffoldRow | undefined => {
  const row = storage.unsafeGet(namespace, hash)
  return row === undefined || !("meta" in row) ? undefined : columns(row)
}

const check = {
  row: (_namespace: string, _hash: string, row: ScaffoldRow) =>
    sha256(row.meta) === row.digest ? undefined : "The row was altered.",
  block: (hash: string, content: string) => (sha256(content) === hash ? undefined : "The block was altered.")
}

/** Texts that can be in a prompt: any well-formed ones, NUL and all. */
const text = FastCheck.string({ unit: "binary" })
/** Prices as a calculation makes them. */
const cost = FastCheck.option(FastCheck.double({ min: 0, noNaN: true, noDefaultInfinity: true }))
/** Names that a database, a memory or a JSON text could take for one another. */
const alike: ReadonlyArray<readonly [mine: string, theirs: string]> = [
  ["a", "A"],
  ["a", "a "],
  ["a", "a\0"],
  ["a\0b", "a\0"],
  ["\u00e9", "e\u0301"],
  ["\ud800", "\ufffd"],
  ["\ud800", "\udfff"],
  ["\ud800", '"\\ud800"'],
  ['"a"', "a"],
  ['"', '"\\""'],
  ["a\nb", "a"]
]
const tenants = FastCheck.uniqueArray(FastCheck.string({ minLength: 1, unit: "binary" }), {
  minLength: 2,
  maxLength: 2
})

/** A history of puts and uses, and what may stay after it. */
interface History {
  readonly entries: ReadonlyArray<{ readonly texts: ReadonlyArray<string>; readonly at: number }>
  readonly uses: ReadonlyArray<{ readonly entry: number; readonly at: number }>
  readonly policy: PrunePolicy
  readonly now: number
}

const moment = FastCheck.integer({ min: 0, max: 12 })
const history: FastCheck.Arbitrary<History> = FastCheck.record({
  entries: FastCheck.array(
    FastCheck.record({
      texts: FastCheck.uniqueArray(FastCheck.constantFrom("1", "22", "4444", "88888888", "é"), {
        minLength: 1,
        maxLength: 4
      }),
      at: moment
    }),
    { maxLength: 8 }
  ),
  uses: FastCheck.array(FastCheck.record({ entry: FastCheck.nat(7), at: moment }), { maxLength: 12 }),
  policy: FastCheck.record(
    { maxAgeMs: FastCheck.nat(12), maxBytes: FastCheck.nat(20), maxEntries: FastCheck.nat(8) },
    { requiredKeys: [] }
  ),
  now: moment
})

const bytesOf = (texts: Iterable<string>): number =>
  [...new Set(texts)].reduce((sum, each) => sum + Buffer.byteLength(each), 0)

/** Names of what stays by the letter of the policy: the longest run of the most recently used that fits. */
const keptOf = ({ entries, now, policy, uses }: History): ReadonlyArray<number> => {
  const byUse = entries
    .map(({ at, texts }, i) => ({
      i,
      texts,
      usedAt: Math.max(at, ...uses.filter((use) => use.entry === i).map((use) => use.at))
    }))
    .sort((a, b) => b.usedAt - a.usedAt || b.i - a.i)
  const fits = (n: number): boolean => {
    const kept = byUse.slice(0, n)
    return (
      n <= (policy.maxEntries ?? Infinity) &&
      bytesOf(kept.flatMap(({ texts }) => texts)) <= (policy.maxBytes ?? Infinity) &&
      kept.every(({ usedAt }) => usedAt >= now - (policy.maxAgeMs ?? Infinity))
    )
  }
  const length = byUse.findIndex((_, n) => !fits(n + 1))
  return (length === -1 ? byUse : byUse.slice(0, length)).map(({ i }) => i).sort((a, b) => a - b)
}

export const suite = (name: string, layer: Layer.Layer<ScaffoldStorage>): void => {
  const on = <A, E>(program: (storage: Storage) => Effect.Effect<A, E>) =>
    Effect.provide(Effect.flatMap(ScaffoldStorage, program), layer)

  describe(`a scaffold storage ${name}`, () => {
    it.effect("gives back what was put, byte for byte", () =>
      on((storage) =>
        Effect.gen(function* () {
          const samples = FastCheck.sample(
            FastCheck.tuple(text, text, text, text, text, FastCheck.maxSafeNat(), cost),
            { numRuns: 100, seed: 1 }
          )
          for (const [i, [header, meta, model, content, prices, tokens, cost]] of samples.entries()) {
            const own = { header, meta, model, prices, tokens, cost, version: i + 1 }
            const row = rowOf(`${i}`, [content, `${content}!`], own)
            yield* storage.put(row)
            assert.deepStrictEqual(served(storage, row), columns(row))
            const whole = Option.getOrThrow(yield* storage.get(row.namespace, row.hash))
            assert.deepStrictEqual({ ...columns(whole), header: whole.header }, { ...columns(row), header })
            assert.deepStrictEqual(
              yield* storage.contents(row.blocks.map(({ hash }) => hash)),
              new Map(row.blocks.map((block) => [block.hash, block.content]))
            )
            const [recent] = yield* storage.recent("default", "openai", model, 1)
            assert.deepInclude(recent, { hash: row.hash, header, createdAt: day })
          }
        })
      )
    )

    it.effect("has nothing under a key that was not put", () =>
      on((storage) =>
        Effect.gen(function* () {
          assert.isUndefined(storage.unsafeGet("default", sha256("a")))
          assert.deepStrictEqual(yield* storage.contents([]), new Map())
          yield* storage.put(rowOf("a"))
          assert.isUndefined(storage.unsafeGet("default", sha256("b")))
          assert.isTrue(Option.isNone(yield* storage.get("default", sha256("b"))))
          const there = sha256("text of a")
          assert.deepStrictEqual(
            yield* storage.contents([sha256("nothing"), there]),
            new Map([[there, "text of a"]])
          )
        })
      )
    )

    it.effect("leaves a row as it is when its key is put again", () =>
      on((storage) =>
        Effect.gen(function* () {
          const first = rowOf("a", ["one"])
          yield* storage.put(first)
          const before = yield* storage.stats("default")
          yield* storage.put({
            ...rowOf("a", ["two"]),
            meta: "other",
            digest: sha256("other"),
            createdAt: 2 * day
          })
          assert.deepStrictEqual(served(storage, first), columns(first))
          assert.deepStrictEqual(
            { ...(yield* storage.stats("default")), fileBytes: 0 },
            { ...before, fileBytes: 0 }
          )
          assert.deepStrictEqual(yield* storage.contents([sha256("two")]), new Map())
        })
      )
    )

    it.effect("puts one row in the place of another, with its blocks, and of none", () =>
      on((storage) =>
        Effect.gen(function* () {
          const first = rowOf("a", ["one", "both"])
          const next = rowOf("a", ["both", "two"], { prices: "newer", createdAt: 2 * day })
          const other = rowOf("b")
          yield* Effect.all([storage.put(first), storage.put(other), storage.replace(next)])
          assert.deepStrictEqual(served(storage, next), columns(next))
          assert.deepStrictEqual(served(storage, other), columns(other))
          assert.strictEqual((yield* storage.contents(next.blocks.map(({ hash }) => hash))).size, 2)
          assert.strictEqual((yield* storage.stats("default")).entries, 2)
          yield* storage.replace(rowOf("c"))
          assert.deepStrictEqual(served(storage, rowOf("c")), columns(rowOf("c")))
          yield* storage.prune({ maxEntries: 3 }, 3 * day, false)
          assert.strictEqual((yield* storage.contents([sha256("one")])).size, 0)
        })
      )
    )

    it.effect("keeps a block once, however many rows and places it stands in", () =>
      on((storage) =>
        Effect.gen(function* () {
          yield* storage.put(rowOf("a", ["shared", "shared", "own"]))
          yield* storage.put(rowOf("b", ["shared"]))
          const { blocks, contentBytes, entries } = yield* storage.stats("default")
          assert.deepStrictEqual(
            { blocks, contentBytes, entries },
            { blocks: 2, contentBytes: 9, entries: 2 }
          )
        })
      )
    )

    it.effect("keeps a prompt of very many blocks, and one of none", () =>
      on((storage) =>
        Effect.gen(function* () {
          const many = rowOf(
            "many",
            Array.from({ length: 40_000 }, (_, i) => `${i}`)
          )
          yield* storage.put(many)
          assert.strictEqual((yield* storage.stats("default")).blocks, 40_000)
          assert.strictEqual((yield* storage.contents(many.blocks.map(({ hash }) => hash))).size, 40_000)
          yield* storage.put(rowOf("none", []))
          assert.isDefined(served(storage, rowOf("none", [])))
        })
      )
    )

    it.effect("never lets one namespace see or touch another's rows", () =>
      on((storage) =>
        Effect.gen(function* () {
          const others = FastCheck.sample(tenants, { numRuns: 20, seed: 2 })
          const pairs = [...alike, ...alike.map(([mine, theirs]) => [theirs, mine]), ...others]
          for (const [i, [mine = "", theirs = ""]] of pairs.entries()) {
            const row = rowOf(`${i}`, undefined, { namespace: mine, model: `model ${i}` })
            const hitsOfMine = (yield* storage.stats(mine)).lookups.hit
            yield* storage.put(row)
            storage.unsafeNote(mine, row.hash, "hit", day)
            const entries = (yield* storage.stats(theirs)).entries
            const hits = (yield* Effect.zipRight(storage.flush, storage.stats(theirs))).lookups.hit
            assert.isUndefined(storage.unsafeGet(theirs, row.hash))
            assert.deepStrictEqual(yield* storage.recent(theirs, "openai", row.model, 8), [])
            assert.strictEqual(yield* storage.invalidate(theirs, row.hash), 0)
            yield* storage.quarantine(theirs, row.hash, "not theirs")
            assert.deepStrictEqual(served(storage, row), columns(row), JSON.stringify([mine, theirs]))

            storage.unsafeNote(mine, row.hash, "hit", day)
            yield* storage.flush
            const after = yield* storage.stats(theirs)
            assert.deepStrictEqual([after.entries, after.lookups.hit], [entries, hits])
            assert.strictEqual((yield* storage.stats(mine)).lookups.hit, hitsOfMine + 2, JSON.stringify(mine))
            const named: Array<string> = []
            yield* storage.verify({ ...check, row: (namespace) => void named.push(namespace) })
            assert.deepStrictEqual(named, [mine])
            assert.strictEqual(yield* storage.invalidate(mine, "all"), 1)
            assert.isUndefined(served(storage, row))
          }
        })
      )
    )

    it.effect("tells the newest rows of a provider and model first, whatever the clock said", () =>
      on((storage) =>
        Effect.gen(function* () {
          yield* storage.put(rowOf("first", undefined, { createdAt: 3 * day }))
          yield* storage.put(rowOf("other model", undefined, { model: "gpt-5-mini" }))
          yield* storage.put(rowOf("second", undefined, { createdAt: day }))
          yield* storage.put(rowOf("other provider", undefined, { provider: "vllm" }))
          yield* storage.put(rowOf("third", undefined, { createdAt: 2 * day }))
          const names = (limit: number) =>
            Effect.map(storage.recent("default", "openai", "gpt-5", limit), (rows) =>
              rows.map(({ header }) => header)
            )
          assert.deepStrictEqual(yield* names(8), ["third", "second", "first"])
          assert.deepStrictEqual(yield* names(2), ["third", "second"])
        })
      )
    )

    it.effect("counts lookups by outcome, also those of rows that are gone", () =>
      on((storage) =>
        Effect.gen(function* () {
          const row = rowOf("a")
          yield* storage.put(row)
          for (const outcome of ["miss", "hit", "hit", "follower", "replay"] as const) {
            storage.unsafeNote("default", row.hash, outcome, day)
          }
          storage.unsafeNote("default", sha256("gone"), "hit", day)
          yield* storage.flush
          const expected = { hit: 3, miss: 1, follower: 1, replay: 1, bypass: 0 }
          assert.deepStrictEqual((yield* storage.stats("default")).lookups, expected)
          yield* storage.flush
          assert.deepStrictEqual((yield* storage.stats("default")).lookups, expected)
        })
      )
    )

    it.effect("takes a quarantined row out of service, and lets its key be put afresh", () =>
      on((storage) =>
        Effect.gen(function* () {
          const row = rowOf("a")
          yield* storage.put({ ...row, digest: sha256("wrong") })
          yield* storage.quarantine("default", row.hash, "The row was altered.")
          assert.isUndefined(served(storage, row))
          assert.strictEqual((yield* storage.stats("default")).quarantined, 1)
          yield* storage.put(row)
          assert.deepStrictEqual(served(storage, row), columns(row))
          assert.strictEqual((yield* storage.stats("default")).quarantined, 1)
        })
      )
    )

    it.effect("forgets one row or all of a namespace, and the blocks that only they used", () =>
      on((storage) =>
        Effect.gen(function* () {
          for (const [name, texts] of [
            ["a", ["shared", "of a"]],
            ["b", ["shared"]],
            ["c", ["of c"]]
          ] as const)
            yield* storage.put(rowOf(name, texts))
          const texts = ["shared", "of a", "of c"].map((content) => sha256(content))
          const left = Effect.map(storage.contents(texts), (found) => [...found.values()].sort())

          assert.strictEqual(yield* storage.invalidate("default", sha256("a")), 1)
          assert.strictEqual(yield* storage.invalidate("default", sha256("a")), 0)
          assert.isUndefined(served(storage, rowOf("a")))
          assert.deepStrictEqual(yield* left, ["of c", "shared"])
          assert.strictEqual(yield* storage.invalidate("default", "all"), 2)
          assert.deepStrictEqual(yield* left, [])
          assert.strictEqual(yield* storage.invalidate("default", "all"), 0)
        })
      )
    )

    it.effect("tells how much there is and how old it is", () =>
      on((storage) =>
        Effect.gen(function* () {
          const empty = yield* storage.stats("default")
          assert.notProperty(empty, "oldest")
          assert.notProperty(empty, "newest")
          assert.strictEqual(empty.entries + empty.blocks + empty.contentBytes + empty.quarantined, 0)

          yield* storage.put(rowOf("a", ["héllo"], { createdAt: 2 * day }))
          yield* storage.put(rowOf("b", ["wörld", "héllo"], { createdAt: day }))
          yield* storage.put(rowOf("c", undefined, { namespace: "other", createdAt: 9 * day }))
          const { fileBytes: _, ...stats } = yield* storage.stats("default")
          assert.deepStrictEqual(stats, {
            entries: 2,
            blocks: 2,
            contentBytes: 12,
            quarantined: 0,
            oldest: "1970-01-02T00:00:00.000Z",
            newest: "1970-01-03T00:00:00.000Z",
            lookups: { hit: 0, miss: 0, follower: 0, replay: 0, bypass: 0 }
          })
        })
      )
    )

    it.effect("stays whole under a check that finds nothing", () =>
      on((storage) =>
        Effect.gen(function* () {
          const rows = Array.from({ length: 130 }, (_, i) => rowOf(`${i}`, [`${i}`, "shared"]))
          yield* Effect.forEach(rows, storage.put)
          assert.deepStrictEqual(yield* storage.verify(check), {
            ok: true,
            entries: 130,
            blocks: 131,
            corrupt: [],
            database: "ok"
          })
          for (const row of rows) assert.deepStrictEqual(served(storage, row), columns(row))
        })
      )
    )

    it.effect("names rows and blocks that are corrupt, and never serves them again", () =>
      on((storage) =>
        Effect.gen(function* () {
          const altered = { ...rowOf("altered"), digest: sha256("wrong") }
          const falseBlock = { hash: sha256("true"), content: "false" }
          const victims = ["x", "y"].map((name) => ({
            ...rowOf(name),
            blocks: [falseBlock, ...rowOf(name).blocks]
          }))
          for (const row of [rowOf("sound"), altered, ...victims]) yield* storage.put(row)

          const report = yield* storage.verify(check)
          assert.deepStrictEqual([report.ok, report.entries, report.blocks], [false, 4, 5])
          assert.deepStrictEqual(
            report.corrupt.map(({ key, kind, problem }) => [kind, key, problem]).sort(),
            [
              ["block", falseBlock.hash, "The block was altered."],
              ["entry", altered.hash, "The row was altered."],
              ...victims.map(({ hash }) => ["entry", hash, "1 of its blocks are missing."])
            ].sort()
          )
          for (const row of [altered, ...victims]) assert.isUndefined(served(storage, row))
          assert.deepStrictEqual(yield* storage.contents([falseBlock.hash]), new Map())
          assert.deepStrictEqual(served(storage, rowOf("sound")), columns(rowOf("sound")))
          assert.strictEqual((yield* storage.stats("default")).quarantined, 4)
          const again = yield* storage.verify(check)
          assert.deepStrictEqual([again.ok, again.entries], [true, 1])
        })
      )
    )

    it.effect("prunes many rows at once", () =>
      on((storage) =>
        Effect.gen(function* () {
          const rows = Array.from({ length: 350 }, (_, i) =>
            rowOf(`${i}`, [`${i} `.repeat(2000)], { createdAt: i, namespace: `tenant ${i % 3}` })
          )
          yield* Effect.forEach(rows, storage.put)
          const report = yield* storage.prune({ maxEntries: 10 }, day, false)
          assert.deepStrictEqual([report.entries, report.remaining.entries], [340, 10])
          assert.deepStrictEqual(
            rows.filter((row) => served(storage, row) !== undefined),
            rows.slice(340)
          )
        })
      )
    )

    it.effect("says whether a policy would let something go, as a prune would", () =>
      on((storage) =>
        Effect.gen(function* () {
          const rows = ["1", "2", "3"].map((name, i) => rowOf(name, undefined, { createdAt: i * 1000 }))
          for (const row of rows) {
            yield* storage.put(row)
            storage.unsafeNote(row.namespace, row.hash, "miss", row.createdAt)
          }
          yield* storage.flush
          const policies = [
            { maxEntries: 3 },
            { maxEntries: 2 },
            { maxBytes: 1 },
            { maxBytes: 1e9 },
            { maxAgeMs: 4000 },
            { maxAgeMs: 4500 }
          ]
          for (const policy of policies) {
            const { entries } = yield* storage.prune(policy, 4500, true)
            assert.strictEqual(yield* storage.exceeds(policy, 4500), entries > 0, JSON.stringify(policy))
          }
        })
      )
    )

    it.effect("says every so many new rows that a rotation is due", () =>
      on((storage) =>
        Effect.gen(function* () {
          const due = (from: number) =>
            Effect.map(
              Effect.forEach(
                Array.from({ length: rotateEvery }, (_, i) => rowOf(`${from + i}`)),
                storage.put
              ),
              (answers) => answers.filter((answer) => answer).length
            )
          assert.strictEqual(yield* due(0), 1)
          assert.strictEqual(yield* due(0), 0)
          assert.strictEqual(yield* due(rotateEvery), 1)
        })
      )
    )
  })

  sharing(layer)(`a scaffold storage ${name}, over any history`, (it) => {
    it.effect.prop(
      "prunes to the policy: the most recently used stay, as many as fit, with their blocks",
      [history],
      ([each]) =>
        Effect.gen(function* () {
          const storage = yield* ScaffoldStorage
          yield* storage.prune({ maxEntries: 0 }, each.now, false)
          const rows = each.entries.map(({ at, texts }, i) => rowOf(`${i}`, texts, { createdAt: at }))
          yield* Effect.forEach(rows, storage.put)
          for (const { at, entry } of each.uses) {
            const row = rows[entry]
            if (row !== undefined) storage.unsafeNote("default", row.hash, "hit", at)
          }
          yield* storage.flush
          const here = () => rows.flatMap((row, i) => (served(storage, row) === undefined ? [] : [i]))
          const textsOf = (names: ReadonlyArray<number>) => names.flatMap((i) => each.entries[i]?.texts ?? [])
          const all = rows.map((_, i) => i)

          const planned = yield* storage.prune(each.policy, each.now, true)
          assert.deepStrictEqual(here(), all)
          const done = yield* storage.prune(each.policy, each.now, false)
          assert.deepStrictEqual({ ...planned, dryRun: false }, done)

          const kept = keptOf(each)
          assert.deepStrictEqual(here(), kept)
          assert.deepStrictEqual(done, {
            dryRun: false,
            entries: all.length - kept.length,
            blocks: new Set(textsOf(all)).size - new Set(textsOf(kept)).size,
            bytes: bytesOf(textsOf(all)) - bytesOf(textsOf(kept)),
            remaining: { entries: kept.length, contentBytes: bytesOf(textsOf(kept)) }
          })
          const contents = yield* storage.contents(textsOf(all).map((content) => sha256(content)))
          assert.deepStrictEqual(new Set(contents.values()), new Set(textsOf(kept)))
          const again = yield* storage.prune(each.policy, each.now, false)
          assert.strictEqual(again.entries, 0)
        }),
      { fastCheck: { numRuns: 50 } }
    )
  })
}
