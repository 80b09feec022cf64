/** examples/agent: recorded against a provider, replayed without one, and with one thing changed. */
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { agent } from "../../examples/agent/agent.js"
import { layerWith } from "../../layers/AegisLive.js"
import type { Overrides } from "../../src/domain/Overrides.js"
import type { ReplayResult } from "../../src/domain/ReplayResult.js"
import * as Programs from "../../src/services/Programs.js"
import { layer as recorder } from "../../src/services/Recorder.js"
import * as Replay from "../../src/services/Replay.js"
import { fencesOf, root } from "../docs/markdown.js"
import { agentProvider } from "../support/agentProvider.js"
import { run } from "../docs/workbench.js"
import { tempDir } from "../support/tempDir.js"

const key = "sk-canary-agent"
const guide = "examples/agent/style-guide.md"

/** A project with the style guide of the example, its stores on disk, and a provider on loopback. */
const project = Effect.gen(function* () {
  const cwd = yield* tempDir
  Fs.mkdirSync(Path.join(cwd, "examples/agent"), { recursive: true })
  Fs.copyFileSync(guide, Path.join(cwd, guide))
  Fs.writeFileSync(Path.join(cwd, "package.json"), "{}")
  const fake = yield* agentProvider(key)
  const live = layerWith({ cwd, env: { AEGIS_ANTHROPIC_BASE_URL: fake.url }, flags: {} }).pipe(
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["ANTHROPIC_API_KEY", key]]))))
  )
  const services = yield* Layer.build(
    Replay.layer.pipe(
      Layer.provideMerge(Programs.layer({ name: "agent", effect: agent })),
      Layer.provideMerge(live)
    )
  )
  const { recording } = yield* agent.pipe(
    Effect.provide(recorder({ mode: "record" })),
    Effect.provide(services)
  )
  const { plan, replay, verify } = yield* Effect.provide(Replay.Replay, services)
  const id = Option.getOrThrow(recording)
  return {
    cwd,
    fake,
    id,
    plan: (overrides?: Overrides) => plan(id, overrides),
    replay: (overrides?: Overrides, of = id) => replay(of, overrides),
    verify: (of = id) => verify(of)
  }
})

const verdictsOf = ({ nodes }: ReplayResult): Readonly<Record<string, string>> =>
  Object.fromEntries(nodes.map(({ name, verdict }) => [name, verdict]))

const arrows = { blocks: { style: "- Write functions as arrow functions.\n- No semicolons.\n" } }

describe("the README of the example agent", () => {
  it.scopedLive(
    "does what it says",
    () =>
      Effect.gen(function* () {
        const { PATH = "", HOME = "" } = process.env
        const env = { PATH, HOME, AEGIS_CACHE_DIR: yield* tempDir }
        const blocks = fencesOf("examples/agent/README.md").filter(({ language }) => language === "sh")
        assert.isAbove(blocks.length, 1)
        for (const { code } of blocks) {
          const ran = yield* run("/bin/sh", ["-e", "-c", code], { cwd: root, env })
          assert.strictEqual(ran.code, 0, `${code}\n${ran.output}`)
        }
      }),
    120_000
  )
})

