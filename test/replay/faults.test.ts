/** What goes wrong around a run that is recorded or replayed: processes that die, rows that change, programs that do. */
import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { NodeId } from "../../src/domain/Ids.js"
import { Timestamp } from "../../src/domain/Measures.js"
import * as SyntaxTreesOxc from "../../layers/replay/SyntaxTreesOxc.js"
import { kinds } from "../../src/runs/entry.js"
import { CheckpointStore } from "../../src/services/CheckpointStore.js"
import { noScaffold } from "../../src/services/checkpoints/native.js"
import { compareTexts } from "../../src/services/compareTexts.js"
import { GraphNodeStore } from "../../src/services/GraphNodeStore.js"
import { Recorder, layer as recorder, type Ran } from "../../src/services/Recorder.js"
import { Recordings } from "../../src/services/Recordings.js"
import { bundle, spawn } from "../support/childProcess.js"
import { pgUrl, tempDatabase } from "../support/postgres.js"
import { tempFile } from "../support/tempDir.js"
import { crew } from "./support/crew.js"
import { allStores, storesInMemory } from "./support/stores.js"
import { storesAt } from "./support/storesAt.js"

const idOf = ({ recording }: { readonly recording: Option.Option<string> }): string =>
  Option.getOrThrow(recording)

const reused = ({ verdicts }: Ran<unknown>): ReadonlyArray<string> =>
  verdicts.flatMap(({ name, verdict }) => (verdict === "REUSED" ? [name] : [])).sort()

/** Counts calls that really happen. */
const counter = () => {
  const made: Array<string> = []
  return { made, called: (name: string) => Effect.sync(() => void made.push(name)) }
}

const places = [
  ["on SQLite", tempFile("store.db")] as const,
  ...(pgUrl === undefined ? [] : [["on Postgres", tempDatabase] as const])
]

interface Came {
  readonly recording: string
  readonly verdicts: Readonly<Record<string, number>>
  readonly calls: number
  readonly values: number
  readonly mebibytes: number
}
/** What a process printed of its runs. */
const cameOf = (lines: ReadonlyArray<string>): ReadonlyArray<Came> =>
  lines.flatMap((line) => (line.startsWith("came ") ? [JSON.parse(line.slice(5)) as Came] : [])) // by crew.ts

const program = bundle("test/replay/processes/crew.ts")

describe.each(places)("a run that is recorded %s", (_, place) => {
  it.scopedLive(
    "and killed goes on from its last node: what had ended is there",
    () =>
      Effect.gen(function* () {
        const at = yield* place
        const child = yield* spawn(yield* program, [at, "200", "5"])
        yield* child.line("ready")
        yield* child.send("go")
        yield* child.line("ended file 40")
        yield* child.kill("SIGKILL")
        const { signal, stdout } = yield* child.exit
        assert.strictEqual(signal, "SIGKILL")
        const ended = stdout.filter((line) => line.startsWith("ended ")).map((line) => line.slice(6))
        yield* Effect.gen(function* () {
          const [cut] = yield* (yield* CheckpointStore).list()
          const { called, made } = counter()
          const recording = cut?.id ?? "none"
          const again = yield* crew({ files: 200, called }, { mode: "incremental", recording })
          const taken = reused(again)
          assert.isAtLeast(ended.length, 40)
          assert.deepStrictEqual(
            ended.filter((name) => !taken.includes(name)),
            []
          )
          assert.strictEqual(made.length, 201 - taken.length)
          const whole = yield* crew({ files: 200, called }, { mode: "strict", recording: idOf(again) })
          assert.deepStrictEqual(whole.value, again.value)
          assert.strictEqual(made.length, 201 - taken.length)
        }).pipe(Effect.provide(storesAt(at)))
      }),
    60_000
  )

  it.scopedLive(
    "is replayed by two processes at once, each on a branch of its own",
    () =>
      Effect.gen(function* () {
        const at = yield* place
        const recorded = yield* Effect.provide(crew({ files: 30 }, { mode: "record" }), storesAt(at))
        const file = yield* program
        const children = yield* Effect.forEach([1, 2], () => spawn(file, [at, "30", "0", idOf(recorded)]))
        yield* Effect.forEach(children, (child) => child.line("ready"))
        yield* Effect.forEach(children, (child) => child.send("go"))
        const ends = yield* Effect.forEach(children, (child) => child.exit, { concurrency: "unbounded" })
        const branches = ends.map(({ code, stderr, stdout }) => {
          assert.deepStrictEqual([code, stderr], [0, ""])
          const [again, strict] = cameOf(stdout)
          assert.deepInclude(again, { verdicts: { REUSED: 31, IDENTICAL: 1 }, calls: 0, values: 30 })
          assert.deepInclude(strict, { verdicts: { IDENTICAL: 32 }, calls: 0, values: 30 })
          return again?.recording ?? ""
        })
        assert.strictEqual(new Set([idOf(recorded), ...branches]).size, 3)
        yield* Effect.gen(function* () {
          for (const recording of branches) {
            const { value } = yield* crew({ files: 30 }, { mode: "strict", recording })
            assert.deepStrictEqual(value, recorded.value)
          }
        }).pipe(Effect.provide(storesAt(at)))
      }),
    60_000
  )
})

