/** The contract of the commands about runs with shells and scripts: exit code, stdout, stderr. */
import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { Checkpoint } from "../../src/domain/Checkpoint.js"
import { CheckpointLog } from "../../src/domain/CheckpointLog.js"
import { MigrationStatus } from "../../src/domain/Migrations.js"
import { Provenance } from "../../src/domain/Provenance.js"
import { CheckpointDiff, CheckpointList, EventLog } from "../../src/domain/RunListings.js"
import { RunVerifyReport } from "../../src/domain/RunReports.js"
import { ScratchpadArtifact } from "../../src/domain/ScratchpadArtifact.js"
import { ToolTrace } from "../../src/domain/ToolTrace.js"
import { aegis, project, type Options, type Result } from "./support/command.js"

const canary = "CANARY-of-a-state"
const escape = "\u001B"

/** One line on stderr, nothing on stdout, this exit code, and nothing of a state. */
const refused = (result: Result, code: number, text: string): void => {
  assert.deepStrictEqual([result.code, result.stdout], [code, ""], result.stderr)
  assert.match(result.stderr, /^aegis: [^\n]+\n$/)
  assert.include(result.stderr, text)
  assert.notInclude(result.stderr, canary)
}

/** Runs a command with `--json` and reads what it printed by its schema. */
const json = <A, I>(
  folder: string,
  words: ReadonlyArray<string>,
  schema: Schema.Schema<A, I>,
  options: Options = {}
): Effect.Effect<A> =>
  Effect.map(aegis(folder, [...words, "--json"], options), ({ code, stderr, stdout }) => {
    assert.deepStrictEqual([code, stderr], [0, ""], stdout)
    assert.lengthOf(stdout.split("\n"), 2)
    return Schema.decodeUnknownSync(Schema.parseJson(schema))(stdout)
  })

const save = (folder: string, state: unknown, ...words: ReadonlyArray<string>): Effect.Effect<Checkpoint> =>
  json(folder, ["checkpoint", "save", ...words], Checkpoint, { stdin: JSON.stringify(state) })

