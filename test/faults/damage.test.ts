/** A cache file that is not what was written: each answer is the right one, a miss, or a typed error. */
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as SqliteClient from "../../layers/storage/SqliteClient.js"
import type { ResolvedScaffold } from "../../src/domain/ResolvedScaffold.js"
import type { ScaffoldCache } from "../../src/services/ScaffoldCache.js"
import { tempDir } from "../support/tempDir.js"
import { inputsOf } from "./inputs.js"
import { resolve, substance, use } from "./project.js"

const prompts = Array.from({ length: 12 }, (_, i) => inputsOf("damage", i))
const opening = ["StoreOpenError", "StoreError", "MigrationFailed", "SchemaTooNew"]

/** A small generator with a seed: a failure names the seed, and the seed repeats it. */
const randomOf = (seed: number) => {
  let state = seed * 2_654_435_761
  return (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0
    return (state >>> 0) % below
  }
}

const fileOf = (root: string): string => Path.join(root, ".aegis", "cache.db")

/** A project whose cache holds the prompts; what a fresh resolve says of each; its files while it was open. */
const prepare = Effect.gen(function* () {
  const root = yield* tempDir
  const { expected, log } = yield* use(root, (cache) =>
    Effect.gen(function* () {
      const expected = yield* Effect.forEach(prompts, (input) => resolve(cache, input))
      yield* cache.flush
      return { expected, log: Fs.readFileSync(`${fileOf(root)}-wal`), file: Fs.readFileSync(fileOf(root)) }
    })
  )
  return { root, expected, log, database: Fs.readFileSync(fileOf(root)) }
})

/** A project with this cache file. */
const projectWith = (files: Readonly<Record<string, Uint8Array>>) =>
  Effect.map(tempDir, (root) => {
    Fs.mkdirSync(Path.join(root, ".aegis"))
    for (const [name, bytes] of Object.entries(files))
      Fs.writeFileSync(Path.join(root, ".aegis", name), bytes)
    return root
  })

/** Asks for everything, and holds every answer against the fresh one. Returns what was found of it. */
const interrogate = (cache: ScaffoldCache["Type"], expected: ReadonlyArray<ResolvedScaffold>) =>
  Effect.gen(function* () {
    const lookups = yield* Effect.forEach(expected, ({ originalScaffold }) =>
      Effect.either(cache.lookup(originalScaffold.hash))
    )
    lookups.forEach((found, i) => {
      if (Either.isLeft(found)) assert.include(["StoreError", "SchemaTooNew"], found.left._tag)
      else if (Option.isSome(found.right)) {
        const fresh = expected[i]
        assert.deepStrictEqual(
          substance(found.right.value),
          fresh === undefined ? undefined : substance(fresh)
        )
      }
    })
    const outcomes = yield* Effect.forEach(prompts, (input, i) =>
      Effect.map(resolve(cache, input), (resolved) => {
        assert.include(["hit", "miss"], resolved.outcome)
        const fresh = expected[i]
        assert.deepStrictEqual(substance(resolved), fresh === undefined ? undefined : substance(fresh))
        return resolved.outcome
      })
    )
    return {
      found: lookups.filter((found) => Either.isRight(found) && Option.isSome(found.right)).length,
      hits: outcomes.filter((outcome) => outcome === "hit").length
    }
  })