describe.each(allStores)("a recorded run %s", (_, stores) => {
  it.scopedLive("is replayed twice at once, and both are right", () =>
    Effect.gen(function* () {
      const { called, made } = counter()
      const recorded = yield* crew({ files: 20, called }, { mode: "record" })
      const options = { mode: "incremental", recording: idOf(recorded) } as const
      const both = yield* Effect.all(
        [crew({ files: 20, called }, options), crew({ files: 20, called }, options)],
        {
          concurrency: "unbounded"
        }
      )
      assert.strictEqual(made.length, 21)
      assert.notStrictEqual(idOf(both[0]), idOf(both[1]))
      for (const again of both) {
        assert.strictEqual(reused(again).length, 21)
        const strict = yield* crew({ files: 20, called }, { mode: "strict", recording: idOf(again) })
        assert.deepStrictEqual(strict.value, recorded.value)
      }
      assert.strictEqual(made.length, 21)
    }).pipe(Effect.provide(stores))
  )

  it.scopedLive(
    "leaves a branch to go on from when its replay is cancelled: what was taken over is kept",
    () =>
      Effect.gen(function* () {
        const recorded = yield* crew({ files: 30 }, { mode: "record" })
        const reached = yield* Deferred.make<void>()
        // one more file than was recorded: it never comes to an end
        const hangs = (name: string) => (name === "file 30" ? Effect.never : Effect.void)
        let files = 0
        const ended = () =>
          Effect.suspend(() => (++files === 30 ? Deferred.succeed(reached, undefined) : Effect.void))
        const replay = yield* Effect.fork(
          crew(
            { files: 31, called: hangs, ended: () => Effect.asVoid(ended()) },
            { mode: "incremental", recording: idOf(recorded) }
          )
        )
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(replay)
        const all = yield* (yield* CheckpointStore).list()
        const branch = all.find(({ parentId }) => parentId === idOf(recorded))?.id ?? "none"
        const { called, made } = counter()
        const again = yield* crew({ files: 31, called }, { mode: "incremental", recording: branch })
        assert.deepStrictEqual(made, ["file 30"])
        assert.strictEqual(reused(again).length, 31)
        const strict = yield* crew({ files: 31, called }, { mode: "strict", recording: idOf(again) })
        assert.deepStrictEqual([made.length, strict.value], [1, again.value])
      }).pipe(Effect.provide(stores))
  )
})

/** Changes what the file says of the last entry of a kind. */
const alter = (file: string, kind: number, how: string): void => {
  const database = new Database(file)
  // as somebody does who means it
  for (const name of database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    .pluck()
    .all()) {
    database.exec(`DROP TRIGGER ${String(name)}`)
  }
  database.exec(`UPDATE ${how} WHERE place = (SELECT max(place) FROM entry WHERE kind = ${kind})`)
  database.close()
}

