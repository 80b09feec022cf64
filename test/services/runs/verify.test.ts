/** A store that nobody touched verifies; whatever is altered in it is named. */
import { assert, describe, it } from "@effect/vitest"
import type Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import type { RunProblem } from "../../../src/domain/RunReports.js"
import { payloadDigest } from "../../../src/runs/chain.js"
import { packName } from "../../../src/runs/packed.js"
import { anchorRuns, anchorsText, readAnchors } from "../../../src/services/runs/anchor.js"
import { verifyRuns } from "../../../src/services/runs/verify.js"
import { tempFile } from "../../support/tempDir.js"
import { lineage, uuid } from "../runDrafts.js"
import { RunDatabase, runStorages } from "../runStorages.js"
import { checkpointsOver, fill, onFile, over, type Runs, scaffold, spoil } from "./rig.js"

const span = 2 ** 26

/** Threads of both kinds, with branches, tags, large values and entries that were emptied. */
const fillAll = (runs: Runs) =>
  Effect.gen(function* () {
    yield* fill(runs, { thread: "a", steps: 12 })
    yield* fill(runs, { thread: "a", path: "sub:1", steps: 3 })
    yield* fill(runs, { thread: "b", steps: 4, parent: (step) => (step === 1 ? undefined : 1) })
    const checkpoints = yield* checkpointsOver(runs)
    const first = yield* checkpoints.create({
      scaffoldId: scaffold,
      thread: "n",
      state: { text: "x".repeat(9000) }
    })
    yield* checkpoints.create({ scaffoldId: scaffold, thread: "n", state: { text: "y" }, parentId: first.id })
    yield* checkpoints.tag(first.id, "first")
  })

const verifyFile = (file: string, thread?: string) =>
  Effect.scoped(Effect.flatMap(onFile(file), ({ storage }) => verifyRuns(storage, { thread })))

/** A file with runs, closed. */
const filled = Effect.tap(tempFile("runs.db"), (file) =>
  Effect.scoped(Effect.flatMap(onFile(file), (runs) => fillAll(runs)))
)

interface Row {
  readonly place: number
  readonly name: string
  readonly bytes: Buffer
}

const columns = [
  ["entry", "id"],
  ["entry", "parent"],
  ["entry", "meta"],
  ["entry", "body"],
  ["entry", "digest"],
  ["entry", "chain"],
  ["chunk", "hash"],
  ["chunk", "data"],
  ["lineage", "thread"],
  ["lineage", "path"]
] as const

/** Numbers that repeat: a test that fails can be run again. */
const numbers = (seed: number) => {
  let state = seed
  return (below: number) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    return (state >>> 0) % below
  }
}

const names = (problems: ReadonlyArray<RunProblem>, n: number) => problems.some((problem) => problem.n === n)

for (const [name, layer] of runStorages) {
  describe(`a run store ${name} that nobody touched`, () => {
    it.scoped("verifies, with anchors too, and tells a deleted thread from one that vanished", () =>
      Effect.gen(function* () {
        const { open } = yield* RunDatabase
        const runs = yield* over(yield* open("tenant"))
        yield* fillAll(runs)
        const anchors = yield* readAnchors(anchorsText(yield* anchorRuns(runs.storage)))
        yield* fill(runs, { thread: "a", from: 13, steps: 2 })
        const report = yield* verifyRuns(runs.storage, { anchors })
        assert.deepStrictEqual(report.problems, [])
        assert.isTrue(report.ok)
        assert.strictEqual(report.lineages, 4)
        assert.strictEqual(report.checkpoints, 14 + 3 + 4 + 2)
        assert.strictEqual(report.unknownParents, 0)
        assert.isAbove(report.chunks, 10)

        yield* runs.storage.deleteThread("b")
        yield* fill(runs, { thread: "b", steps: 1 })
        yield* runs.storage.deleteThread("n")
        const after = yield* verifyRuns(runs.storage, { anchors })
        assert.deepStrictEqual([after.problems, [...after.deleted].sort()], [[], ["b", "n"]])

        const forged = {
          ...anchors,
          heads: [...anchors.heads, { thread: "never", path: "", n: 1, chain: "0".repeat(64) }]
        }
        const { problems } = yield* verifyRuns(runs.storage, { anchors: forged })
        assert.deepStrictEqual(
          problems.map(({ thread, what }) => [thread, what]),
          [["never", "was anchored, and is not there any more"]]
        )
        assert.isFalse((yield* verifyRuns(runs.storage, { anchors: { ...anchors, namespace: "other" } })).ok)
      }).pipe(Effect.provide(layer))
    )
  })
}

