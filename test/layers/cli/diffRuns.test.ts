/** `aegis diff` of runs in one process: recorded by the recorder into a file, compared by the layers that the executable has. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { layerWith as everything } from "../../../layers/AegisLive.js"
import { runsLive } from "../../../layers/cli/runsLive.js"
import * as SyntaxTreesOxc from "../../../layers/replay/SyntaxTreesOxc.js"
import { CheckpointId, ScaffoldId } from "../../../src/domain/Ids.js"
import { RunDiff } from "../../../src/domain/RunDiff.js"
import type { Style } from "../../../src/cli/views/Style.js"
import * as Aegis from "../../../src/services/Aegis.js"
import { ArtifactStore } from "../../../src/services/ArtifactStore.js"
import { CheckpointStore } from "../../../src/services/CheckpointStore.js"
import { GraphNode } from "../../../src/domain/GraphNode.js"
import { layer as recorder, type RecorderOptions } from "../../../src/services/Recorder.js"
import { Recordings } from "../../../src/services/Recordings.js"
import { tempDir } from "../../support/tempDir.js"
import { commandLine, type Ended, type Place } from "./support/commandLine.js"

/** A project, a way to run a command line in it, and its stores for programs. */
const inProject = Effect.map(tempDir, (folder) => {
  Fs.writeFileSync(Path.join(folder, "package.json"), "{}")
  const opened = { count: 0 }
  const layers: Place["layers"] = {
    diff: () => SyntaxTreesOxc.layer,
    runs: (sources) => {
      opened.count++
      return runsLive(sources)
    }
  }
  const aegis = (words: ReadonlyArray<string>, style?: Style): Effect.Effect<Ended> =>
    commandLine({ folder, layers, style }, words)
  const live = everything({ cwd: folder, env: {}, flags: {} })
  return { folder, aegis, live }
})

/** What the files of an agent hold, by name. */
type Written = Readonly<Record<string, string>>

/** A plan, and a file for each of these; the files are also said by the run as a whole. */
const agent = (files: Written, options: RecorderOptions) =>
  Aegis.run(
    "agent",
    { input: { style: "tabs" } },
    Effect.gen(function* () {
      const plan = yield* Aegis.node("plan", "plan", {}, () => Effect.succeed(Object.keys(files)))
      const written = yield* Effect.forEach(Object.entries(files), ([name, content]) =>
        Effect.gen(function* () {
          const style = yield* Aegis.read("style")
          const file = yield* Aegis.node("file", name, { plan, style }, () =>
            Effect.succeed({ text: content })
          )
          yield* Aegis.node("module", `check ${name}`, { file }, () => Effect.succeed("it is well"))
          return { path: name, content: file.value.text }
        })
      )
      return { written }
    })
  ).pipe(
    Effect.map(({ recording }) => CheckpointId.make(Option.getOrThrow(recording))),
    Effect.provide(recorder(options))
  )

const sum = "export const sum = (a: number, b: number) => a + b\n"
const sumAgain = "// said\nexport const sum = (a: number, b: number) => (a + b);\n"
const product = "export const sum = (a: number, b: number) => a * b\n"

const decode = Schema.decodeUnknownSync(Schema.parseJson(RunDiff))