describe("a damaged cache file", () => {
  it.scoped(
    "is never taken for what was written, wherever bytes were flipped, and verifying it names the damage",
    () =>
      Effect.gen(function* () {
        const { database, expected } = yield* prepare
        const used = [...database.keys()].filter((at) => database[at] !== 0)
        const tally = { refused: 0, damaged: 0, sound: 0 }
        for (let seed = 1; seed <= 60; seed++) {
          const random = randomOf(seed)
          const bytes = Uint8Array.from(database)
          for (let flips = 0; flips < 3; flips++) {
            const at = used[random(used.length)] ?? 0
            bytes[at] = (bytes[at] ?? 0) ^ (1 + random(255))
          }
          const told = yield* Effect.scoped(
            Effect.gen(function* () {
              const root = yield* projectWith({ "cache.db": bytes })
              return yield* Effect.either(
                use(root, (cache) =>
                  Effect.gen(function* () {
                    const report = yield* cache.verify
                    const { found, hits } = yield* interrogate(cache, expected)
                    if (report.ok) assert.deepStrictEqual([found, hits], [12, 12], `seed ${seed}`)
                    assert.strictEqual(report.ok, report.database === "ok" && report.corrupt.length === 0)
                    return report.ok
                  })
                )
              )
            })
          )
          if (Either.isRight(told)) tally[told.right ? "sound" : "damaged"]++
          else {
            assert.include(opening, told.left._tag, `seed ${seed}`)
            tally.refused++
          }
        }
        assert.isAtLeast(tally.damaged, 20, JSON.stringify(tally))
      }),
    60_000
  )

  it.scoped("is not taken for what was written either before anybody has verified it", () =>
    Effect.gen(function* () {
      const { database, expected } = yield* prepare
      const used = [...database.keys()].filter((at) => database[at] !== 0)
      for (let seed = 101; seed <= 130; seed++) {
        const random = randomOf(seed)
        const bytes = Uint8Array.from(database)
        for (let flips = 0; flips < 20; flips++) {
          const at = used[random(used.length)] ?? 0
          bytes[at] = random(256)
        }
        const told = yield* Effect.scoped(
          Effect.flatMap(projectWith({ "cache.db": bytes }), (root) =>
            Effect.either(use(root, (cache) => interrogate(cache, expected)))
          )
        )
        if (Either.isLeft(told)) assert.include(opening, told.left._tag, `seed ${seed}`)
      }
    })
  )

  it.scoped("loses the end of its log without a wrong answer, wherever it was cut or flipped", () =>
    Effect.gen(function* () {
      const { expected, log, root } = yield* prepare
      const start = yield* tempDir
      // the state of the file before its log was written back into it
      const empty = yield* use(start, () => Effect.sync(() => Fs.readFileSync(fileOf(start))))
      assert.isAbove(log.length, 100_000)
      assert.isTrue(Fs.existsSync(fileOf(root)))
      for (let seed = 1; seed <= 24; seed++) {
        const random = randomOf(seed)
        const bytes = Uint8Array.from(seed % 2 === 0 ? log : log.subarray(0, random(log.length)))
        const at = random(bytes.length)
        if (seed % 2 === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 + random(255))
        const told = yield* Effect.scoped(
          Effect.flatMap(projectWith({ "cache.db": empty, "cache.db-wal": bytes }), (project) =>
            Effect.either(
              use(project, (cache) =>
                Effect.zipLeft(
                  interrogate(cache, expected),
                  Effect.map(cache.verify, (report) => assert.isTrue(report.ok, `seed ${seed}`))
                )
              )
            )
          )
        )
        if (Either.isLeft(told)) assert.include(opening, told.left._tag, `seed ${seed}`)
      }
    })
  )

  it.scoped("is refused with a remedy when it is no database, and made anew when it is empty", () =>
    Effect.gen(function* () {
      const { expected } = yield* prepare
      const random = randomOf(7)
      for (const garbage of [
        Buffer.from("not a database, but a text that is long enough to be one".repeat(400)),
        Uint8Array.from({ length: 9000 }, () => random(256))
      ]) {
        const root = yield* projectWith({ "cache.db": garbage })
        const error = yield* Effect.flip(use(root, () => Effect.void))
        assert.deepInclude(error, { _tag: "StoreOpenError", reason: "not-a-database" })
        assert.include(error.message, "Move that file away")
        assert.isTrue(Buffer.from(garbage).equals(Fs.readFileSync(fileOf(root))))
      }
      const root = yield* projectWith({ "cache.db": new Uint8Array() })
      assert.deepStrictEqual(yield* use(root, (cache) => interrogate(cache, expected)), { found: 0, hits: 0 })
    })
  )

  it.scoped("is refused when its first page is cut off, and when half of it is", () =>
    Effect.gen(function* () {
      const { database, expected } = yield* prepare
      for (const length of [50, 4096, 8192, database.length / 2, database.length - 8192]) {
        const told = yield* Effect.scoped(
          Effect.flatMap(projectWith({ "cache.db": database.subarray(0, length) }), (root) =>
            Effect.either(
              use(root, (cache) => Effect.zipRight(Effect.either(cache.verify), interrogate(cache, expected)))
            )
          )
        )
        if (Either.isLeft(told)) assert.include(opening, told.left._tag, `${length} bytes`)
      }
    })
  )

  it.scoped("may vanish while it is open: what is asked is answered, and the next run begins anew", () =>
    Effect.gen(function* () {
      const { expected, root } = yield* prepare
      yield* use(root, (cache) =>
        Effect.gen(function* () {
          yield* resolve(cache, prompts[0] ?? inputsOf("damage", 0))
          Fs.rmSync(Path.dirname(fileOf(root)), { recursive: true })
          yield* interrogate(cache, expected)
          yield* Effect.forEach([20, 21, 22], (i) =>
            Effect.map(resolve(cache, inputsOf("damage", i)), ({ outcome }) =>
              assert.strictEqual(outcome, "miss")
            )
          )
        })
      )
      assert.deepStrictEqual(yield* use(root, (cache) => interrogate(cache, expected)), { found: 0, hits: 0 })
    })
  )

  it.scoped("is refused when it is another program's, or a newer Aegis's, which are left alone", () =>
    Effect.gen(function* () {
      const statements = [
        ["CREATE TABLE entry (mine TEXT)", "MigrationFailed"],
        ["CREATE TABLE aegis_cache_migrations (migration_id INTEGER, name TEXT)", undefined],
        ["INSERT INTO aegis_cache_migrations VALUES (1000, 'later')", "SchemaTooNew"]
      ] as const
      const root = yield* projectWith({})
      const change = (statement: string) =>
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)).pipe(
          Effect.provide(SqliteClient.layer({ filename: fileOf(root), synchronous: "NORMAL" }))
        )
      for (const [statement, tag] of statements) {
        yield* change(statement)
        if (tag === undefined) continue
        const error = yield* Effect.flip(use(root, () => Effect.void))
        assert.strictEqual(error._tag, tag)
        assert.match(error.message, /check that|Install an/)
      }
      assert.strictEqual((yield* change("SELECT mine FROM entry")).length, 0)
    })
  )
})