describe("aegis checkpoint", { timeout: 120_000 }, () => {
  it.scoped("saves a state from stdin or a file, and shows it to a person and to a program", () =>
    Effect.gen(function* () {
      const folder = yield* project({ "state.json": JSON.stringify({ step: 2, secret: canary }) })
      const first = yield* save(folder, { step: 1 }, "--thread", "t", "--name", "plan")
      assert.deepInclude(first, { name: "plan", revision: 1, branch: "main", thread: "t" })
      const saved = yield* aegis(folder, [
        ...["checkpoint", "save", "state.json", "--thread", "t"],
        ...["--name", "plan", "--metadata", '{"by":"me"}']
      ])
      assert.deepStrictEqual([saved.code, saved.stderr], [0, ""])
      assert.match(saved.stdout, /^id {9}[0-9a-f-]{36}\nname {7}plan@2\nbranch {5}main\nthread {5}t\n$/)
      const whole = yield* json(folder, ["checkpoint", "show", "plan"], Checkpoint)
      assert.deepStrictEqual(whole.state, { step: 2, secret: canary })
      assert.deepStrictEqual([whole.metadata, whole.parentId], [{ by: "me" }, first.id])
      const shown = yield* aegis(folder, ["checkpoint", "show", "plan"])
      for (const part of ["plan@2", "tip of     main", "2 keys, ", "secret", "text"]) {
        assert.include(shown.stdout, part)
      }
      assert.notInclude(shown.stdout, canary)
      assert.notInclude(shown.stdout, escape)
      assert.strictEqual(Fs.statSync(Path.join(folder, ".aegis/store.db")).mode & 0o777, 0o600)
      assert.isFalse(Fs.existsSync(Path.join(folder, ".aegis/cache.db")), "runs open no cache")
    })
  )

  it.scoped("draws a fork, with branches and tags, and tells everything that happened", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      const first = yield* save(folder, { step: 1 }, "--thread", "t", "--name", "a")
      yield* save(folder, { step: 2 }, "--thread", "t", "--name", "b")
      const fork = yield* save(folder, { step: 3 }, "--thread", "t", "--name", "c", "--parent", "a")
      yield* aegis(folder, ["checkpoint", "tag", "a@1", "release"])
      const drawn = yield* aegis(folder, ["checkpoint", "log"])
      assert.match(
        drawn.stdout,
        /^thread t\n\* [0-9a-f]{8} {2}c@1 {2}\(main-[0-9a-f]{8}\) {2}\d+ s ago\n\| \* [0-9a-f]{8} {2}b@1 {2}\(main\) {2}\d+ s ago\n\|\/\n\* [0-9a-f]{8} {2}a@1 {2}\(tag: release\) {2}\d+ s ago\n$/
      )
      const log = yield* json(folder, ["checkpoint", "log", fork.id.slice(0, 8)], CheckpointLog)
      assert.deepStrictEqual(
        log.checkpoints.map(({ id }) => id),
        [fork.id, first.id]
      )
      const cut = yield* aegis(folder, ["checkpoint", "log", "--limit", "1"])
      assert.match(cut.stdout, /^thread t\n\* .*\n\|\n… 2 more: --limit N\n$/)
      const events = yield* json(folder, ["checkpoint", "log", "--thread", "t", "--events"], EventLog)
      assert.deepStrictEqual(
        events.entries.map(({ kind, n, name }) => [n, kind, name]),
        [
          [1, "checkpoint", "a"],
          [2, "checkpoint", "b"],
          [3, "checkpoint", "c"],
          [4, "tag", "release"]
        ]
      )
      const listed = yield* json(folder, ["checkpoint", "list", "--limit", "2"], CheckpointList)
      assert.deepStrictEqual(
        listed.checkpoints.map(({ name }) => name),
        ["c", "b"]
      )
    })
  )

  it.scoped("compares, branches, tags and takes a tag away", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      yield* save(
        folder,
        { notes: ["a"], long: "x".repeat(500), old: true },
        "--name",
        "plan",
        "--thread",
        "t"
      )
      yield* save(folder, { notes: ["a", "b"], long: "y".repeat(500) }, "--name", "plan", "--thread", "t")
      const diff = yield* json(folder, ["checkpoint", "diff", "plan@1", "main"], CheckpointDiff)
      assert.deepStrictEqual(diff.state.map(({ change, path }) => `${change} ${path}`).sort(), [
        "added /notes/1",
        "changed /long",
        "removed /old"
      ])
      const shown = yield* aegis(folder, ["checkpoint", "diff", "plan@1", "main"], {
        env: { FORCE_COLOR: "1" }
      })
      assert.include(shown.stdout, `${escape}[32m+ /notes/1  "b"`)
      for (const line of shown.stdout.trimEnd().split("\n")) assert.isBelow(line.length, 170)
      assert.strictEqual(
        (yield* aegis(folder, ["checkpoint", "diff", "main", "main"])).stdout,
        "no difference\n"
      )
      const branched = yield* json(folder, ["checkpoint", "branch", "plan@1", "try"], Checkpoint)
      assert.deepInclude(branched, { branch: "try", revision: 3 })
      refused(
        yield* aegis(folder, ["checkpoint", "branch", "plan@1", "try"]),
        2,
        'branch "try" is there already'
      )
      assert.strictEqual((yield* aegis(folder, ["checkpoint", "tag", "plan@1", "v1"])).code, 0)
      refused(yield* aegis(folder, ["checkpoint", "tag", "plan@2", "v1"]), 2, 'tag "v1" is there already')
      const gone = yield* aegis(folder, ["checkpoint", "tag", "main", "v1", "--delete"])
      assert.match(gone.stdout, /^took tag v1 from [0-9a-f-]{36} in t\n$/)
      refused(yield* aegis(folder, ["checkpoint", "tag", "main", "v1", "--delete"]), 4, 'no tag "v1"')
    })
  )

  it.scoped("refuses what is not there with 4, what is not right with 2, and quotes no state", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      refused(yield* aegis(folder, ["checkpoint", "log"]), 2, "No checkpoint has been saved yet")
      yield* save(folder, { step: 1 }, "--thread", "a", "--name", "release")
      yield* save(folder, { step: 1 }, "--thread", "b")
      refused(yield* aegis(folder, ["checkpoint", "show", "relaese"]), 4, 'Did you mean "release"?')
      refused(yield* aegis(folder, ["checkpoint", "show", "main"]), 2, '"main" may be any of a:main, b:main')
      refused(yield* aegis(folder, ["checkpoint", "list", "--thread", "c"]), 4, 'no thread "c"')
      refused(
        yield* aegis(folder, ["checkpoint", "list", "--limit", "0"]),
        2,
        "--limit is 0. Give 1 or more."
      )
      refused(yield* aegis(folder, ["checkpoint", "save", "none.json"]), 2, 'no file "')
      refused(yield* aegis(folder, ["checkpoint", "save", "--parnt"]), 2, "--parnt")
      for (const stdin of [`["${canary}"]`, `{"${canary}`, ""]) {
        refused(yield* aegis(folder, ["checkpoint", "save"], { stdin }), 2, "The state is not a JSON object")
      }
      refused(
        yield* aegis(folder, ["checkpoint", "save", "--metadata", canary], { stdin: "{}" }),
        2,
        "--metadata is not a JSON object"
      )
      refused(
        yield* aegis(folder, ["checkpoint", "save"], { stdin: `{"text":"${canary}\\ud800"}` }),
        2,
        '"/state/text" cannot be hashed (lone-surrogate)'
      )
      refused(
        yield* aegis(folder, ["checkpoint", "save", "--scaffold", "abc"], { stdin: "{}" }),
        2,
        "--scaffold is neither an id nor a key"
      )
    })
  )

  it.scoped("keeps namespaces apart", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      yield* save(folder, { step: 1 }, "--thread", "t")
      const other = yield* json(folder, ["checkpoint", "list", "--namespace", "acme"], CheckpointList)
      assert.deepStrictEqual(other.checkpoints, [])
      refused(yield* aegis(folder, ["checkpoint", "show", "t:main", "--namespace", "acme"]), 4, "t:main")
    })
  )

  it.scoped("proves that nothing was altered, and ends with 1 and the place where something was", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      yield* save(folder, { step: 1, text: canary.repeat(20) }, "--thread", "t")
      yield* save(folder, { step: 2 }, "--thread", "t")
      const report = yield* json(folder, ["checkpoint", "verify"], RunVerifyReport)
      assert.deepInclude(report, { ok: true, checkpoints: 2, problems: [] })
      const anchors = yield* aegis(folder, ["checkpoint", "anchor"])
      Fs.writeFileSync(Path.join(folder, "anchors.json"), anchors.stdout)
      assert.strictEqual((yield* aegis(folder, ["checkpoint", "verify", "--anchor", "anchors.json"])).code, 0)
      refused(
        yield* aegis(folder, ["checkpoint", "verify", "--anchor", "package.json"]),
        2,
        '"package.json" holds no anchors'
      )
      const database = new Database(Path.join(folder, ".aegis/store.db"))
      database.exec("DROP TRIGGER entry_unchanged")
      database.exec("UPDATE entry SET at = at + 1 WHERE place = (SELECT min(place) FROM entry)")
      database.close()
      const damaged = yield* aegis(folder, ["checkpoint", "verify"])
      assert.strictEqual(damaged.code, 1)
      assert.match(damaged.stdout, /^damaged {2}2 checkpoints, 2 entries/)
      assert.match(damaged.stdout, /^thread t, entry 1/m)
      assert.match(damaged.stderr, /^aegis: The run store is not what was written: \d+ problems?\. [^\n]+\n$/)
      assert.notInclude(damaged.stdout + damaged.stderr, canary)
    })
  )

  it.scoped("prunes what is old, after saying what it would remove, and keeps tips and tags", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      for (let step = 1; step <= 4; step++) yield* save(folder, { step }, "--thread", "t", "--name", "s")
      yield* aegis(folder, ["checkpoint", "tag", "s@1", "first"])
      refused(yield* aegis(folder, ["checkpoint", "prune"]), 2, "Nothing says which checkpoints may go")
      refused(
        yield* aegis(folder, ["checkpoint", "prune", "--older-than", "x"]),
        2,
        '--older-than "x" cannot be read'
      )
      const words = ["checkpoint", "prune", "--keep-last", "1"]
      const tried = yield* aegis(folder, [...words, "--dry-run"])
      assert.match(
        tried.stdout,
        /^would remove 2 checkpoints and \d+ chunks?, .*\nwould leave 2 checkpoints, /
      )
      assert.match((yield* aegis(folder, words)).stdout, /^removed 2 checkpoints/)
      const drawn = yield* aegis(folder, ["checkpoint", "log"])
      assert.match(
        drawn.stdout,
        /s@4 {2}\(main\) .*\(what it came from is not here\)\n\n\* .*s@1 {2}\(tag: first\)/
      )
      assert.strictEqual((yield* aegis(folder, ["checkpoint", "verify"])).code, 0)
    })
  )

  it.scoped("exports a run to a file or a pipe, and imports it where it was not, or as another", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      const saved = yield* save(folder, { text: "é".repeat(200_000) }, "--thread", "t", "--name", "plan")
      yield* aegis(folder, ["checkpoint", "tag", "plan", "v1"])
      const piped = yield* aegis(folder, ["checkpoint", "export", "t"])
      assert.deepStrictEqual([piped.code, piped.stderr], [0, ""])
      const written = yield* aegis(folder, ["checkpoint", "export", "t", "--output", "run.jsonl"])
      assert.match(written.stdout, /^exported thread t to run\.jsonl, /)
      const file = Path.join(folder, "run.jsonl")
      assert.strictEqual(Fs.readFileSync(file, "utf8"), piped.stdout)
      assert.strictEqual(Fs.statSync(file).mode & 0o777, 0o600)
      refused(
        yield* aegis(folder, ["checkpoint", "export", "t", "--output", "run.jsonl"]),
        2,
        '"run.jsonl" is there already'
      )
      refused(yield* aegis(folder, ["checkpoint", "export", "none"]), 4, 'no thread "none"')

      const again = yield* aegis(folder, ["checkpoint", "import", "run.jsonl"])
      assert.strictEqual(again.stdout, "thread t: all of it was there already\n")
      const other = yield* project()
      const taken = yield* aegis(other, ["checkpoint", "import", "-"], { stdin: piped.stdout })
      assert.match(taken.stdout, /^imported as thread t: \d+ entries\n$/)
      assert.deepStrictEqual(
        (yield* json(other, ["checkpoint", "show", "v1"], Checkpoint)).state,
        saved.state
      )
      yield* aegis(folder, ["checkpoint", "import", "run.jsonl", "--as", "u"])
      assert.strictEqual((yield* aegis(folder, ["checkpoint", "copy", "t", "w"])).code, 0)
      const listed = yield* json(folder, ["checkpoint", "list"], CheckpointList)
      assert.deepStrictEqual(listed.checkpoints.map(({ thread }) => thread).sort(), ["t", "u", "w"])
      assert.strictEqual((yield* aegis(folder, ["checkpoint", "verify"])).code, 0)

      Fs.writeFileSync(file, piped.stdout.split("\n").slice(0, -2).join("\n"))
      const cut = yield* aegis(other, ["checkpoint", "import", Path.join(folder, "run.jsonl"), "--as", "x"])
      refused(cut, 2, "Nothing was imported")
      refused(yield* aegis(other, ["checkpoint", "log", "--thread", "x"]), 4, 'no thread "x"')
    })
  )

  it.scoped("deletes a run or a checkpoint only when it is meant", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      const first = yield* save(folder, { step: 1 }, "--thread", "t")
      yield* save(folder, { step: 2, secret: canary }, "--thread", "t")
      refused(yield* aegis(folder, ["checkpoint", "delete", "t"]), 2, "Thread t would be deleted for good")
      refused(
        yield* aegis(folder, ["checkpoint", "delete", "t:main", "--yes"]),
        2,
        'the tip of branch "main"'
      )
      const one = yield* aegis(folder, ["checkpoint", "delete", first.id.slice(0, 8), "--yes"])
      assert.match(one.stdout, new RegExp(`^deleted checkpoint ${first.id} of thread t: `))
      const all = yield* aegis(folder, ["checkpoint", "delete", "t", "--yes"])
      assert.match(all.stdout, /^deleted thread t: /)
      refused(yield* aegis(folder, ["checkpoint", "log", "--thread", "t"]), 4, 'no thread "t"')
      for (const file of ["store.db", "store.db-wal"]) {
        const path = Path.join(folder, ".aegis", file)
        if (Fs.existsSync(path)) assert.notInclude(Fs.readFileSync(path, "latin1"), canary)
      }
    })
  )
})