describe("a run store that was altered", () => {
  it.scoped(
    "names the entry or the chunk of every byte that is flipped",
    () =>
      Effect.gen(function* () {
        const file = yield* filled
        const below = numbers(20_251_125)
        for (let round = 0; round < 150; round += 1) {
          const [table, column] = columns[round % columns.length] ?? columns[0]
          const key = table === "entry" ? "place" : "id"
          const flip = spoil(file, (database) => {
            const rows = database
              .prepare<[], Row>(
                `SELECT ${key} AS place, ${column} AS bytes FROM ${table} WHERE length(${column}) > 0 ORDER BY ${key}`
              )
              .all()
            const row = rows[below(rows.length)]
            if (row === undefined) throw new Error("nothing to flip")
            const bytes = Buffer.from(row.bytes)
            const at = below(bytes.length)
            bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8))
            const hash =
              table === "chunk"
                ? database.prepare("SELECT hash FROM chunk WHERE id = ?").pluck().get(row.place)
                : ""
            const write = database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${key} = ?`)
            write.run(bytes, row.place)
            return {
              row,
              write: (to: Buffer) => spoil(file, (again) => again.prepare(write.source).run(to, row.place)),
              hash: Buffer.from(hash as Uint8Array).toString("hex")
            }
          })
          const report = yield* verifyFile(file)
          const what = `round ${round}: ${table}.${column} of ${flip.row.place}: ${JSON.stringify(report.problems.slice(0, 3))}`
          assert.isFalse(report.ok, what)
          if (table === "entry") assert.isTrue(names(report.problems, flip.row.place % span), what)
          if (table === "chunk") {
            const isNamed = report.problems.some(
              ({ chunk, what: text }) => chunk === flip.hash || text.includes(flip.hash)
            )
            assert.isTrue(isNamed, what)
          }
          flip.write(flip.row.bytes)
        }
        assert.isTrue((yield* verifyFile(file)).ok)
      }),
    60_000
  )

  const packed = (text: string) => `x'${Buffer.from(packName(text)).toString("hex")}'`
  const entryOf = (thread: string, n: number, path = "") =>
    `((SELECT id FROM lineage WHERE thread = ${packed(thread)} AND path = ${packed(path)}) * ${span} + ${n})`

  const cases: ReadonlyArray<
    readonly [
      name: string,
      change: (database: Database.Database) => void,
      ns: ReadonlyArray<number>,
      what: RegExp
    ]
  > = [
    [
      "a row that was dropped",
      (db) => db.exec(`DELETE FROM entry WHERE place = ${entryOf("a", 5)}`),
      [5],
      /is missing/
    ],
    [
      "rows that were dropped",
      (db) => db.exec(`DELETE FROM entry WHERE place BETWEEN ${entryOf("a", 5)} AND ${entryOf("a", 8)}`),
      [5],
      /up to 8/
    ],
    [
      "two rows that changed places",
      (db) =>
        db.exec(`UPDATE entry SET place = -1 WHERE place = ${entryOf("a", 3)};
          UPDATE entry SET place = ${entryOf("a", 3)} WHERE place = ${entryOf("a", 7)};
          UPDATE entry SET place = ${entryOf("a", 7)} WHERE place = -1`),
      [3, 7],
      /not linked/
    ],
    [
      "a row that was doubled",
      (db) =>
        db.exec(`INSERT INTO entry SELECT ${entryOf("a", 25)}, lineage, kind, id, parent, at, gone, meta, body, digest, chain
          FROM entry WHERE place = ${entryOf("a", 24)}`),
      [25],
      /not linked/
    ],
    [
      "a row that was appended with a right digest",
      (db) => {
        const [meta, body] = [
          Buffer.from("{}"),
          Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), Buffer.from("[{},[]]")])
        ]
        db.prepare(
          `INSERT INTO entry SELECT ${entryOf("a", 25)}, lineage, 8, id, parent, at, 0, ?, ?, ?, ? FROM entry
            WHERE place = ${entryOf("a", 24)}`
        ).run(meta, body, payloadDigest(meta, body), Buffer.alloc(32, 7))
      },
      [25],
      /^is not linked to the entry before it$/
    ],
    [
      "a row that was moved from another run",
      (db) =>
        db.exec(`DELETE FROM entry WHERE place = ${entryOf("a", 24)};
          INSERT INTO entry SELECT ${entryOf("a", 24)}, ${entryOf("a", 0)} / ${span}, kind, id, parent, at, gone, meta, body, digest, chain
          FROM entry WHERE place = ${entryOf("b", 8)}`),
      [24],
      /not linked/
    ],
    [
      "a time that was changed",
      (db) => db.exec(`UPDATE entry SET at = at + 1 WHERE place = ${entryOf("a", 6)}`),
      [6],
      /not linked/
    ],
    [
      "a kind that was changed",
      (db) => db.exec(`UPDATE entry SET kind = 77 WHERE place = ${entryOf("a", 6)}`),
      [6],
      /kind 77/
    ],
    [
      "an entry that was hidden",
      (db) => db.exec(`UPDATE entry SET gone = 1 WHERE place = ${entryOf("a", 6)}`),
      [6],
      /no prune/
    ],
    [
      "an entry that was emptied",
      (db) => db.exec(`UPDATE entry SET gone = 1, meta = NULL, body = NULL WHERE place = ${entryOf("b", 3)}`),
      [3],
      /no prune/
    ],
    [
      "a payload that was taken away",
      (db) => db.exec(`UPDATE entry SET meta = NULL, body = NULL WHERE place = ${entryOf("b", 3)}`),
      [3],
      /no content/
    ],
    [
      "a tag that points elsewhere",
      (db) => db.exec("UPDATE ref SET n = 3 WHERE kind = 'tag'"),
      [3],
      /tag "first"/
    ],
    ["chunks that were taken away", (db) => db.exec("DELETE FROM chunk WHERE id < 3"), [1], /is missing/]
  ]
  for (const [name, change, ns, what] of cases) {
    it.scoped(`names ${name}`, () =>
      Effect.gen(function* () {
        const file = yield* filled
        spoil(file, change)
        const { ok, problems } = yield* verifyFile(file)
        assert.isFalse(ok)
        for (const n of ns) assert.isTrue(names(problems, n), JSON.stringify(problems))
        assert.isTrue(
          problems.some((problem) => what.test(problem.what)),
          JSON.stringify(problems)
        )
      })
    )
  }

  const counters: ReadonlyArray<readonly [name: string, sql: string, what: RegExp]> = [
    ["a size", "UPDATE chunk SET size = size + 1 WHERE id = 1", /size|not what/],
    ["a flag", "UPDATE chunk SET deflated = 2 WHERE id = 1", /deflated/],
    ["a flag of an entry", "UPDATE entry SET gone = 2 WHERE place = (SELECT max(place) FROM entry)", /gone/],
    [
      "the run of an entry",
      "UPDATE entry SET lineage = 77 WHERE place = (SELECT max(place) FROM entry)",
      /another run/
    ],
    ["a holding", "DELETE FROM holding WHERE chunk = 1", /holds/],
    ["a holder", "DELETE FROM holding WHERE chunk = 1; INSERT INTO holding VALUES (1, 77)", /held by no run/],
    ["a name", "UPDATE named SET place = 1", /name of nothing/]
  ]
  for (const [name, sql, what] of counters) {
    it.scoped(`finds ${name} that was changed`, () =>
      Effect.gen(function* () {
        const file = yield* filled
        spoil(file, (database) => database.exec(sql))
        const { problems } = yield* verifyFile(file)
        assert.isTrue(
          problems.some((problem) => what.test(problem.what)),
          JSON.stringify(problems)
        )
      })
    )
  }

  it.scoped(
    "lets no byte of the file change what the store says without a word",
    () =>
      Effect.gen(function* () {
        const file = yield* filled
        spoil(file, (database) => database.pragma("wal_checkpoint(TRUNCATE)"))
        const whole = Fs.readFileSync(file)
        const dump = () => {
          try {
            return spoil(file, (database) =>
              JSON.stringify(
                [
                  "SELECT * FROM space ORDER BY id",
                  "SELECT id, space, thread, path FROM lineage ORDER BY id",
                  "SELECT * FROM entry ORDER BY place",
                  "SELECT * FROM chunk ORDER BY id",
                  "SELECT * FROM holding ORDER BY chunk, lineage",
                  "SELECT * FROM named ORDER BY space, name",
                  "SELECT * FROM ref ORDER BY lineage, kind, name"
                ].map((sql) => database.prepare(sql).raw().all())
              )
            )
          } catch {
            return "unreadable"
          }
        }
        const original = dump()
        const below = numbers(7_654_321)
        let changed = 0
        for (let round = 0; round < 200; round += 1) {
          const bytes = Buffer.from(whole)
          const at = below(bytes.length)
          bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8))
          Fs.writeFileSync(file, bytes)
          for (const side of ["-wal", "-shm"]) Fs.rmSync(`${file}${side}`, { force: true })
          const isSame = dump() === original
          Fs.writeFileSync(file, bytes)
          const verified = yield* Effect.exit(verifyFile(file))
          // what cannot be opened any more is found as well
          const isFound = verified._tag === "Failure" || !verified.value.ok
          if (!isSame) changed += 1
          assert.isTrue(isSame || isFound, `round ${round}: byte ${at} of page ${Math.floor(at / 8192) + 1}`)
        }
        assert.isAbove(changed, 20)
      }),
    60_000
  )

  it.scoped("shows with anchors what was cut off, replaced or taken away", () =>
    Effect.gen(function* () {
      const file = yield* filled
      const anchors = yield* Effect.scoped(Effect.flatMap(onFile(file), ({ storage }) => anchorRuns(storage)))
      const verified = Effect.scoped(
        Effect.flatMap(onFile(file), ({ storage }) => verifyRuns(storage, { anchors }))
      )
      spoil(file, (db) =>
        db.exec(`DELETE FROM entry WHERE place > ${entryOf("a", 20)} AND place < ${entryOf("a", 100)}`)
      )
      const cut = yield* verified
      assert.deepStrictEqual(
        cut.problems.filter(({ thread }) => thread === "a").map(({ n, what }) => [n, what]),
        [[20, "is the last entry, but there were 24: the log was cut off"]]
      )
      // the same thread with another past, whose chain is in order
      spoil(file, (db) =>
        db.exec(`DELETE FROM entry WHERE place > ${entryOf("b", 0)} AND place < ${entryOf("b", 100)};
          DELETE FROM holding WHERE lineage = ${entryOf("b", 0)} / ${span};
          DELETE FROM lineage WHERE id = ${entryOf("b", 0)} / ${span}`)
      )
      const gone = yield* verified
      assert.isTrue(
        gone.problems.some(({ thread, what }) => thread === "b" && /not there any more/.test(what))
      )
      yield* Effect.scoped(
        Effect.flatMap(onFile(file), (runs) => fill(runs, { thread: "b", path: "", steps: 9 }))
      )
      const replaced = yield* verified
      assert.isTrue(
        replaced.problems.some(({ n, thread, what }) => thread === "b" && n === 8 && /replaced/.test(what))
      )
    })
  )

  it.scoped("is a problem, not a failure, where SQLite itself cannot read", () =>
    Effect.gen(function* () {
      const file = yield* filled
      const pages = spoil(file, (db) => {
        db.pragma("wal_checkpoint(TRUNCATE)")
        return db
          .prepare<[], { readonly rootpage: number; readonly name: string }>(
            "SELECT rootpage, name FROM sqlite_master WHERE name IN ('entry', 'chunk', 'holding')"
          )
          .all()
      })
      const whole = Fs.readFileSync(file)
      for (const { name, rootpage } of pages) {
        const broken = Buffer.from(whole)
        broken.fill(0x5a, (rootpage - 1) * 8192, (rootpage - 1) * 8192 + 64)
        Fs.writeFileSync(file, broken)
        const { ok, problems } = yield* verifyFile(file)
        assert.isFalse(ok, name)
        assert.isTrue(
          problems.some(({ what }) => /SQLite|database|Tree|page/.test(what)),
          JSON.stringify(problems)
        )
      }
    })
  )

  it.scoped("verifies one thread alone", () =>
    Effect.gen(function* () {
      const file = yield* filled
      spoil(file, (db) => db.exec(`UPDATE entry SET at = 1 WHERE place = ${entryOf("b", 2)}`))
      assert.isTrue((yield* verifyFile(file, "a")).ok)
      const { problems } = yield* verifyFile(file, "b")
      assert.deepStrictEqual(
        problems.map(({ id, n, path, thread }) => ({ id, n, path, thread })),
        [{ id: uuid(1), n: 2, ...lineage("b") }]
      )
    })
  )
})
