/** The whole command line in one process, over services in memory: which words reach which command, with what. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { layerTest } from "../../../layers/AegisTest.js"
import { run } from "../../../layers/cli/CommandLineNode.js"
import { runPlain } from "../../../layers/cli/plainPrompt.js"
import { Checks } from "../../../src/cli/Checks.js"
import { exitCodeOf } from "../../../src/cli/exitCode.js"
import { Files } from "../../../src/cli/Files.js"
import type { Flags } from "../../../src/cli/options.js"
import * as Output from "../../../src/cli/Output.js"
import * as Progress from "../../../src/cli/Progress.js"
import { Scaffolds } from "../../../src/cli/Scaffolds.js"
import { UsageError } from "../../../src/cli/UsageError.js"
import { Executor, type ExecutorOptions } from "../../../src/services/Executor.js"

const files = new Map([["a.md", "---\nprovider: openai\nmodel: gpt-5.4\n---\nHello\n"]])
const surroundings = Layer.merge(
  Progress.layerSilent,
  Layer.succeed(Files, {
    cwd: "/project",
    stdinIsTerminal: true,
    read: (path) =>
      Effect.mapError(Effect.fromNullable(files.get(path)), () => new UsageError({ problem: path, fix: "" })),
    exists: () => Effect.succeed(false),
    create: () => Effect.succeed(true),
    write: () => Effect.dieMessage("not asked for here"),
    replace: () => Effect.dieMessage("not asked for here"),
    lines: () => Effect.dieMessage("not asked for here")
  })
)

/** Runs words and gives what was printed, the flags that reached the layers, and what the executor was asked. */
const aegis = (...words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const written: Array<string> = []
    const flags: Array<Flags> = []
    const asked: Array<ExecutorOptions | undefined> = []
    const services = layerTest()
    const executor = Layer.succeed(Executor, {
      execute: (_resolved, options) => {
        asked.push(options)
        return Effect.dieMessage("a fake that has no result")
      },
      stream: (_resolved, options) => {
        asked.push(options)
        return Stream.make({ _tag: "Text" as const, text: "answered" })
      }
    })
    const result = yield* Effect.either(
      run(
        words,
        {
          output: (json) => Output.layerMemory(written, json),
          cache: (given) => {
            flags.push(given)
            return Layer.merge(services, executor)
          },
          runs: (given) => {
            flags.push(given)
            return Layer.merge(
              services,
              Layer.succeed(Scaffolds, { find: () => Effect.dieMessage("unasked") })
            )
          },
          enforce: () => Layer.die("not asked for here"),
          replay: () => Layer.die("not asked for here"),
          diff: () => Layer.die("not asked for here"),
          schemas: () => Layer.die("not asked for here"),
          change: () => Layer.die("not asked for here"),
          telemetry: () => Layer.die("not asked for here"),
          upkeep: (given) => {
            flags.push(given)
            return services
          },
          checks: (given) => {
            flags.push(given)
            return Layer.merge(services, Layer.succeed(Checks, { all: Effect.succeed([]) }))
          }
        },
        (text) => Effect.sync(() => void written.push(text))
      ).pipe(Effect.provide(surroundings))
    )
    return {
      text: written.join(""),
      flags,
      asked,
      code: Either.isRight(result) ? 0 : exitCodeOf(result.left),
      result
    }
  })

