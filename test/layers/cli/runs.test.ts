/** The commands about runs in one process, over the layers that the executable gives them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { checksLive } from "../../../layers/cli/checksLive.js"
import { runsLive } from "../../../layers/cli/runsLive.js"
import { schemasLive } from "../../../layers/cli/schemasLive.js"
import { layerWith } from "../../../layers/CacheLive.js"
import { layerWith as everything } from "../../../layers/AegisLive.js"
import { ScaffoldId } from "../../../src/domain/Ids.js"
import { CheckpointStore } from "../../../src/services/CheckpointStore.js"
import { GraphNode } from "../../../src/domain/GraphNode.js"
import * as Schema from "effect/Schema"
import { tempDir } from "../../support/tempDir.js"
import { commandLine, type Ended } from "./support/commandLine.js"

const words = (line: string): ReadonlyArray<string> =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "")

/** A project, and a way to run a command line in it. */
const inProject = Effect.map(tempDir, (folder) => {
  Fs.writeFileSync(Path.join(folder, "package.json"), "{}")
  const layers = {
    cache: layerWith,
    upkeep: layerWith,
    runs: runsLive,
    schemas: schemasLive,
    checks: checksLive
  }
  const aegis = (line: string, stdin = ""): Effect.Effect<Ended> =>
    commandLine({ folder, layers, stdin }, words(line))
  const done = (line: string, stdin?: string): Effect.Effect<string> =>
    Effect.map(aegis(line, stdin), ({ code, message, text }) => {
      assert.strictEqual(code, 0, `${line}: ${message}`)
      return text
    })
  const id = (line: string, stdin?: string): Effect.Effect<string> =>
    Effect.map(done(`${line} --json`, stdin), (text) =>
      String((JSON.parse(text) as { readonly id?: unknown }).id)
    )
  return { folder, aegis, done, id }
})

const node = Schema.decodeSync(GraphNode)({
  id: "0b7c9d1e-0000-4000-8000-000000000001",
  nodeType: "plan",
  name: "outline",
  state: {},
  inputs: {},
  outputs: {},
  createdAt: "2026-01-01T00:00:00.000Z"
})