describe("aegis diff of runs", { timeout: 60_000 }, () => {
  it.scopedLive("tells two recordings apart node by node, and code as code", () =>
    Effect.gen(function* () {
      const { aegis, live } = yield* inProject
      const [one, other] = yield* Effect.all([
        agent({ "sum.ts": sum, "gone.ts": sum, "note.md": "a\nb\n" }, { mode: "record" }),
        agent({ "sum.ts": product, "note.md": "a\nc\n", "new.ts": sum }, { mode: "record" })
      ]).pipe(Effect.provide(live))
      const { code, text } = yield* aegis(["diff", one, other])
      assert.strictEqual(code, 1)
      const lines = text.split("\n")
      assert.strictEqual(lines[0], `${one} -> ${other}`)
      for (const line of ["+ file/new.ts", "- file/gone.ts", "~ file/sum.ts", "~ file/note.md"]) {
        assert.include(lines, line)
      }
      const at = lines.indexOf("~ file/sum.ts")
      assert.deepStrictEqual(lines.slice(at + 1, at + 7), [
        "  ~ input /plan  another output of its node",
        "  ~ output /text",
        "0 added, 0 removed, 1 modified: 1 step",
        "@@ sum @@",
        "- 1  export const sum = (a: number, b: number) => a + b",
        "+ 1  export const sum = (a: number, b: number) => a * b"
      ])
      const json = yield* aegis(["diff", one, other, "--json"])
      const found = decode(json.text)
      assert.deepStrictEqual([found.kind, found.identical, found.state], ["checkpoints", false, []])
      const of = (name: string) => found.nodes.find((node) => node.name === name)
      assert.strictEqual(of("sum.ts")?.output[0]?.as?.kind, "typescript")
      assert.strictEqual(of("note.md")?.output[0]?.as?.kind, "text")
      // it was given what the changed file came to
      assert.deepStrictEqual(
        of("check sum.ts")?.inputs.map(({ path }) => path),
        ["/file/$output"]
      )
      assert.strictEqual((yield* aegis(["diff", one, other, "--json"])).text, json.text)
    })
  )

  it.scopedLive("ends with 0 where code is only written in another way, wherever it is repeated", () =>
    Effect.gen(function* () {
      const { aegis, live } = yield* inProject
      const [one, other] = yield* Effect.all([
        agent({ "sum.ts": sum }, { mode: "record" }),
        agent({ "sum.ts": sumAgain }, { mode: "record" })
      ]).pipe(Effect.provide(live))
      const { code, text } = yield* aegis(["diff", one, other])
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(text.split("\n").slice(1), [
        "no difference: 2 nodes equivalent, 2 nodes the same",
        "= file/sum.ts",
        "  = output /text",
        "no difference: the programs are the same",
        "= plan/agent",
        "  = output /written/0/content",
        "no difference: the programs are the same",
        ""
      ])
      assert.strictEqual((yield* aegis(["diff", one, other, "--as", "text"])).code, 1)
      const same = yield* aegis(["diff", one, one])
      assert.deepStrictEqual([same.code, same.text.split("\n")[1]], [0, "no difference"])
    })
  )

  it.scopedLive("takes branches, tags and first digits for what they stand for", () =>
    Effect.gen(function* () {
      const { aegis, live } = yield* inProject
      const recording = yield* Effect.gen(function* () {
        const first = yield* agent({ "sum.ts": sum }, { mode: "record" })
        yield* agent(
          { "sum.ts": product },
          { mode: "incremental", recording: first, overrides: { input: { style: "spaces" } }, branch: "try" }
        )
        return first
      }).pipe(Effect.provide(live))
      for (const words of [
        ["main", "try"],
        [recording.slice(0, 8), "try"],
        ["main", "try", "--of", "branches"],
        ["agent@1", "agent", "--of", "checkpoints"]
      ]) {
        const { code, text } = yield* aegis(["diff", ...words])
        assert.strictEqual(code, 1, text)
        assert.include(text, '  ~ state /style  "tabs" -> "spaces"\n')
        assert.include(text, '  ~ input /style  "tabs" -> "spaces"\n')
        assert.include(text, "~ file/sum.ts\n")
      }
      const name = yield* aegis(["diff", "agent@1", "try", "--of", "branches"])
      assert.deepStrictEqual([name.code, name.tag], [2, "UsageError"])
      assert.include(name.message, 'There is no branch "agent@1"')
    })
  )

  it.scopedLive("compares two nodes, by their names and by their ids", () =>
    Effect.gen(function* () {
      const { aegis, live } = yield* inProject
      const { ids, one, other } = yield* Effect.gen(function* () {
        const files = { "sum.ts": sum, "product.ts": product }
        const original = yield* agent(files, { mode: "record" })
        const modified = yield* agent({ ...files, "sum.ts": product }, { mode: "record" })
        const { load } = yield* Recordings
        const found = (yield* Effect.all([load(original), load(modified)])).map(
          ({ nodes }) => nodes.find(({ name }) => name === "sum.ts")?.id ?? ""
        )
        return { one: original, other: modified, ids: found }
      }).pipe(Effect.provide(live))
      const named = yield* aegis(["diff", `${one}:file/sum.ts`, `${other}:file/sum.ts`])
      assert.strictEqual(named.code, 1)
      assert.match(named.text, /:file\/sum\.ts\n1 node changed\n~ file\/sum\.ts\n {2}~ output \/text\n/)
      const byId = yield* aegis(["diff", ...ids, "--json"])
      assert.deepInclude(decode(byId.text), { kind: "nodes", identical: false })
      assert.strictEqual((yield* aegis(["diff", ids[0] ?? "", ids[0] ?? "", "--of", "nodes"])).code, 0)
      // two nodes of one run, that have other names
      const within = yield* aegis(["diff", `${one}:file/product.ts`, `${other}:file/sum.ts`])
      assert.deepStrictEqual([within.code, within.text.split("\n")[1]], [0, "no difference"])
      const apart = yield* aegis(["diff", `${one}:file/product.ts`, `${one}:file/sum.ts`])
      assert.include(apart.text, "  ~ output /text\n0 added, 0 removed, 1 modified: 1 step\n")
    })
  )

  it.scopedLive("says what it looked for where a word means nothing, several things, or another kind", () =>
    Effect.gen(function* () {
      const { aegis, folder, live } = yield* inProject
      const one = yield* Effect.provide(agent({ "sum.ts": sum }, { mode: "record" }), live)
      yield* Effect.provide(agent({ "sum.ts": sum }, { mode: "record" }), live)
      Fs.writeFileSync(Path.join(folder, "main"), "a file\n")
      const said = (...words: ReadonlyArray<string>) =>
        Effect.map(aegis(["diff", ...words]), ({ code, message, tag, text }) => {
          assert.deepStrictEqual([code, text], [2, ""], message)
          return `${tag}: ${message}`
        })
      const nothing = "no file, checkpoint, tag, branch, name or node"
      assert.match(yield* said(one, "nowhere"), new RegExp(`UsageError: .*${nothing} "nowhere"`))
      const id = "00000000-0000-4000-8000-000000000000"
      assert.include(yield* said(one, id), `${nothing} "${id}"`)
      assert.include(yield* said(id, id, "--of", "nodes"), `There is no node "${id}"`)
      assert.include(yield* said("main", one), `There is no file "${one}" to compare with the file "main"`)
      assert.match(yield* said("main", one, "--of", "checkpoints"), /NameAmbiguous: .*"main" may be any of/)
      assert.include(yield* said(one, `${one}:file/sum.ts`), "is a checkpoint, and")
      assert.include(yield* said(one, `${one}:file/sun.ts`), `Did you mean "${one}:file/sum.ts"?`)
      const twice = yield* Aegis.run(
        "twice",
        {},
        Effect.as(
          Effect.forEach([1, 2], (value) => Aegis.node("file", "a.ts", {}, () => Effect.succeed(value))),
          "done"
        )
      ).pipe(
        Effect.map(({ recording }) => Option.getOrThrow(recording)),
        Effect.provide(recorder({ mode: "record" })),
        Effect.provide(live)
      )
      const both = yield* said(`${twice}:file/a.ts`, `${one}:file/sum.ts`)
      assert.match(
        both,
        /may be any of \S{36} \(run:twice\/.*#0\), \S{36} \(.*#1\)\. Name the node by its id\./
      )
      assert.include(yield* said(one, one, "--thread", "none"), 'There is no thread "none"')
      assert.strictEqual((yield* aegis(["diff", "main", "main"])).code, 0)
      assert.strictEqual((yield* aegis(["diff", "main", "main", "--of", "files"])).code, 0)
    })
  )

  it.scopedLive("opens the run store only for words that are no files", () =>
    Effect.gen(function* () {
      const { aegis, folder } = yield* inProject
      Fs.writeFileSync(Path.join(folder, "a.txt"), "a\n")
      Fs.writeFileSync(Path.join(folder, "b.txt"), "b\n")
      assert.strictEqual((yield* aegis(["diff", "a.txt", "b.txt"])).code, 1)
      assert.strictEqual((yield* aegis(["diff", "a.txt", "none.txt"])).code, 2)
      assert.isFalse(Fs.existsSync(Path.join(folder, ".aegis")))
    })
  )

  it.scopedLive(
    "compares checkpoints that are no recordings by their state and the names of their nodes",
    () =>
      Effect.gen(function* () {
        const { aegis, live } = yield* inProject
        const node = (id: number, name: string, outputs: Readonly<Record<string, string>>) =>
          Schema.decodeSync(GraphNode)({
            id: `0b7c9d1e-0000-4000-8000-00000000000${id}`,
            nodeType: "file",
            name,
            state: { step: id },
            inputs: {},
            outputs,
            createdAt: "2026-01-01T00:00:00.000Z"
          })
        const save = (state: Readonly<Record<string, unknown>>, nodes: ReadonlyArray<GraphNode>) =>
          Effect.flatMap(CheckpointStore, (store) =>
            store.create({
              name: "plan",
              thread: "t",
              scaffoldId: ScaffoldId.make("0b7c9d1e-0000-4000-8000-000000000003"),
              state,
              nodes
            })
          )
        yield* Effect.gen(function* () {
          const first = yield* save({ step: 1 }, [node(1, "a", { path: "x.ts", code: "f( 1 )" })])
          const second = yield* save({ step: 2 }, [node(2, "a", { path: "x.ts", code: "f(2)" })])
          const { addScratchpad } = yield* ArtifactStore
          yield* addScratchpad(first.id, sum, "code", { name: "sum.ts", nodeId: first.nodes[0]?.id })
          yield* addScratchpad(second.id, product, "code", { name: "sum.ts", nodeId: second.nodes[0]?.id })
          yield* addScratchpad(second.id, "x", "note")
        }).pipe(Effect.provide(live))
        const { code, text } = yield* aegis(["diff", "plan@1", "plan", "--thread", "t"])
        assert.strictEqual(code, 1)
        assert.strictEqual(
          text,
          [
            "plan@1 -> plan",
            "1 change of the state, 1 node changed, 2 artifacts not the same",
            "  ~ state /step  1 -> 2",
            "~ file/a",
            "  ~ state /step  1 -> 2",
            "  ~ output /code",
            "0 added, 0 removed, 1 modified: 1 step",
            "@@",
            "- 1  f( 1 )",
            "+ 1  f(2)",
            "~ artifact code sum.ts of file/a",
            "  ~ content (all of it)",
            "0 added, 0 removed, 1 modified: 1 step",
            "@@ sum @@",
            "- 1  export const sum = (a: number, b: number) => a + b",
            "+ 1  export const sum = (a: number, b: number) => a * b",
            "+ artifact note",
            ""
          ].join("\n")
        )
      })
  )

  it.scopedLive("says why a program is compared as a text, and shows how a node failed", () =>
    Effect.gen(function* () {
      const { aegis, live } = yield* inProject
      const attempt = (body: Effect.Effect<string, Error>) =>
        Aegis.run("agent", {}, Effect.ignore(Aegis.node("file", "a.ts", {}, () => body))).pipe(
          Effect.map(({ recording }) => Option.getOrThrow(recording)),
          Effect.provide(recorder({ mode: "record" }))
        )
      const [one, broken, failed] = yield* Effect.all([
        attempt(Effect.succeed("f()\n")),
        attempt(Effect.succeed("f(\n  =")),
        attempt(Effect.fail(new Error("no model")))
      ]).pipe(Effect.provide(live))
      const text = yield* aegis(["diff", `${one}:file/a.ts`, `${broken}:file/a.ts`])
      assert.strictEqual(text.code, 1)
      assert.match(text.text, /not compared as code: modified, line 2, column 3: /)
      assert.include(text.text, "- 1  f()\n")
      const ended = yield* aegis(["diff", `${one}:file/a.ts`, `${failed}:file/a.ts`])
      assert.strictEqual(ended.code, 1)
      assert.include(ended.text, "~ file/a.ts (done -> failed)\n")
      assert.include(ended.text, "no model")
    })
  )

  it.scopedLive("shows both beside each other where it is asked to, in colour and on a page", () =>
    Effect.gen(function* () {
      const { aegis, live } = yield* inProject
      const evil = "<script>1</script>"
      const [one, other] = yield* Effect.all([
        agent({ "sum.ts": sum, "a.md": `${evil}\nb\n` }, { mode: "record" }),
        agent({ "sum.ts": product, "a.md": `${evil}\nc\n` }, { mode: "record" })
      ]).pipe(Effect.provide(live))
      const beside = yield* aegis(["diff", one, other, "--side-by-side"])
      assert.match(beside.text, /^- 2 b +\| \+ 2 c$/m)
      assert.isTrue(beside.text.split("\n").every((line) => line.length <= 100))
      const wide = yield* aegis(["diff", one, other], { color: true, width: 160 })
      assert.match(wide.text.replaceAll(/\u001B\[\d+m/g, ""), /^- 2 b +\| \+ 2 c$/m)
      assert.include(wide.text, "\u001B[31m")
      const page = yield* aegis(["diff", one, other, "--html"])
      assert.strictEqual(page.code, 1)
      assert.match(page.text, /^<!doctype html>/)
      assert.include(page.text, '<h2>file/sum.ts <span class="note">changed</span></h2>')
      assert.notMatch(page.text, /<script|https?:|\$output/)
      assert.include(page.text, "&lt;script&gt;")
      assert.include(page.text, "changed input /file: another output of its node")
    })
  )
})