describe("a recording that was edited on the disk", () => {
  const edited = (kind: number) =>
    Effect.gen(function* () {
      const file = yield* tempFile("store.db")
      const [recording, nodes] = yield* Effect.gen(function* () {
        const ran = yield* crew({ files: 3, answer: () => "hunter2" }, { mode: "record" })
        return [idOf(ran), (yield* (yield* Recordings).load(idOf(ran))).nodes] as const
      }).pipe(Effect.provide(storesAt(file)))
      alter(file, kind, "entry SET body = CAST(replace(body, substr(body, -3), x'7d7d7d') AS BLOB)")
      const { made, called } = counter()
      const error = yield* Effect.flip(crew({ files: 3, called }, { mode: "strict", recording })).pipe(
        Effect.provide(storesAt(file))
      )
      assert.deepStrictEqual(made, [])
      assert.notInclude(error.message, "hunter2")
      return { error, nodes }
    })

  it.scopedLive("is refused by the name of the node that was", () =>
    Effect.gen(function* () {
      const { error, nodes } = yield* edited(kinds.node)
      assert.strictEqual(error._tag, "RunDamaged")
      assert.include(error.message, `the node ${nodes.at(-1)?.id ?? "none"} in entry`)
      assert.include(error.message, "aegis checkpoint verify")
    })
  )

  it.scopedLive("is refused when it is a call that was", () =>
    Effect.gen(function* () {
      const { error } = yield* edited(kinds.toolTrace)
      assert.strictEqual(error._tag, "RunDamaged")
      assert.match(error.message, /the tool trace [0-9a-f-]{36} in entry/)
    })
  )
})

describe("a recording of another version", () => {
  it.live("is refused with what to do when it is of another format", () =>
    Effect.gen(function* () {
      const { id } = yield* (yield* CheckpointStore).create({
        name: "old",
        scaffoldId: noScaffold,
        state: { input: {}, seed: "1" },
        metadata: { aegis: "recording/0" }
      })
      const error = yield* Effect.flip(crew({ files: 1 }, { mode: "strict", recording: id }))
      assert(error._tag === "RecordingOutdated")
      assert.deepInclude(error, { recording: "old", format: "recording/0" })
      assert.match(error.message, /Record the run again/)
    }).pipe(Effect.provide(storesInMemory))
  )

  it.live("is refused by the name of a node that lacks what every node has", () =>
    Effect.gen(function* () {
      const recorded = yield* crew({ files: 1 }, { mode: "record" })
      const { save } = yield* GraphNodeStore
      yield* save(idOf(recorded), {
        id: NodeId.make("00000000-0000-4000-8000-000000000001"),
        nodeType: "file",
        name: "half",
        state: {},
        inputs: {},
        outputs: {},
        // without its key
        metadata: { way: "run:crew/other", order: 99 },
        createdAt: Timestamp.make("2026-01-01T00:00:00.000Z")
      })
      const error = yield* Effect.flip(crew({ files: 1 }, { mode: "strict", recording: idOf(recorded) }))
      assert(error._tag === "RecordingDamaged")
      assert.strictEqual(error.node, "file half")
      assert.match(error.message, /record it again/)
    }).pipe(Effect.provide(storesInMemory))
  )

  it.live("is refused when the checkpoint is no recording at all", () =>
    Effect.gen(function* () {
      const { id } = yield* (yield* CheckpointStore).create({
        name: "state",
        scaffoldId: noScaffold,
        state: {}
      })
      const error = yield* Effect.flip(crew({ files: 1 }, { mode: "incremental", recording: id }))
      assert.strictEqual(error._tag, "RecordingDamaged")
    }).pipe(Effect.provide(storesInMemory))
  )
})