describe("the commands about runs", { timeout: 60_000 }, () => {
  it.scopedLive("save, show, compare, branch, tag and draw", () =>
    Effect.gen(function* () {
      const { aegis, done, id } = yield* inProject
      assert.include((yield* aegis("checkpoint log")).message, "No checkpoint has been saved yet")
      assert.strictEqual(yield* done("checkpoint list"), "no checkpoints\n")
      const first = yield* id(
        "checkpoint save --thread t --name plan",
        '{"a":1,"l":[1],"o":{"x":null},"z":null}'
      )
      yield* done(`checkpoint save --thread t --name plan --metadata '{"by":"me"}'`, '{"a":2,"l":[1,2]}')
      yield* done(`checkpoint save --parent ${first} --branch side`, '{"a":{"deep":"text"}}')
      yield* done("checkpoint tag plan@1 v1")
      const shown = yield* done("checkpoint show v1")
      for (const part of ["tags       v1", "list of 1", "object of 1", "nothing", "4 keys, "]) {
        assert.include(shown, part)
      }
      assert.include(yield* done("checkpoint show plan"), '{"by":"me"}')
      assert.include(yield* done("checkpoint diff plan@1 side"), '~ /a  1 -> {"deep":"text"}')
      assert.include(yield* done("checkpoint branch v1 try"), "branch     try")
      const drawn = yield* done("checkpoint log")
      assert.include(drawn, "(tag: v1)")
      assert.lengthOf([...drawn.matchAll(/\*/g)], 4)
      assert.include(yield* done("checkpoint log v1 --limit 1"), "plan@1")
      assert.match(yield* done("checkpoint log --thread t --events --limit 1"), /checkpoint .* on try\n$/)
      assert.include(yield* done("checkpoint list --thread t --branch side"), "checkpoint@1")
      assert.include(yield* done("checkpoint tag main v1 --delete"), `took tag v1 from ${first}`)
      assert.strictEqual((yield* aegis("checkpoint tag main v1 --delete")).code, 4)
      assert.strictEqual((yield* aegis("checkpoint list --thread none")).code, 4)
      assert.strictEqual((yield* aegis("checkpoint show --nme")).code, 2)
      assert.strictEqual((yield* aegis("checkpoint save nowhere.json")).code, 2)
      assert.strictEqual((yield* aegis("checkpoint save", "[]")).code, 2)
    })
  )

  it.scopedLive("shows the nodes of a checkpoint, and leads from what they made to them", () =>
    Effect.gen(function* () {
      const { aegis, done, folder, id } = yield* inProject
      const later = { ...node, id: "0b7c9d1e-0000-4000-8000-000000000002", dependsOn: [node.id] }
      yield* Effect.flatMap(CheckpointStore, (store) =>
        store.create({
          scaffoldId: ScaffoldId.make("0b7c9d1e-0000-4000-8000-000000000003"),
          thread: "t",
          state: {},
          nodes: [node, Schema.decodeSync(GraphNode)(later)]
        })
      ).pipe(Effect.provide(everything({ cwd: folder, env: {}, flags: {} })))
      const shown = yield* done("checkpoint show t:main")
      assert.match(shown, /nodes {6}plan outline 0b7c9d1e-\S+\n {11}plan outline \S+, after 0b7c9d1e/)
      assert.include(shown, "scaffold   0b7c9d1e-0000-4000-8000-000000000003")
      const note = yield* id(`artifact add t:main --type code --node ${later.id} --name out`, "let x")
      const drawn = yield* done(`provenance ${note}`)
      assert.match(drawn, /^artifact .*\n└─ node .*\n {3}└─ node .*\n {6}└─ checkpoint .*\n {9}└─ scaffold /)
      assert.match(yield* done("artifact list t:main"), /code/)
      assert.match(yield* done(`artifact show ${note}`), /node {7}0b7c9d1e[^]*\n\nlet x\n$/)
      const call = yield* id(`trace add t:main --tool fetch --inputs '{}' --outputs '{}' --node ${node.id}`)
      assert.include(yield* done(`trace show ${call}`), "duration   unknown")
      const inner = `trace add t:main --tool parse --inputs '{}' --outputs '{}' --parent ${call} --duration 61000`
      assert.include(yield* done(`${inner} --error broken`), "1 min 1 s")
      assert.match(
        yield* done("trace list t:main"),
        /^fetch {2}unknown {2}ok .*\n└─ parse .*failed .* {2}broken\n$/
      )
      assert.strictEqual(yield* done(`provenance t:main --json`).pipe(Effect.map((text) => text[0])), "{")
      assert.strictEqual((yield* aegis(`artifact show ${call}`)).code, 4)
      assert.strictEqual((yield* aegis(`artifact add t:main --type note --node nope`, "x")).code, 2)
      yield* done("checkpoint save --thread u", "{}")
      assert.strictEqual(yield* done("artifact list u:main"), "no artifacts\n")
      assert.strictEqual(yield* done("trace list u:main"), "no tool calls\n")
      assert.include(yield* done("checkpoint log"), "(1 more: --thread NAME)")
    })
  )

  it.scopedLive("find the blocks of a scaffold in the cache, by its key and by its id", () =>
    Effect.gen(function* () {
      const { aegis, done, folder } = yield* inProject
      Fs.writeFileSync(Path.join(folder, "a.md"), "---\nprovider: openai\nmodel: gpt-5.4\n---\nHello\n")
      const resolved: unknown = JSON.parse(yield* done("cache resolve a.md --json"))
      const { hash, id } = (
        resolved as { readonly originalScaffold: { readonly hash: string; readonly id: string } }
      ).originalScaffold
      for (const scaffold of [hash, id]) {
        yield* done(`checkpoint save --thread ${scaffold} --scaffold ${scaffold}`, "{}")
        assert.match(yield* done(`provenance ${scaffold}:main`), /\n {3}└─ block {2}[0-9a-f]{64}\n$/)
      }
      const unknown = id.replace(/^.{8}/, "00000000")
      yield* done(`checkpoint save --thread x --scaffold ${unknown}`, "{}")
      assert.notInclude(yield* done("provenance x:main"), "block")
      assert.strictEqual((yield* aegis("checkpoint save --scaffold short", "{}")).code, 2)
    })
  )

  it.scopedLive("verify, anchor, prune, export, import, copy and delete", () =>
    Effect.gen(function* () {
      const { aegis, done, folder } = yield* inProject
      for (let step = 1; step <= 3; step++) {
        yield* done("checkpoint save --thread t --name s", `{"step":${step},"text":"${"x".repeat(9000)}"}`)
      }
      Fs.writeFileSync(Path.join(folder, "anchors"), yield* done("checkpoint anchor --thread t"))
      assert.match(
        yield* done("checkpoint verify --anchor anchors"),
        /^ok {2}3 checkpoints, 3 entries, \d+ chunks?/
      )
      assert.strictEqual((yield* aegis("checkpoint verify --anchor package.json")).code, 2)
      assert.strictEqual((yield* aegis("checkpoint verify --thread none")).code, 4)
      const text = yield* done("checkpoint export t")
      assert.include(
        yield* done("checkpoint export t --output out/t.jsonl"),
        "exported thread t to out/t.jsonl"
      )
      assert.strictEqual(Fs.readFileSync(Path.join(folder, "out/t.jsonl"), "utf8"), text)
      assert.strictEqual((yield* aegis("checkpoint export t --output out/t.jsonl")).code, 2)
      assert.include(yield* done("checkpoint import out/t.jsonl"), "all of it was there already")
      assert.include(yield* done("checkpoint import - --as u", text), "imported as thread u: 3 entries")
      assert.include(yield* done("checkpoint copy t w"), "copied as thread w: 3 entries")
      assert.strictEqual((yield* aegis("checkpoint import nowhere")).code, 2)
      assert.strictEqual((yield* aegis("checkpoint import - --as v", "{}")).code, 2)
      assert.include(
        yield* done("checkpoint prune --thread t --keep-last 1 --older-than 0s --dry-run"),
        "would remove 2 checkpoints"
      )
      assert.include(yield* done("checkpoint prune --thread t --keep-last 1"), "removed 2 checkpoints")
      assert.include(yield* done("checkpoint log --thread t"), "(what it came from is not here)")
      assert.strictEqual((yield* aegis("checkpoint prune")).code, 2)
      assert.strictEqual((yield* aegis("checkpoint delete u")).code, 2)
      assert.include(yield* done("checkpoint delete u:main --yes --force"), "deleted checkpoint ")
      assert.include(yield* done("checkpoint delete w --yes"), "deleted thread w: ")
      const ended = yield* aegis("checkpoint verify --anchor anchors --json")
      assert.deepInclude(JSON.parse(ended.text), { ok: true })
    })
  )

  it.scopedLive("tell and apply migrations, and look at the run store in doctor", () =>
    Effect.gen(function* () {
      const { aegis, done, folder } = yield* inProject
      assert.match(yield* done("migrate status"), /cache\.db: not there yet\n.*store\.db: not there yet\n$/)
      assert.match(yield* done("migrate up"), /applied 0001 scaffolds.*\nruns .*applied 0001 runs/)
      assert.match(yield* done("migrate status"), /up to date\n {7}applied {2}0001 scaffolds/)
      assert.strictEqual((yield* aegis("migrate up --row-level-security")).code, 2)
      const checked = yield* aegis("doctor")
      assert.match(checked.text, /^ok {5}runs .*store\.db, .* KB, schema version \d+, intact$/m)
      Fs.chmodSync(Path.join(folder, ".aegis/store.db"), 0o644)
      assert.match(
        (yield* aegis("doctor")).text,
        /^fault {2}permissions {2}others can reach the runs: run `chmod 600/m
      )
      Fs.writeFileSync(Path.join(folder, ".aegis/store.db"), "not a database, but a text of some length")
      assert.match((yield* aegis("doctor")).text, /^fault {2}runs .*not-a-database/m)
      assert.strictEqual((yield* aegis("migrate status")).code, 5)
    })
  )
})
