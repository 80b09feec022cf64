/** What only real processes, a real disk and real signals can show. */
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { reasonOf } from "../../../layers/storage/sqlError.js"
import * as SqliteClient from "../../../layers/storage/SqliteClient.js"
import { transaction } from "../../../layers/storage/Transaction.js"
import { bundle, bundleAndSpawn, spawn } from "../../support/childProcess.js"
import { tempDir, tempFile } from "../../support/tempDir.js"

/** A file system in memory of a given size, for as long as the scope lasts. */
const tinyDisk = (options: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.flatMap(tempDir, (folder) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        assert.strictEqual(spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]).status, 0)
        return folder
      }),
      () => Effect.sync(() => spawnSync("umount", ["-l", folder]))
    )
  )

const canMount = ((): boolean => {
  if (process.getuid?.() !== 0 || process.platform !== "linux") return false
  const probe = Fs.mkdtempSync("/tmp/aegis-mount-")
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", probe]).status === 0
  if (mounted) spawnSync("umount", ["-l", probe])
  Fs.rmSync(probe, { recursive: true, force: true })
  return mounted
})()
if (!canMount) {
  process.stderr.write(
    "Skipped: a full and a read-only disk need root on Linux, to mount a small file system.\n"
  )
}

const open = (filename: string) => SqliteClient.layer({ filename, synchronous: "FULL" })

