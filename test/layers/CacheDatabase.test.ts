import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { cacheMigrations } from "../../migrations/cache/index.js"
import * as CacheDatabaseLive from "../../layers/CacheDatabase.js"
import { CacheDatabase } from "../../layers/CacheDatabase.js"
import { toHash, toIso, toNamespace, toText } from "../../layers/scaffolds/digests.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import { tempDir } from "../support/tempDir.js"

const use = <A, E>(
  root: string,
  program: (database: CacheDatabase["Type"]) => Effect.Effect<A, E>,
  settings: typeof AegisConfig.Settings.Encoded = {}
) =>
  Effect.flatMap(CacheDatabase, program).pipe(
    Effect.provide(CacheDatabaseLive.layer.pipe(Layer.provide(AegisConfig.layer(root, settings))))
  )

const modeOf = (path: string) => (Fs.statSync(path).mode & 0o777).toString(8)

describe("the database of the cache", () => {
  it.scoped("is its owner's alone, and no commit takes it along", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      yield* use(root, ({ filename, sql }) =>
        Effect.gen(function* () {
          assert.strictEqual(filename, Path.join(root, ".aegis", "cache.db"))
          yield* sql`DELETE FROM entry`
          assert.strictEqual(modeOf(Path.join(root, ".aegis")), "700")
          assert.deepStrictEqual(
            ["", "-wal", "-shm"].map((suffix) => modeOf(filename + suffix)),
            ["600", "600", "600"]
          )
          assert.strictEqual(Fs.readFileSync(Path.join(root, ".aegis", ".gitignore"), "utf8"), "*\n")
        })
      )
    })
  )

  it.scoped("lies where the settings say, and leaves a file that is there already", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      Fs.mkdirSync(Path.join(root, "deep/cache"), { recursive: true })
      Fs.writeFileSync(Path.join(root, "deep/cache/.gitignore"), "mine\n")
      const filename = yield* use(root, (database) => Effect.succeed(database.filename), {
        cacheDir: "deep/cache"
      })
      assert.strictEqual(filename, Path.join(root, "deep/cache/cache.db"))
      assert.isTrue(Fs.existsSync(filename))
      assert.strictEqual(Fs.readFileSync(Path.join(root, "deep/cache/.gitignore"), "utf8"), "mine\n")
    })
  )

  it.scoped("is not opened when a newer Aegis has changed it, and is left as it is", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      yield* use(
        root,
        ({ sql }) => sql`INSERT INTO aegis_cache_migrations (migration_id, name) VALUES (99, 'later')`
      )
      const bytes = Fs.readFileSync(Path.join(root, ".aegis/cache.db"))
      const error = yield* Effect.flip(use(root, () => Effect.void))
      assert.deepInclude(error, {
        _tag: "SchemaTooNew",
        found: 99,
        supported: cacheMigrations.migrations.length
      })
      assert.include(error.message, "Install an aegis-prompt-cache that supports version 99")
      assert.isTrue(bytes.equals(Fs.readFileSync(Path.join(root, ".aegis/cache.db"))))
    })
  )

  it.scoped("says what is in its way", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      Fs.writeFileSync(Path.join(root, ".aegis"), "a file")
      const error = yield* Effect.flip(use(root, () => Effect.void))
      assert.deepInclude(error, { _tag: "StoreOpenError", reason: "not-found" })
      assert.include(error.message, "choose another path")
    })
  )
})

describe("what a damaged column holds", () => {
  it("is read without a fault, and is no digest, text or instant of anything", () => {
    for (const column of [null, 1, 1.5, "text", 2n, undefined]) {
      assert.match(toHash(column), /^not a digest/)
      assert.match(toText(column), /^not a text/)
    }
    assert.strictEqual(toNamespace('"half'), '"half')
    assert.strictEqual(toNamespace(7), "7")
    for (const column of [null, "x", Number.NaN, -1, -(2 ** 62)]) {
      assert.strictEqual(toIso(column), "1970-01-01T00:00:00.000Z")
    }
    assert.strictEqual(toIso(2 ** 62), "9999-12-31T00:00:00.000Z")
  })
})
