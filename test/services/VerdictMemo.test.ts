import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { CacheDatabase } from "../../layers/CacheDatabase.js"
import * as VerdictMemoSqlite from "../../layers/VerdictMemoSqlite.js"
import type { Finding } from "../../src/domain/Compliance.js"
import { sha256 } from "../../src/prompt/digest.js"
import * as Memo from "../../src/services/VerdictMemo.js"
import { tempDir } from "../support/tempDir.js"
import { databaseIn, tempDatabase } from "./storages.js"

const finding: Finding = {
  rule: "house/no-foo",
  version: "1.0.0",
  severity: "error",
  message: 'no \u{1F600} "foo"',
  path: "src/a.ts",
  line: 1,
  column: 2,
  endLine: 1,
  endColumn: 5,
  fix: { start: 1, end: 4, text: "" },
  fingerprint: sha256("fingerprint")
}
const [known, clean, other] = [sha256("known"), sha256("clean"), sha256("other")]

const memos: ReadonlyArray<readonly [string, Layer.Layer<Memo.VerdictMemo>]> = [
  ["in memory", Memo.layerMemory],
  ["on SQLite", VerdictMemoSqlite.layer.pipe(Layer.provide(tempDatabase), Layer.orDie)]
]

describe.each(memos)("a memo of verdicts %s", (_, layer) => {
  it.effect("tells a text that nothing was found in from one that nobody judged", () =>
    Effect.gen(function* () {
      const memo = yield* Memo.VerdictMemo
      yield* memo.put(known, [finding])
      yield* memo.put(clean, [])
      assert.deepStrictEqual(yield* memo.get(known), [finding])
      assert.deepStrictEqual(yield* memo.get(clean), [])
      assert.isUndefined(yield* memo.get(other))
      yield* memo.put(known, [])
      assert.deepStrictEqual(yield* memo.get(known), [])
    }).pipe(Effect.provide(layer))
  )
})

describe("verdicts in the database", () => {
  const use = <A>(
    root: string,
    program: (memo: Memo.VerdictMemo["Type"], database: CacheDatabase["Type"]) => Effect.Effect<A, unknown>
  ) =>
    Effect.flatMap(Effect.all([Memo.VerdictMemo, CacheDatabase]), ([memo, database]) =>
      program(memo, database)
    ).pipe(Effect.provide(VerdictMemoSqlite.layer.pipe(Layer.provideMerge(databaseIn(root)))))

  it.scoped("are there for the next process", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      yield* use(root, (memo) => memo.put(known, [finding]))
      assert.deepStrictEqual(yield* use(root, (memo) => memo.get(known)), [finding])
    })
  )

  it.scoped("are not believed when they were altered, or stand under another name", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      yield* use(root, (memo) => Effect.zipRight(memo.put(known, [finding]), memo.put(clean, [])))
      yield* use(root, (_, { sql }) =>
        Effect.zipRight(
          sql`UPDATE verdict SET findings = '[]' WHERE length(findings) > 2`,
          sql`UPDATE verdict SET key = ${Buffer.from(other, "hex")} WHERE key = ${Buffer.from(clean, "hex")}`
        )
      )
      assert.deepStrictEqual(
        yield* use(root, (memo) => Effect.all([known, clean, other].map((key) => memo.get(key)))),
        [undefined, undefined, undefined]
      )
    })
  )
})