describe("aegis artifact, trace and provenance", { timeout: 120_000 }, () => {
  it.scoped("keep what a run made, and lead from it to the blocks of its prompt", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      const { stdout } = yield* aegis(folder, ["cache", "resolve", "a.prompt.md", "--json"])
      const { originalScaffold } = Schema.decodeUnknownSync(
        Schema.parseJson(
          Schema.Struct({
            originalScaffold: Schema.Struct({
              id: Schema.String,
              hash: Schema.String,
              blocks: Schema.Array(Schema.Struct({ hash: Schema.String }))
            })
          })
        )
      )(stdout)
      yield* save(folder, { step: 1 }, "--thread", "t", "--scaffold", originalScaffold.hash)
      const byId = yield* save(folder, { step: 2 }, "--thread", "t", "--scaffold", originalScaffold.id)
      assert.strictEqual(byId.scaffoldId, originalScaffold.id)

      const call = [...["trace", "add", "t:main", "--tool", "fetch"], ...["--inputs", '{"url":"u"}']]
      const outer = yield* json(
        folder,
        [...call, "--outputs", '{"status":200}', "--duration", "1500"],
        ToolTrace
      )
      const inner = yield* json(
        folder,
        [...call, "--outputs", "{}", "--error", "no such host", "--parent", outer.id],
        ToolTrace
      )
      assert.deepInclude(inner, { success: false, error: "no such host", parentId: outer.id })
      const spans = yield* aegis(folder, ["trace", "list", "t:main"])
      assert.strictEqual(
        spans.stdout,
        `fetch  1.5 s  ok  ${outer.id}\n└─ fetch  unknown  failed  ${inner.id}  no such host\n`
      )
      assert.include((yield* aegis(folder, ["trace", "show", outer.id])).stdout, 'outputs    {"status":200}')

      const artifact = yield* json(
        folder,
        ["artifact", "add", "t:main", "-", "--type", "note", "--name", "findings", "--tool-trace", outer.id],
        ScratchpadArtifact,
        { stdin: "What I found.\n" }
      )
      assert.include((yield* aegis(folder, ["artifact", "list", "t:main"])).stdout, artifact.id)
      assert.match((yield* aegis(folder, ["artifact", "show", artifact.id])).stdout, /\n\nWhat I found\.\n$/)
      const from = yield* json(folder, ["provenance", artifact.id], Provenance)
      const kinds: Array<string> = []
      for (let at: Provenance | undefined = from; at !== undefined; at = at.from[0]) kinds.push(at.kind)
      assert.deepStrictEqual(kinds, ["artifact", "tool trace", "checkpoint", "scaffold", "block"])
      const drawn = yield* aegis(folder, ["provenance", "t:main"])
      for (const { hash } of originalScaffold.blocks) assert.include(drawn.stdout, `block  ${hash}\n`)

      refused(yield* aegis(folder, ["artifact", "show", byId.id]), 4, `no artifact "${byId.id}"`)
      refused(yield* aegis(folder, ["trace", "show", artifact.id]), 4, "no tool trace")
      refused(
        yield* aegis(folder, ["artifact", "add", "t:main", "--type", "note", "--node", byId.id]),
        4,
        "no node"
      )
      refused(
        yield* aegis(folder, ["artifact", "add", "t:main", "--type", "note", "--node", "x"]),
        2,
        "--node is not an id"
      )
      refused(
        yield* aegis(folder, [
          "trace",
          "add",
          "t:main",
          "--tool",
          "x",
          "--inputs",
          canary,
          "--outputs",
          "{}"
        ]),
        2,
        "--inputs is not a JSON object"
      )
    })
  )

  it.scoped("save a run whose scaffold the cache does not have, and say so", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      const unknown = "0b7c9d1e-0000-4000-8000-000000000000"
      const saved = yield* aegis(folder, ["checkpoint", "save", "--scaffold", unknown], { stdin: "{}" })
      assert.strictEqual(saved.code, 0)
      assert.include(saved.stderr, `The cache does not have scaffold ${unknown}`)
      assert.isFalse(Fs.existsSync(Path.join(folder, ".aegis/cache.db")))
    })
  )
})