const prepare = (filename: string) =>
  Effect.provide(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE counter (n INTEGER NOT NULL)`
      yield* sql`INSERT INTO counter VALUES (0)`
      yield* sql`CREATE TABLE entry (writer TEXT, id INTEGER, body TEXT, PRIMARY KEY (writer, id))`
    }),
    open(filename)
  )

/** The counter, the keys of the rows, and what SQLite says about the file. */
const inspect = (filename: string) =>
  Effect.provide(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [counter] = yield* sql<{ readonly n: number }>`SELECT n FROM counter`
      const rows = yield* sql<{ readonly key: string }>`SELECT writer || ' ' || id AS key FROM entry`
      const [check] = yield* sql<{ readonly integrity_check: string }>`PRAGMA integrity_check`
      return { n: counter?.n, keys: new Set(rows.map(({ key }) => key)), check: check?.integrity_check }
    }),
    open(filename)
  )

const acknowledgedIn = (lines: ReadonlyArray<string>) =>
  lines.filter((line) => line.startsWith("ack ")).map((line) => line.slice(4))

describe("several processes on one file", () => {
  it.live(
    "read, count and write without losing an update or seeing an error",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const filename = yield* tempFile("shared.db")
          yield* prepare(filename)
          const program = yield* bundle("test/layers/storage/processes/write.ts")
          const writers = yield* Effect.forEach(["a", "b", "c", "d", "e"], (name) =>
            spawn(program, [filename, name, "40"])
          )
          const ends = yield* Effect.forEach(writers, (writer) => writer.exit, { concurrency: "unbounded" })
          assert.deepStrictEqual(
            ends.map(({ stdout, stderr }) => stdout.at(-1) ?? stderr),
            ["done", "done", "done", "done", "done"]
          )
          const { n, keys, check } = yield* inspect(filename)
          assert.deepStrictEqual({ n, rows: keys.size, check }, { n: 200, rows: 200, check: "ok" })
        })
      ),
    60_000
  )

  it.live(
    "lose nothing that was acknowledged when they are killed in the middle of writing",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const filename = yield* tempFile("killed.db")
          yield* prepare(filename)
          const program = yield* bundle("test/layers/storage/processes/write.ts")
          const acknowledged: Array<string> = []
          for (let round = 0; round < 4; round++) {
            const writers = yield* Effect.forEach(["a", "b", "c"], (name) =>
              spawn(program, [filename, `${name}${round}`, "1000000"])
            )
            yield* Effect.forEach(
              writers,
              (writer, index) =>
                Effect.gen(function* () {
                  yield* writer.line(`ack ${"abc"[index]}${round} ${5 + round * 7}`)
                  yield* writer.kill("SIGKILL")
                  const { stdout, signal } = yield* writer.exit
                  assert.strictEqual(signal, "SIGKILL")
                  acknowledged.push(...acknowledgedIn(stdout))
                }),
              { concurrency: "unbounded" }
            )
          }
          const { n, keys, check } = yield* inspect(filename)
          assert.strictEqual(check, "ok")
          assert.deepStrictEqual(
            acknowledged.filter((key) => !keys.has(key)),
            []
          )
          // Both writes of a transaction are there or none; at most one per process was not acknowledged any more.
          assert.strictEqual(n, keys.size)
          assert.isAtMost(keys.size - acknowledged.length, 12)
        })
      ),
    60_000
  )
})

describe("a disk that is full", () => {
  it.live.skipIf(!canMount)(
    "is a typed error in and out of transactions; reading goes on, and so does writing later",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const folder = yield* tinyDisk("size=3m")
          yield* Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            yield* sql`CREATE TABLE entry (id INTEGER PRIMARY KEY, body TEXT)`
            let acknowledged = 0
            const insert = Effect.suspend(
              () => sql`INSERT INTO entry VALUES (${acknowledged + 1}, ${"x".repeat(20_000)})`
            )
            const fill = <E, R>(one: Effect.Effect<unknown, E, R>) =>
              Effect.flip(Effect.forever(Effect.tap(one, () => Effect.sync(() => ++acknowledged))))
            const count = Effect.map(
              sql<{ readonly n: number }>`SELECT count(*) AS n FROM entry`,
              ([row]) => row?.n
            )
            const ballast = Path.join(folder, "ballast")
            Fs.writeFileSync(ballast, Buffer.alloc(600_000))

            assert.strictEqual(
              reasonOf(yield* fill(transaction(Effect.zipLeft(insert, Effect.yieldNow())))),
              "full"
            )
            const atFirst = acknowledged
            assert.isAbove(atFirst, 10)
            assert.strictEqual(yield* count, atFirst)

            Fs.rmSync(ballast)
            assert.strictEqual(reasonOf(yield* fill(insert)), "full")
            assert.isAbove(acknowledged, atFirst)
            assert.strictEqual(yield* count, acknowledged)
          }).pipe(Effect.provide(open(Path.join(folder, "full.db"))))
        })
      )
  )

  it.live.skipIf(!canMount)("cannot hold a new store, and says so", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const folder = yield* tinyDisk("size=64k")
        Fs.writeFileSync(Path.join(folder, "ballast"), Buffer.alloc(60_000))
        const error = yield* Effect.flip(Effect.provide(Effect.void, open(Path.join(folder, "new.db"))))
        assert.strictEqual(error.reason, "io")
      })
    )
  )

  it.live("is felt as a limit on the size of files too, and the process survives", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const filename = yield* tempFile("limited.db")
        const command = ["sh", "-c", 'ulimit -f 2000; exec "$@"', "sh"]
        const child = yield* bundleAndSpawn("test/layers/storage/processes/fill.ts", [filename], { command })
        const { stdout, stderr } = yield* child.exit
        const [, reason, acknowledged, kept] = /^(\S+) acknowledged (\d+) kept (\d+)$/.exec(
          stdout.join()
        ) ?? [stderr]
        assert.strictEqual(reason, "io", stdout.join() + stderr)
        assert.strictEqual(kept, acknowledged)
        assert.isAbove(Number(acknowledged), 5)
      })
    )
  )
})

describe("a disk or folder without the right to write", () => {
  it.live.skipIf(!canMount)("is a typed error at the opening, and can be opened for reading", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const folder = yield* tinyDisk("size=3m")
        const filename = Path.join(folder, "store.db")
        yield* prepare(filename)
        assert.strictEqual(spawnSync("mount", ["-o", "remount,ro", folder]).status, 0)
        const error = yield* Effect.flip(Effect.provide(Effect.void, open(filename)))
        assert.strictEqual(error.reason, "read-only")
      })
    )
  )

  it.live.skipIf(process.getuid?.() !== 0)("is a typed error for a user who has no right to it", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const folder = yield* tempDir
        const program = yield* bundle("test/layers/storage/processes/fill.ts")
        const run = (filename: string) =>
          Effect.flatMap(spawn(program, [filename, "65534"]), (child) =>
            Effect.map(child.exit, ({ stdout, stderr }) => stdout.join() + stderr)
          )
        Fs.chmodSync(folder, 0o755)
        assert.include(yield* run(Path.join(folder, "new.db")), "(permission)")
        const filename = Path.join(folder, "mine.db")
        yield* prepare(filename)
        assert.include(yield* run(filename), "(permission)")
        // The file may be written, but not the log beside it.
        Fs.chmodSync(filename, 0o666)
        assert.include(yield* run(filename), "(permission)")
      })
    )
  )
})