describe("a run of 10,000 nodes", () => {
  it.scopedLive(
    "is recorded and replayed within 512 MiB",
    () =>
      Effect.gen(function* () {
        const file = yield* tempFile("store.db")
        const bundled = yield* program
        const run = (...args: ReadonlyArray<string>) =>
          Effect.gen(function* () {
            const child = yield* spawn(bundled, [file, "10000", "0", ...args], {
              // what is not needed is not kept only because there is room
              env: { ...process.env, NODE_OPTIONS: "--max-old-space-size=320" }
            })
            yield* child.line("ready")
            yield* child.send("go")
            const { code, stderr, stdout } = yield* child.exit
            assert.deepStrictEqual([code, stderr], [0, ""])
            return cameOf(stdout)
          })
        const [recorded] = yield* run()
        assert.deepInclude(recorded, { calls: 10_001, values: 10_000 })
        const [again, strict] = yield* run(recorded?.recording ?? "none")
        assert.deepInclude(again, { calls: 0, verdicts: { REUSED: 10_001, IDENTICAL: 1 } })
        assert.deepInclude(strict, { calls: 0, verdicts: { IDENTICAL: 10_002 } })
        for (const came of [recorded, again, strict]) assert.isBelow(came?.mebibytes ?? Infinity, 512)
      }),
    240_000
  )
})

describe("a program that changed", () => {
  it.live("is told where its output differs when a provider answers something else", () =>
    Effect.gen(function* () {
      const ask = (answer: Effect.Effect<string, string>) =>
        Effect.flatMap(Recorder, ({ node, run, tool }) =>
          run(
            "ask",
            {},
            node("module", "asked", {}, () => tool("model", {}, answer)).pipe(
              Effect.match({
                onFailure: () => ({ answers: ["none"] }),
                onSuccess: ({ value }) => ({ answers: [value] })
              })
            )
          )
        )
      const recorded = yield* ask(Effect.fail("overloaded")).pipe(
        Effect.provide(recorder({ mode: "record" }))
      )
      const options = { mode: "incremental", recording: idOf(recorded) } as const
      const again = yield* ask(Effect.succeed("hunter2")).pipe(Effect.provide(recorder(options)))
      const verdicts = again.verdicts.map(({ name, path, reason, verdict }) => ({
        name,
        path,
        reason,
        verdict
      }))
      assert.deepStrictEqual(verdicts, [
        { name: "asked", path: "", reason: "it had not succeeded", verdict: "EXECUTED" },
        { name: "ask", path: "/answers/0", reason: "it is the run", verdict: "EXECUTED" }
      ])
    }).pipe(Effect.provide(storesInMemory))
  )

  it.live("is refused a value that contains itself, and shown where", () =>
    Effect.gen(function* () {
      const tree: { left: { parent?: unknown; text: string } } = { left: { text: "hunter2" } }
      tree.left.parent = tree
      const given = yield* Effect.flatMap(Recorder, ({ node, run, tool }) =>
        run(
          "cyclic",
          {},
          Effect.all([
            Effect.either(Effect.asVoid(node("module", "input", { tree }, () => Effect.void))),
            Effect.either(Effect.asVoid(node("module", "output", {}, () => Effect.succeed({ tree })))),
            Effect.either(Effect.asVoid(tool("model", { tree }, Effect.void)))
          ]).pipe(Effect.map((all) => all.map((each) => Either.isLeft(each) && each.left.message)))
        )
      ).pipe(Effect.provide(recorder({ mode: "record" })))
      for (const message of given.value) {
        assert.include(String(message), "/tree/left/parent is the value at /tree again, a cycle")
        assert.notInclude(String(message), "hunter2")
      }
    }).pipe(Effect.provide(storesInMemory))
  )

  it.effect("is refused outputs that are nested too deeply to be compared as code", () =>
    Effect.gen(function* () {
      const text = `${"[".repeat(10_000)}${"]".repeat(10_000)}`
      const error = yield* Effect.flip(
        compareTexts({ path: "a.ts", text }, { path: "b.ts", text: `${text};` })
      )
      assert.strictEqual(error._tag, "SourceInvalid")
    }).pipe(Effect.provide(SyntaxTreesOxc.layer))
  )
})