describe("aegis migrate", { timeout: 120_000 }, () => {
  it.scoped("tells what is there without making it, and makes it when asked", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      const before = yield* json(folder, ["migrate", "status"], MigrationStatus)
      assert.deepStrictEqual(
        before.databases.map(({ applied, database, exists }) => [database, exists, applied.length]),
        [
          ["cache", false, 0],
          ["runs", false, 0]
        ]
      )
      assert.isFalse(Fs.existsSync(Path.join(folder, ".aegis")))
      assert.match((yield* aegis(folder, ["migrate", "status"])).stdout, /store\.db: not there yet\n/)
      const up = yield* aegis(folder, ["migrate", "up"])
      assert.match(
        up.stdout,
        /^cache .*cache\.db: applied 0001 scaffolds, .*\nruns .*store\.db: applied 0001 runs/
      )
      assert.match(
        (yield* aegis(folder, ["migrate", "up"])).stdout,
        /cache\.db: up to date\n.*: up to date\n$/
      )
      const after = yield* json(folder, ["migrate", "status"], MigrationStatus)
      assert.isTrue(after.databases.every(({ exists, missing }) => exists && missing.length === 0))
      refused(
        yield* aegis(folder, ["migrate", "up", "--row-level-security"]),
        2,
        "Row-level security is Postgres', and the run store is a file"
      )
    })
  )

  it.scoped("names migrations of a newer Aegis, which nothing else works with", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      yield* save(folder, {}, "--thread", "t")
      const database = new Database(Path.join(folder, ".aegis/store.db"))
      database.exec("INSERT INTO aegis_run_migrations (migration_id, name) VALUES (99, 'later')")
      database.close()
      const status = yield* aegis(folder, ["migrate", "status"])
      assert.strictEqual(status.code, 0)
      assert.match(status.stdout, /store\.db: of a newer Aegis\n[^]*newer {4}0099 later\n$/)
      refused(yield* aegis(folder, ["checkpoint", "list"]), 5, "The run store has version 99")
      const doctor = yield* aegis(folder, ["doctor"])
      assert.strictEqual(doctor.code, 1)
      assert.match(doctor.stdout, /^fault {2}runs .*of a newer Aegis: install that version$/m)
    })
  )
})

