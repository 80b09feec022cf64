/** The commands about runs over what LangGraph left behind, in a file and on a server. */
import { Annotation, END, START, StateGraph } from "@langchain/langgraph"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { AegisSaver } from "../../layers/langgraph/AegisSaver.js"
import { Checkpoint } from "../../src/domain/Checkpoint.js"
import { CheckpointLog } from "../../src/domain/CheckpointLog.js"
import { MigrationReport } from "../../src/domain/Migrations.js"
import { securedDatabase } from "../services/runStorages.js"
import { pgUrl, tempDatabase } from "../support/postgres.js"
import { aegis, project } from "./support/command.js"

const read = <A, I>(schema: Schema.Schema<A, I>, text: string): A =>
  Schema.decodeUnknownSync(Schema.parseJson(schema))(text)

const State = Annotation.Root({
  notes: Annotation<ReadonlyArray<string>>({ reducer: (all, more) => [...all, ...more], default: () => [] })
})

/** Runs two steps, then goes back to the first one and on from there another way. */
const forkedRun = async (where: string): Promise<void> => {
  const saver = AegisSaver.fromConnString(where)
  const graph = new StateGraph(State)
    .addNode("one", () => ({ notes: ["one"] }))
    .addNode("two", () => ({ notes: ["two"] }))
    .addEdge(START, "one")
    .addEdge("one", "two")
    .addEdge("two", END)
    .compile({ checkpointer: saver })
  const config = { configurable: { thread_id: "essay" } }
  await graph.invoke({ notes: [] }, config)
  for await (const { config: past, next } of graph.getStateHistory(config)) {
    if (next[0] !== "two") continue
    await graph.invoke(null, await graph.updateState(past, { notes: ["other"] }, "one"))
    break
  }
  await saver.end()
}

const places = [
  ["in a file", Effect.succeed(undefined)],
  ...(pgUrl === undefined ? [] : [["on Postgres", tempDatabase] as const])
] as const

for (const [where, place] of places) {
  describe(`aegis checkpoint, over a run of LangGraph ${where}`, { timeout: 120_000 }, () => {
    it.scoped("draws its fork with steps and sources, shows a state, and proves it", () =>
      Effect.gen(function* () {
        const folder = yield* project()
        const url = yield* place
        const env: Record<string, string> = url === undefined ? {} : { AEGIS_DATABASE_URL: url }
        const up = yield* aegis(folder, ["migrate", "up", "--json"], { env })
        assert.strictEqual(up.code, 0, up.stderr)
        const [, runs] = read(MigrationReport, up.stdout).databases
        assert.isAbove(runs?.applied.length ?? 0, 0)
        assert.notMatch(runs?.location ?? "", /:[^/@]+@/, "no password")
        yield* Effect.promise(() => forkedRun(url ?? Path.join(folder, ".aegis/store.db")))

        const drawn = yield* aegis(folder, ["checkpoint", "log"], { env })
        assert.deepStrictEqual([drawn.code, drawn.stderr], [0, ""])
        for (const part of ["thread essay\n", "|/\n", "input -1", "loop 2", "update 2"]) {
          assert.include(drawn.stdout, part)
        }
        const { stdout } = yield* aegis(folder, ["checkpoint", "log", "--json"], { env })
        const log = read(CheckpointLog, stdout)
        assert.strictEqual(new Set(log.checkpoints.map(({ id }) => id)).size, log.checkpoints.length)
        assert.sameMembers(
          [...new Set(log.checkpoints.map(({ source }) => source))],
          ["input", "loop", "update"]
        )
        const shown = yield* aegis(folder, ["checkpoint", "show", "essay:main", "--json"], { env })
        const checkpoint = read(Checkpoint, shown.stdout)
        assert.strictEqual(checkpoint.id, log.checkpoints[0]?.id)
        assert.deepStrictEqual(checkpoint.state["notes"], ["one", "other", "two"])

        assert.strictEqual(
          (yield* aegis(folder, ["checkpoint", "tag", "essay:main", "done"], { env })).code,
          0
        )
        const saved = yield* aegis(folder, ["checkpoint", "save", "--thread", "own"], { env, stdin: "{}" })
        assert.strictEqual(saved.code, 0, saved.stderr)
        const verified = yield* aegis(folder, ["checkpoint", "verify"], { env })
        assert.deepStrictEqual([verified.code, verified.stderr], [0, ""], verified.stdout)
        const doctor = yield* aegis(folder, ["doctor"], { env })
        assert.match(doctor.stdout, /^ok {5}runs .*schema version \d+, (intact|reachable)$/m)
        assert.strictEqual(Fs.existsSync(Path.join(folder, ".aegis/store.db")), url === undefined)
      })
    )

    if (where === "in a file") return

    it.scoped("lets the server guard namespaces when that is asked for", () =>
      Effect.gen(function* () {
        const folder = yield* project()
        const env = { AEGIS_DATABASE_URL: (yield* place) ?? "" }
        const up = yield* aegis(folder, ["migrate", "up", "--row-level-security"], { env })
        assert.strictEqual(up.code, 0, up.stderr)
        assert.match(up.stdout, /^runs .*, row-level security on$/m)
        const again = yield* aegis(folder, ["migrate", "up", "--row-level-security"], { env })
        assert.strictEqual(again.code, 0, again.stderr)
        const status = yield* aegis(folder, ["migrate", "status"], { env })
        assert.match(status.stdout, /^runs .*: up to date$/m)
      })
    )

    it.scoped("keeps to its namespace where the address says that it is guarded", () =>
      Effect.gen(function* () {
        const folder = yield* project()
        const { url } = yield* securedDatabase
        const save = (address: string) =>
          aegis(folder, ["checkpoint", "save", "--thread", "own"], {
            env: { AEGIS_DATABASE_URL: address },
            stdin: "{}"
          })
        assert.strictEqual((yield* save(url)).code, 5)
        const saved = yield* save(`${url}?row_level_security=true`)
        assert.strictEqual(saved.code, 0, saved.stderr)
      })
    )
  })
}
