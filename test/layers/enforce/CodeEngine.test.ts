import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Fs from "node:fs"
import * as TestClock from "effect/TestClock"
import * as Path from "node:path"
import { make } from "../../../layers/enforce/CodeEngine.js"
import * as RulepacksFs from "../../../layers/enforce/RulepacksFs.js"
import { EngineFault } from "../../../src/domain/ComplianceErrors.js"
import { Hash } from "../../../src/domain/Hash.js"
import type { Rule } from "../../../src/enforce/CodePack.js"
import { packOfCode, rulesOf } from "../../../src/enforce/PackedRule.js"
import * as AegisConfig from "../../../src/services/AegisConfig.js"
import type { RuleEngine } from "../../../src/services/RuleEngines.js"
import { placesOf } from "../../support/rules.js"
import { tempDir } from "../../support/tempDir.js"

/** A pack of the project whose only rule has this body. */
const loaded = (validate: string, files: Readonly<Record<string, string>> = {}, severity = "error") =>
  Effect.gen(function* () {
    const root = yield* tempDir
    const all = {
      "pack.ts": `import { words } from "./words.js"
import type { Rulepack } from "aegis-prompt-cache"
const pack = { id: "ours", name: "Ours", version: "1.0.0", rules: [{ id: "a", name: "A", description: "a",
  severity: "${severity}", validate: ${validate} }] } as const
export default pack`,
      "words.ts": 'export const words: ReadonlyArray<string> = ["secret"]',
      ...files
    }
    Fs.mkdirSync(Path.join(root, "ours"))
    for (const [name, text] of Object.entries(all)) Fs.writeFileSync(Path.join(root, "ours", name), text)
    const config = AegisConfig.layer(root, { trustedRulepacks: ["ours"] })
    const packs = yield* Effect.provide(RulepacksFs.make(), config)
    return rulesOf(yield* packs.load("./ours"))
  })

/** A built-in pack whose only rule answers with this. */
const builtIn = (validate: (content: string) => unknown) =>
  rulesOf(
    packOfCode(
      {
        id: "ours",
        name: "Ours",
        version: "1.0.0",
        rules: [
          // what a rule must not do is what is tested
          { id: "a", name: "A", description: "a", severity: "error", validate: validate as Rule["validate"] }
        ]
      },
      Hash.make("0".repeat(64)),
      "pack.ts"
    )
  )

const judged = (engine: RuleEngine, due: ReturnType<typeof rulesOf>, text: string) =>
  Effect.flatMap(engine.prepare(due), (judge) => judge.text({ path: "a.ts", text }, due))

/** Rules by what they answer; `String` of one is its code. */
const answers = {
  good: () => ({
    valid: false,
    errors: [{ code: "x", message: "m", line: 2, column: 3 }],
    warnings: []
  }),
  nan: () => ({ valid: false, errors: [{ code: "x", message: "m", line: NaN }], warnings: [] }),
  negative: () => ({ valid: false, errors: [{ code: "x", message: "m", line: -1 }], warnings: [] }),
  beyond: () => ({ valid: false, errors: [{ code: "x", message: "m", line: 9 }], warnings: [] }),
  backwards: () => ({
    valid: false,
    errors: [{ code: "x", message: "m", line: 2, endLine: 1 }],
    warnings: []
  }),
  silent: () => ({ valid: false, errors: [], warnings: [] }),
  torn: () => ({ valid: true, errors: [{ code: "x", message: "m" }], warnings: [] }),
  nothing: () => undefined,
  number: () => 42,
  functions: () => ({ valid: true, errors: [], warnings: [], more: () => 1 }),
  promise: () => Promise.resolve({ valid: true, errors: [], warnings: [] })
}

const faults: ReadonlyArray<readonly [keyof typeof answers, RegExp]> = [
  ["nan", /no ValidationResult/],
  ["negative", /no ValidationResult/],
  ["beyond", /names line 9 of 2/],
  ["backwards", /an end before the start/],
  ["silent", /says valid: false and names 0 errors/],
  ["torn", /says valid: true and names 1 errors/],
  ["nothing", /no ValidationResult/],
  ["number", /no ValidationResult/],
  ["promise", /answered with a promise/]
]