describe("AEGIS_DATABASE_URL", { timeout: 120_000 }, () => {
  const url = "postgres://somebody:hunter2-secret@127.0.0.1:1/nowhere"

  it.scoped("leads to a server, whose password is never printed, and to no file", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      const env = { AEGIS_DATABASE_URL: url }
      const listed = yield* aegis(folder, ["checkpoint", "list"], { env })
      assert.strictEqual(listed.code, 5, listed.stderr)
      const doctor = yield* aegis(folder, ["doctor"], { env })
      assert.strictEqual(doctor.code, 1)
      assert.match(doctor.stdout, /^fault {2}runs .*127\.0\.0\.1/m)
      assert.notInclude(doctor.stdout, "AEGIS_DATABASE_URL is not read")
      for (const { stderr, stdout } of [listed, doctor]) {
        assert.notInclude(stdout + stderr, "hunter2")
      }
      assert.isFalse(Fs.existsSync(Path.join(folder, ".aegis/store.db")))
    })
  )

  it.scoped("is no path when it is misspelt: nothing is made, and no password is printed", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      const env = { AEGIS_DATABASE_URL: url.replace("postgres:", "postgre:") }
      const before = Fs.readdirSync(folder).sort()
      for (const words of [
        ["checkpoint", "list"],
        ["migrate", "status"],
        ["migrate", "up"]
      ]) {
        const { code, stderr } = yield* aegis(folder, words, { env })
        assert.strictEqual(code, 5, stderr)
        assert.include(
          stderr,
          "Cannot open the store at postgre://… (not-found). Runs are kept in a file or on"
        )
        assert.notInclude(stderr, "hunter2")
      }
      assert.deepStrictEqual(
        Fs.readdirSync(folder)
          .filter((name) => name !== ".aegis")
          .sort(),
        before
      )
    })
  )
})
