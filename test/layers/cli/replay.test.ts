/** `aegis replay`, from its words to what it prints and ends with, over the recording that examples/agent keeps. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { replayLive } from "../../../layers/cli/replayLive.js"
import { openAegis } from "../../../layers/promise.js"
import { runsLive } from "../../../layers/cli/runsLive.js"
import { Millis } from "../../../src/domain/Measures.js"
import { ReplayPlan } from "../../../src/domain/ReplayPlan.js"
import { ReplayReport, ReplayResult } from "../../../src/domain/ReplayResult.js"
import { agentProvider } from "../../support/agentProvider.js"
import { tempDir } from "../../support/tempDir.js"
import { commandLine, type Ended } from "./support/commandLine.js"

const root = Path.resolve(import.meta.dirname, "../../..")
const example = Path.join(root, "examples/agent")
const guide = "examples/agent/style-guide.md"

const key = "sk-canary-replay"

/** A project that has the recording, and a way to run a command line in it. */
const project = (programs: ReadonlyArray<string> = [Path.join(example, "agent.ts")]) =>
  Effect.gen(function* () {
    const folder = yield* tempDir
    const env: Record<string, string> = {}
    const put = (path: string, text: string): void => {
      Fs.mkdirSync(Path.dirname(Path.join(folder, path)), { recursive: true })
      Fs.writeFileSync(Path.join(folder, path), text)
    }
    put("aegis.config.json", JSON.stringify({ programs }))
    put(guide, Fs.readFileSync(Path.join(root, guide), "utf8"))
    const place = { folder, env, layers: { runs: runsLive, replay: replayLive } }
    const aegis = (...words: ReadonlyArray<string>): Effect.Effect<Ended> => commandLine(place, words)
    const file = (path: string): string => Path.join(folder, path)
    yield* aegis("checkpoint", "import", Path.join(example, "recording.jsonl"))
    return { aegis, env, file, put }
  })

const decoded = <A, I>(schema: Schema.Schema<A, I>, text: string): A =>
  Schema.decodeUnknownSync(Schema.parseJson(schema))(text)