describe("CodeEngine", () => {
  it.scoped("asks rules of built-in packs and of others alike", () =>
    Effect.gen(function* () {
      const engine = yield* make()
      for (const due of [builtIn(answers.good), yield* loaded(String(answers.good))]) {
        const hits = yield* judged(engine, due, "one\nthree")
        assert.deepStrictEqual(placesOf(hits), ["2:3-2:6"])
        assert.strictEqual(hits[0]?.message, "m")
      }
    })
  )

  it.scoped("takes a warning for no more than a warning", () =>
    Effect.gen(function* () {
      const warn = '() => ({ valid: true, errors: [], warnings: [{ code: "w", message: "w" }] })'
      const engine = yield* make()
      for (const [severity, expected] of [
        ["error", "warning"],
        ["info", "info"]
      ]) {
        const hits = yield* judged(engine, yield* loaded(warn, {}, severity), "x")
        assert.strictEqual(hits[0]?.severity, expected)
      }
    })
  )

  it.scoped("gives a rule the text, its path and the files of its pack, and nothing of the environment", () =>
    Effect.gen(function* () {
      const due = yield* loaded(`(content: string, { path }: { path: string }) => {
        console.log("this is not seen")
        const found = words.some((word) => content.includes(word)) && path === "a.ts"
        const message = JSON.stringify(process.env)
        return { valid: !found, errors: found ? [{ code: "w", message }] : [], warnings: [] }
      }`)
      const engine = yield* make()
      const hits = yield* judged(engine, due, "a secret")
      assert.deepStrictEqual(
        hits.map(({ message }) => message),
        ["{}"]
      )
      assert.deepStrictEqual(yield* judged(engine, due, "nothing"), [])
    })
  )

  it.scoped("calls an answer that is none a fault, with the rule and the file", () =>
    Effect.gen(function* () {
      const engine = yield* make()
      for (const [name, problem] of faults) {
        for (const due of [builtIn(answers[name]), yield* loaded(String(answers[name]))]) {
          const fault = yield* Effect.flip(judged(engine, due, "one\ntwo"))
          assert.instanceOf(fault, EngineFault)
          assert.match(fault.message, /^Rule ours\/a failed on a\.ts: /)
          assert.match(fault.message, problem)
        }
      }
      const functions = yield* loaded(String(answers.functions))
      assert.match((yield* Effect.flip(judged(engine, functions, "x"))).problem, /no plain data/)
    })
  )

  it.scoped("calls a rule that throws a fault, and repeats nothing of the text that it throws", () =>
    Effect.gen(function* () {
      const engine = yield* make()
      const throws = (content: string) => {
        throw new TypeError(content)
      }
      for (const due of [
        builtIn(throws),
        yield* loaded("(content: string) => { throw new TypeError(content) }")
      ]) {
        const fault = yield* Effect.flip(judged(engine, due, "hunter2"))
        assert.include(fault.problem, "it threw TypeError")
        assert.notInclude(JSON.stringify(fault), "hunter2")
      }
      const odd = yield* loaded('() => { throw "hunter2" }')
      assert.include((yield* Effect.flip(judged(engine, odd, "x"))).problem, "it threw string")
    })
  )

  it.scoped("ends a rule that hangs, and asks the next question of a new thread", () =>
    Effect.gen(function* () {
      const due = yield* loaded(`(content: string) => {
        while (content === "hang") {}
        return { valid: true, errors: [], warnings: [] }
      }`)
      const engine = yield* make(Duration.seconds(5))
      const hanging = yield* Effect.fork(Effect.flip(judged(engine, due, "hang")))
      const waiting = yield* Effect.fork(judged(engine, due, "go"))
      yield* Effect.yieldNow()
      yield* TestClock.adjust("5 seconds")
      assert.include((yield* Fiber.join(hanging)).problem, "it took longer than 5 s")
      assert.deepStrictEqual(yield* Fiber.join(waiting), [])
      assert.deepStrictEqual(yield* judged(engine, due, "go"), [])
    })
  )

  it.scoped("calls a rule that ends its thread, or takes all memory, a fault", () =>
    Effect.gen(function* () {
      const engine = yield* make(Duration.minutes(1))
      const exits = yield* loaded("() => process.exit(0)")
      assert.include((yield* Effect.flip(judged(engine, exits, "x"))).problem, "it ended its thread")
      const greedy = yield* loaded("() => { const all = []; for (;;) all.push(new Array(1e6).fill(0.5)) }")
      assert.include((yield* Effect.flip(judged(engine, greedy, "x"))).problem, "256 MB of memory")
    })
  )

  it.scoped("outlives a thread that breaks when nobody is waiting for it", () =>
    Effect.gen(function* () {
      const engine = yield* make(Duration.minutes(1))
      const due = yield* loaded(`(content: string) => {
        if (content === "later") setTimeout(() => { throw new Error("later") }, 0)
        return { valid: true, errors: [], warnings: [] }
      }`)
      // the answer may be overtaken by the end of the thread
      yield* Effect.either(judged(engine, due, "later"))
      // whichever of these meets it, there is a new one behind it
      assert.deepStrictEqual(yield* Effect.retry(judged(engine, due, "now"), { times: 2 }), [])
    })
  )

  it.scoped("refuses a rule that no code has", () =>
    Effect.gen(function* () {
      const engine = yield* make()
      const due = builtIn(() => undefined).map((rule) => ({ ...rule, validate: undefined }))
      assert.strictEqual((yield* Effect.flip(engine.prepare(due))).field, "uses")
    })
  )
})