describe("CommandLineNode", () => {
  it.effect("gives every command its help, without building a layer", () =>
    Effect.gen(function* () {
      const root = yield* aegis("--help")
      const commands = [...root.text.matchAll(/^ {2}((?:[a-z]+ )?[a-z]+(?:-[a-z]+)*) {2,}\S/gm)].map(
        ([, name = ""]) => name
      )
      assert.deepStrictEqual(commands, [
        "init",
        ...["resolve", "why", "stats", "verify", "prune", "invalidate", "analyze"].map(
          (name) => `cache ${name}`
        ),
        "run",
        "budget",
        ...["check", "explain", "packs", "test-pack"].map((name) => `enforce ${name}`),
        "diff",
        "replay",
        ...["report", "tail", "export", "calibrate"].map((name) => `telemetry ${name}`),
        "cost",
        "optimize",
        ...["check", "summary"].map((name) => `ci ${name}`),
        ...[
          ...["save", "show", "list", "log", "branch", "diff", "tag", "verify", "anchor", "prune"],
          ...["export", "import", "copy", "delete"]
        ].map((name) => `checkpoint ${name}`),
        ...["add", "list", "show", "judge"].map((name) => `artifact ${name}`),
        ...["add", "list", "show"].map((name) => `trace ${name}`),
        "provenance",
        ...["status", "up"].map((name) => `migrate ${name}`),
        "schema",
        "doctor"
      ])
      assert.include(root.text, "Exit codes: 0 done")
      for (const command of [...commands, "cache"]) {
        const help = yield* aegis(...command.split(" "), "--help")
        assert.match(help.text, new RegExp(`^aegis ${command}: [A-Z]`))
        assert.include(help.text, `Usage: aegis ${command} `)
        assert.notMatch(help.text, /\u001B|^ {2}\S+ *$/m, "no colour, and no option without a word about it")
        assert.deepStrictEqual(help.flags, [])
      }
    })
  )

  it.effect("hands the settings among the options to the layers, in any order", () =>
    Effect.gen(function* () {
      const { code, flags, text } = yield* aegis(
        ...["cache", "resolve", "--model", "gpt-5.4", "a.md", "--namespace", "mine", "--temperature", "0.5"],
        ...["--cache-dir", "there", "--json"]
      )
      assert.deepStrictEqual(
        [code, flags],
        [0, [{ model: "gpt-5.4", namespace: "mine", temperature: 0.5, cacheDir: "there" }]]
      )
      assert.include(text, '"outcome":"miss"')
    })
  )

  it.effect("reaches every command", () =>
    Effect.gen(function* () {
      for (const [words, printed] of [
        [["cache", "why", "a.md"], "why "],
        [["cache", "stats"], "namespace"],
        [["cache", "verify"], "ok "],
        [["cache", "prune", "--max-age", "1d"], "removed 0"],
        [["cache", "invalidate", "--all"], "forgot 0"],
        [["schema"], "ResolveInput"],
        [["init"], "created"],
        [["doctor"], "root  /project"],
        [["run", "a.md"], "answered\n"],
        [["--version"], "0."],
        [["--completions", "fish"], "complete -c aegis"]
      ] as const) {
        const { code, result, text } = yield* aegis(...words)
        assert.strictEqual(code, 0, `${words.join(" ")}: ${JSON.stringify(result)}`)
        assert.include(text, printed)
      }
    })
  )

  it.effect("hands limits and fallbacks of a run on", () =>
    Effect.gen(function* () {
      const { asked, flags } = yield* aegis(
        ...["run", "a.md", "--max-tokens", "5", "--fallback", "vllm:a", "--fallback", "vllm:b"]
      )
      assert.deepInclude(asked[0], { maxTokens: 5 })
      assert.deepStrictEqual(flags[0]?.fallback, ["vllm:a", "vllm:b"])
      assert.strictEqual((yield* aegis("run", "a.md", "--max-tokens", "0")).code, 2)
    })
  )

  it.effect("turns what the parser refuses into a usage error of one line", () =>
    Effect.gen(function* () {
      for (const words of [
        ["cache", "resolve", "a.md", "--nonsense"],
        ["cache", "resolve", "a.md", "b.md"],
        ["cache", "prune", "--max-entries", "many"],
        ["cache", "nonsense"],
        ["cache", "resolve", "--wizard"],
        ["cache", "resolve", "--", "--wizard"],
        ["cache", "resolve"]
      ]) {
        const { code, result, text } = yield* aegis(...words)
        assert.deepStrictEqual([code, text], [2, ""], words.join(" "))
        assert.isTrue(Either.isLeft(result) && result.left instanceof UsageError)
      }
    })
  )

  it.effect("resolves a plain file with the command's own handler", () => {
    const written: Array<string> = []
    return Effect.gen(function* () {
      yield* runPlain({ command: "resolve", file: "a.md", json: true })
      const { text } = yield* aegis("cache", "resolve", "a.md")
      assert.strictEqual(written.join(""), text)
    }).pipe(Effect.provide(Layer.mergeAll(surroundings, layerTest(), Output.layerMemory(written, false))))
  })
})