describe("aegis replay", () => {
  it.scopedLive("verifies a recording without a provider, and says for each check that it passed", () =>
    Effect.gen(function* () {
      const { aegis } = yield* project()
      const shown = yield* aegis("replay", "agent", "--verify")
      assert.strictEqual(shown.code, 0, shown.message)
      assert.match(shown.text, /^IDENTICAL +agent /)
      assert.match(shown.text, /^ok +findings$/m)
      const json = yield* aegis("replay", "agent", "--verify", "--json")
      assert.deepInclude(decoded(ReplayResult, json.text), { ok: true, verdict: "IDENTICAL" })
    })
  )

  it.scopedLive("ends with 1 where the run is another one, and names the block that is", () =>
    Effect.gen(function* () {
      const { aegis, put } = yield* project()
      put(guide, "- Write poems.\n")
      const { code, message, text } = yield* aegis("replay", "agent", "--verify")
      assert.strictEqual(code, 1)
      assert.match(message, /^GateFailed: The run is not what was recorded/)
      assert.match(text, /^differs blocks: block style changed/m)
    })
  )

  it.scopedLive("plans by what is set on the command line and in a file, and says what nothing used", () =>
    Effect.gen(function* () {
      const { aegis, put } = yield* project([])
      put("changes.json", JSON.stringify({ blocks: { style: "- Be brief.", tone: "kind" } }))
      const words = ["replay", "agent", "--plan", "--overrides", "changes.json"]
      const { code, text } = yield* aegis(...words, "--set", "model=claude-haiku-4-5", "--json")
      assert.strictEqual(code, 0)
      const plan = decoded(ReplayPlan, text)
      assert.deepStrictEqual(plan.unused, ["block tone"])
      assert.isTrue(plan.nodes.every(({ action }) => action === "run"))
      const shown = yield* aegis(...words)
      assert.match(shown.text, /^estimate +4 calls, [\d,]+ tokens, \$/m)
      assert.match(shown.text, /run +│ file cart.ts +│ block style changed/)
    })
  )

  it.scopedLive("is a function for programs without Effect too", () =>
    Effect.gen(function* () {
      const { aegis, file } = yield* project()
      const { text } = yield* aegis("checkpoint", "list", "--json")
      const [{ id }] = decoded(
        Schema.Struct({ checkpoints: Schema.NonEmptyArray(Schema.Struct({ id: Schema.String })) }),
        text
      ).checkpoints
      const opened = yield* Effect.acquireRelease(
        Effect.sync(() => openAegis({ cwd: file("."), env: {} })),
        ({ close }) => Effect.promise(close)
      )
      const result = yield* Effect.promise(() => opened.replay(id))
      assert.deepInclude(result, { ok: true, verdict: "IDENTICAL", mode: "replay" })
      assert.strictEqual(result.spend.made.cost, 0)
      const refused = yield* Effect.promise(() => opened.replay(id, { temperature: 7 }).catch(String))
      assert.match(String(refused), /InvalidInput: Invalid input at "\/temperature"/)
    })
  )

  it.scopedLive("notices that a rulepack judges otherwise, though its version is the same", () =>
    Effect.gen(function* () {
      const { aegis, put } = yield* project([])
      const actions = Effect.map(aegis("replay", "agent", "--plan", "--json"), ({ text }) =>
        decoded(ReplayPlan, text).nodes.flatMap(({ action, name, reason = "" }) =>
          action === "run" && reason.startsWith("rulepack ast changed from") ? [name] : []
        )
      )
      assert.deepStrictEqual(yield* actions, [])
      put("aegis.config.json", JSON.stringify({ rules: { "ast/no-eval": "off" } }))
      assert.strictEqual((yield* actions).length, 4)
    })
  )

  it.scopedLive("runs again what a change reaches, and shows how the code differs", () =>
    Effect.gen(function* () {
      const { aegis, env, file } = yield* project()
      const fake = yield* agentProvider(key)
      env["AEGIS_ANTHROPIC_BASE_URL"] = fake.url
      yield* Effect.acquireRelease(
        Effect.sync(() => void (process.env["ANTHROPIC_API_KEY"] = key)),
        () => Effect.sync(() => delete process.env["ANTHROPIC_API_KEY"])
      )
      const set = ["--set", "block.style=- Write functions as arrow functions.\n- No semicolons.\n"]
      const report = ["--branch", "arrows", "--report", "results.json"]
      const { code, message, text } = yield* aegis("replay", "agent@1", ...set, ...report)
      assert.strictEqual(code, 0, message)
      assert.strictEqual(fake.requests.length, 4)
      assert.match(text, /^nodes +5 executed, 3 reused$/m)
      assert.match(text, /~ output \/text/)
      assert.include(text, "export const cart = (cents: number): number => cents * 2")
      const kept = decoded(ReplayReport, Fs.readFileSync(file("results.json"), "utf8"))
      assert.deepInclude(kept, { ok: true, complete: true, mode: "replay" })
      assert.strictEqual((yield* aegis("replay", "arrows", "--verify")).code, 0)
      assert.strictEqual(fake.requests.length, 4)
    })
  )

  it.scopedLive("replays all, and goes on where a report was cut off", () =>
    Effect.gen(function* () {
      const { aegis, file } = yield* project()
      // nothing has changed: all is taken over into a second recording
      assert.strictEqual((yield* aegis("replay", "agent")).code, 0)
      const words = ["replay", "--all", "--verify", "--report", "results.json"]
      const whole = yield* aegis(...words)
      assert.strictEqual(whole.code, 0, whole.message)
      assert.match(whole.text, /2 of 2 recordings as recorded\n$/)
      const report = (): ReplayReport => decoded(ReplayReport, Fs.readFileSync(file("results.json"), "utf8"))
      const [one] = report().results
      assert(one !== undefined)
      // as if it had been killed behind the first one
      const cut = {
        ...report(),
        complete: false,
        results: [{ ...one, time: { recorded: Millis.make(1), took: Millis.make(123_456) } }]
      }
      Fs.writeFileSync(file("results.json"), JSON.stringify(Schema.encodeSync(ReplayReport)(cut)))
      const rest = yield* aegis(...words)
      assert.strictEqual(rest.text.match(/^ok /gm)?.length, 1)
      assert.isTrue(report().complete)
      assert.deepStrictEqual(
        report().results.map(({ time }) => time.took === 123_456),
        [true, false]
      )
      // what was asked otherwise is done anew
      Fs.writeFileSync(file("results.json"), JSON.stringify(Schema.encodeSync(ReplayReport)(cut)))
      assert.strictEqual(
        (yield* aegis("replay", "--all", "--report", "results.json")).text.match(/^ok /gm)?.length,
        2
      )
    })
  )

  it.scopedLive("says which recordings cannot be replayed, and goes on with the others", () =>
    Effect.gen(function* () {
      const { aegis } = yield* project([])
      const { code, text } = yield* aegis("replay", "--all", "--verify")
      assert.strictEqual(code, 1)
      assert.match(text, /^failed +agent [0-9a-f]{8} {2}There is no program "agent" \(none is registered\)/)
    })
  )

  it.scopedLive("refuses what cannot be meant, and says how it is written", () =>
    Effect.gen(function* () {
      const { aegis, put } = yield* project()
      const refused: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
        [[], /No recording is named/],
        [["agent", "--all"], /--all is every recording/],
        [["agent", "--plan", "--verify"], /--plan runs nothing/],
        [["agent", "--verify", "--set", "model=a"], /--verify changes nothing/],
        [["agent", "--set", "modle=a"], /--set does not know "modle".*model=…/],
        [["agent", "--set", "temperature=hot"], /--set temperature: temperature must be/],
        [["agent", "--set", "output.file/a.ts"], /--set has no KEY=VALUE/],
        [["agent", "--overrides", "changes.json"], /--overrides: modle is not known/]
      ]
      put("changes.json", '{"modle":"a"}')
      for (const [words, expected] of refused) {
        const { code, message } = yield* aegis("replay", ...words)
        assert.strictEqual(code, 2, words.join(" "))
        assert.match(message, expected)
      }
    })
  )

  it.scopedLive("says what is wrong with a module of programs", () =>
    Effect.gen(function* () {
      const { aegis, put } = yield* project(["broken.ts"])
      put("broken.ts", "throw new Error('no such luck')\n")
      const broken = yield* aegis("replay", "agent", "--verify")
      assert.strictEqual(broken.code, 3)
      assert.match(broken.message, /^ProgramInvalid: broken\.ts: The module cannot be loaded: no such luck\./)
      const other = yield* project(["other.ts"])
      other.put("other.ts", "export default 1\n")
      assert.match(
        (yield* other.aegis("replay", "agent", "--verify")).message,
        /default export is no program/
      )
    })
  )
})
