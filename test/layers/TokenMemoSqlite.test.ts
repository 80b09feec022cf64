import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { CacheDatabase } from "../../layers/CacheDatabase.js"
import * as TokenMemoSqlite from "../../layers/TokenMemoSqlite.js"
import { sha256 } from "../../src/prompt/digest.js"
import { TokenMemo } from "../../src/services/TokenMemo.js"
import { databaseIn } from "../services/storages.js"
import { tempDir } from "../support/tempDir.js"

/** Runs a program with a memo that remembers nothing but what is in the database of `root`. */
const use = <A, E>(
  root: string,
  program: (memo: TokenMemo["Type"], database: CacheDatabase["Type"]) => Effect.Effect<A, E>
) =>
  Effect.flatMap(Effect.all([TokenMemo, CacheDatabase]), ([memo, database]) => program(memo, database)).pipe(
    Effect.provide(TokenMemoSqlite.layer.pipe(Layer.provideMerge(databaseIn(root))))
  )

const a = sha256("a")
const b = sha256("b")

describe("token counts in the database", () => {
  it.scoped("are there after the memo was closed, for their estimator alone", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      yield* use(root, (memo) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* memo.get("o200k", [a, b]), [undefined, undefined])
          yield* memo.put("o200k", [[a, 3]])
          yield* memo.put("cl100k", [[b, 0]])
          assert.deepStrictEqual(yield* memo.get("o200k", [a, b, a]), [3, undefined, 3])
        })
      )
      yield* use(root, (memo) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* memo.get("o200k", [b, a]), [undefined, 3])
          assert.deepStrictEqual(yield* memo.get("cl100k", [b, a]), [0, undefined])
          assert.deepStrictEqual(yield* memo.get("o200k", []), [])
        })
      )
    })
  )

  it.scoped("may be many", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const counts = Array.from({ length: 2000 }, (_, i) => [sha256(`${i}`), i] as const)
      yield* use(root, (memo) => memo.put("o200k", counts))
      const found = yield* use(root, (memo) =>
        memo.get(
          "o200k",
          counts.map(([hash]) => hash)
        )
      )
      assert.deepStrictEqual(
        found,
        counts.map(([, tokens]) => tokens)
      )
    })
  )

  it.scoped("are not believed when they were altered on disk, and are mended", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      yield* use(root, (memo) =>
        memo.put("o200k", [
          [a, 3],
          [b, 4]
        ])
      )
      yield* use(root, (memo, { sql }) =>
        Effect.gen(function* () {
          yield* sql`UPDATE token_count SET tokens = tokens + 1 WHERE tokens = 3`
          assert.deepStrictEqual(yield* memo.get("o200k", [a, b]), [undefined, 4])
          yield* memo.put("o200k", [[a, 3]])
        })
      )
      assert.deepStrictEqual(yield* use(root, (memo) => memo.get("o200k", [a, b])), [3, 4])
    })
  )

  it.scoped("are unknown while the database cannot be read, which fails nobody", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      yield* use(root, (memo, { sql }) =>
        Effect.gen(function* () {
          yield* sql`DROP TABLE token_count`
          assert.deepStrictEqual(yield* memo.get("o200k", [a]), [undefined])
          yield* memo.put("o200k", [[a, 3]])
          assert.deepStrictEqual(yield* memo.get("o200k", [a]), [3])
        })
      )
    })
  )
})