describe("the example agent", () => {
  it.scopedLive("is replayed bit for bit without its provider, and every check passes", () =>
    Effect.gen(function* () {
      const { fake, verify } = yield* project
      const asked = fake.requests.length
      assert.strictEqual(asked, 7)
      const result = yield* verify()
      assert.strictEqual(fake.requests.length, asked)
      assert.deepInclude(result, { ok: true, verdict: "IDENTICAL", branch: null, differences: [] })
      assert.strictEqual(result.counts.IDENTICAL, 8)
      assert.deepStrictEqual(
        result.checks.map(({ check, ok }) => [check, ok]),
        ["chain", "blocks", "requests", "tools", "findings", "outputs"].map((name) => [name, true])
      )
      assert.strictEqual(result.spend.recorded.calls, 7)
      assert.isTrue(Option.exists(result.spend.recorded.cost, (usd) => usd > 0))
      assert.strictEqual(result.spend.made.calls, 0)
    })
  )

  it.scopedLive("runs again only what depends on the style guide, and shows the code that came of it", () =>
    Effect.gen(function* () {
      const { fake, plan, replay, verify } = yield* project
      const planned = yield* plan(arrows)
      assert.deepStrictEqual(
        planned.nodes.filter(({ action }) => action !== "reuse").map(({ name, reason }) => [name, reason]),
        [
          ["agent", "it is the run"],
          ...["cart-view.tsx", "cart.ts", "till-view.tsx", "till.ts"].map((name) => [
            name,
            "block style changed"
          ])
        ].sort((one, other) => {
          const order = planned.nodes.map(({ name }) => name)
          return order.indexOf(one[0] ?? "") - order.indexOf(other[0] ?? "")
        })
      )
      assert.strictEqual(planned.estimate.least.calls, 4)
      const asked = fake.requests.length
      const result = yield* replay(arrows)
      assert.strictEqual(fake.requests.length, asked + 4)
      assert.deepStrictEqual(verdictsOf(result), {
        agent: "EXECUTED",
        plan: "REUSED",
        cart: "REUSED",
        till: "REUSED",
        "cart.ts": "EXECUTED",
        "cart-view.tsx": "EXECUTED",
        "till.ts": "EXECUTED",
        "till-view.tsx": "EXECUTED"
      })
      const changes = result.differences.find(({ name }) => name === "cart.ts")?.changes ?? []
      const diff = changes.find(({ path }) => path === "/text")?.as
      assert(diff?.kind === "typescript")
      assert.isAbove(diff.ast.script.length, 0)
      assert.strictEqual(result.spend.made.calls, 4)
      // the new recording is one like any other, and the old one is as it was
      assert.isTrue((yield* verify(result.branch ?? "")).ok)
      assert.isTrue((yield* verify()).ok)
      assert.strictEqual(fake.requests.length, asked + 4)
    })
  )

  it.scopedLive("says of code that is only written in another way that it is equivalent", () =>
    Effect.gen(function* () {
      const { replay } = yield* project
      const result = yield* replay({ blocks: { style: "- Write functions as declarations.\n" } })
      assert.deepInclude(verdictsOf(result), { "cart.ts": "EQUIVALENT", "till-view.tsx": "EQUIVALENT" })
      assert.strictEqual(result.verdict, "EQUIVALENT")
    })
  )

  it.scopedLive("notices that the file of the style guide changed, and a strict replay says so first", () =>
    Effect.gen(function* () {
      const { cwd, fake, plan, replay, verify } = yield* project
      Fs.appendFileSync(Path.join(cwd, guide), "- Prefer arrow functions.\n")
      const planned = yield* plan()
      assert.strictEqual(planned.estimate.least.calls, 4)
      assert.include(
        planned.nodes.map(({ reason }) => reason),
        "files examples/agent/style-guide.md changed"
      )
      const strict = yield* verify()
      assert.isFalse(strict.ok)
      assert.strictEqual(strict.verdict, "DIVERGED")
      assert.match(strict.first ?? "", /^block style changed/)
      const asked = fake.requests.length
      yield* replay()
      assert.strictEqual(fake.requests.length, asked + 4)
    })
  )

  it.scopedLive("asks another model where it is to, and takes nothing that the first one said", () =>
    Effect.gen(function* () {
      const { fake, plan, replay } = yield* project
      const asked = fake.requests.length
      const overrides = { model: "claude-haiku-4-5" }
      assert.strictEqual((yield* plan(overrides)).estimate.least.calls, 7)
      const result = yield* replay(overrides)
      assert.strictEqual(result.counts.REUSED, 0)
      assert.deepStrictEqual(
        new Set(fake.requests.slice(asked).map(({ body }) => Reflect.get(Object(body), "model") as unknown)),
        new Set(["claude-haiku-4-5"])
      )
      // it answers the same
      assert.strictEqual(result.verdict, "IDENTICAL")
    })
  )

  it.scopedLive("goes on from an output that is given, with what depends on it", () =>
    Effect.gen(function* () {
      const { fake, plan, replay, verify } = yield* project
      const overrides = { outputs: { "module/till": ["till.ts"] }, temperature: 0 }
      const planned = yield* plan(overrides)
      assert.deepStrictEqual(
        planned.nodes.flatMap(({ action, name }) => (action === "may-run" ? [name] : [])).sort(),
        ["till-view.tsx", "till.ts"]
      )
      const asked = fake.requests.length
      const result = yield* replay(overrides)
      // what it asks for is what was asked for before: only its input is another one
      assert.strictEqual(fake.requests.length, asked)
      assert.deepInclude(verdictsOf(result), {
        plan: "REUSED",
        till: "EXECUTED",
        "till.ts": "IDENTICAL",
        "till-view.tsx": "MISSING",
        "cart.ts": "REUSED"
      })
      assert.isTrue((yield* verify(result.branch ?? "")).ok)
    })
  )

  it.scopedLive("tells of overrides that nothing uses", () =>
    Effect.gen(function* () {
      const { plan } = yield* project
      const { nodes, unused } = yield* plan({ blocks: { tone: "kind" }, input: { colour: "red" }, seed: 1 })
      assert.deepStrictEqual([...unused].sort(), ["block tone", "input colour", "seed"])
      assert.strictEqual(nodes.filter(({ action }) => action === "reuse").length, 7)
    })
  )
})
