import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import { readFileSync } from "node:fs"
import type { Words } from "../../src/cli/commandWords.js"
import { understand } from "../../src/cli/commandWords.js"
import { exitCodeOf, failureOf, isOwnError } from "../../src/cli/exitCode.js"
import { ComplianceViolation } from "../../src/domain/ComplianceErrors.js"
import { finding } from "../enforce/support/reports.js"
import { nearest } from "../../src/domain/nearest.js"
import { redact } from "../../src/cli/redact.js"
import { UsageError } from "../../src/cli/UsageError.js"
import { version } from "../../src/domain/version.js"
import { bytes, count, money, percent, plural } from "../../src/cli/views/format.js"
import { fitting, table } from "../../src/cli/views/table.js"
import { whyText } from "../../src/cli/views/why.js"
import type { TokenCount } from "../../src/domain/Measures.js"
import type { PrefixComparison } from "../../src/domain/Miss.js"
import * as BudgetErrors from "../../src/domain/BudgetErrors.js"
import * as PromptErrors from "../../src/domain/PromptErrors.js"
import * as ProviderErrors from "../../src/domain/ProviderErrors.js"
import * as RunErrors from "../../src/domain/RunErrors.js"
import * as StoreErrors from "../../src/domain/StoreErrors.js"
import { ConfigInvalid } from "../../src/services/AegisConfig.js"
import { summarize } from "../../src/services/explainMiss.js"

const leaf = (name: string): Words => ({ name, commands: [] })
const tree: Words = {
  name: "aegis",
  commands: [leaf("init"), { name: "cache", commands: [leaf("resolve"), leaf("prune")] }]
}

describe("the words of a command line", () => {
  it("leaves what the parser understands as it is", () => {
    for (const words of [
      ["init"],
      ["cache", "resolve", "--model", "prune", "a.md"],
      ["cache", "resolve", "--", "--help"],
      ["--version"],
      ["--log-level=debug", "init"]
    ]) {
      assert.deepStrictEqual(understand(tree, words), { _tag: "Run", args: words })
    }
  })

  it("finds the command whose help is wanted", () => {
    const helps = (words: ReadonlyArray<string>) => {
      const understood = understand(tree, words)
      return understood._tag === "Help" ? understood.path.join(" ") : understood._tag
    }
    assert.strictEqual(helps([]), "")
    assert.strictEqual(helps(["help"]), "")
    assert.strictEqual(helps(["cache", "-h"]), "cache")
    assert.strictEqual(helps(["cache", "--help", "resolve"]), "cache")
    assert.strictEqual(helps(["cache", "resolve", "x", "--help"]), "cache resolve")
    assert.strictEqual(helps(["help", "cache", "prune"]), "cache prune")
    assert.strictEqual(helps(["help", "cahce"]), "Refuse")
  })

  it("takes ci for its checks, unless it is asked for more", () => {
    const all: Words = {
      name: "aegis",
      commands: [{ name: "ci", commands: [leaf("check"), leaf("summary")] }]
    }
    const args = (words: ReadonlyArray<string>): string => {
      const understood = understand(all, words)
      return understood._tag === "Run" ? understood.args.join(" ") : understood._tag
    }
    assert.strictEqual(args(["ci"]), "ci check")
    assert.strictEqual(args(["--json", "ci", "--base", "main"]), "ci check --json --base main")
    assert.strictEqual(args(["ci", "summary", "--from", "a"]), "ci summary --from a")
    assert.strictEqual(args(["ci", "--help"]), "Help")
  })

  it("moves --json behind the command", () => {
    assert.deepStrictEqual(understand(tree, ["--json", "cache", "prune", "--dry-run"]), {
      _tag: "Run",
      args: ["cache", "prune", "--json", "--dry-run"]
    })
  })

  it("takes options behind the - for stdin, which the parser does not", () => {
    const args = (words: ReadonlyArray<string>) => {
      const understood = understand(tree, words)
      return understood._tag === "Run" ? understood.args.join(" ") : understood._tag
    }
    assert.strictEqual(args(["cache", "resolve", "-", "--model", "m"]), "cache resolve --model m -")
    assert.strictEqual(args(["cache", "resolve", "--", "-", "x"]), "cache resolve -- - x")
  })

  it("knows completions for three shells, wherever they are asked for, and says so of another", () => {
    const understood = (words: ReadonlyArray<string>) => {
      const found = understand(tree, words)
      return found._tag === "Refuse" ? found.error.message : found
    }
    for (const words of [
      ["--completions", "bash"],
      ["--completions=bash"],
      ["init", "--completions", "bash"]
    ]) {
      assert.deepStrictEqual(understood(words), { _tag: "Run", args: ["completions", "bash"] })
    }
    assert.match(String(understood(["--completions"])), /wants a shell\. .*bash, zsh, fish\.$/)
    assert.match(
      String(understood(["--completions", "tcsh"])),
      /no completions for "tcsh"\. .*bash, zsh, fish\.$/
    )
  })

  it("never asks questions, though the parser has a wizard that would wait for ever in a script", () => {
    for (const words of [["--wizard"], ["cache", "--wizard"], ["cache", "prune", "--wizard"]]) {
      const found = understand(tree, words)
      assert.match(
        found._tag === "Refuse" ? found.error.message : found._tag,
        /^There is no option "--wizard"/
      )
    }
    assert.strictEqual(understand(tree, ["cache", "resolve", "--", "--wizard"])._tag, "Run")
  })

  it("refuses an option in front of the command, a group alone and words that are none", () => {
    const refusal = (words: ReadonlyArray<string>) => {
      const understood = understand(tree, words)
      return understood._tag === "Refuse" ? understood.error.message : understood._tag
    }
    assert.match(refusal(["--model", "m", "init"]), /"--model" stands before the command/)
    assert.match(refusal(["--json"]), /`aegis` wants a command\. There are: init, cache\./)
    assert.match(refusal(["cache"]), /`aegis cache` wants a command\. There are: resolve, prune\./)
    assert.match(refusal(["cache", "xyz"]), /no command "aegis cache xyz"\. There are: resolve, prune\./)
    assert.match(refusal(["cache", "prune!"]), /Did you mean "prune"\?/)
  })

  it("answers any words at all", () => {
    const word = FastCheck.oneof(
      FastCheck.constantFrom("cache", "resolve", "--json", "--help", "--", "-", "help", ""),
      FastCheck.string()
    )
    FastCheck.assert(
      FastCheck.property(FastCheck.array(word), (words) => {
        const understood = understand(tree, words)
        if (understood._tag !== "Run") return
        assert.deepStrictEqual([...understood.args].sort(), [...words].sort(), "no word is lost or made up")
      })
    )
  })
})

describe("did you mean", () => {
  it("finds a word with one letter wrong, missing or too many", () => {
    const names = ["resolve", "verify", "prune"]
    FastCheck.assert(
      FastCheck.property(
        FastCheck.constantFrom(...names),
        FastCheck.nat(4),
        FastCheck.constantFrom("", "x", "xy"),
        (name, at, instead) => {
          assert.strictEqual(nearest(name.slice(0, at) + instead + name.slice(at + 1), names), name)
        }
      )
    )
    assert.isUndefined(nearest("completely", names))
  })
})

describe("exit codes", () => {
  const common = { provider: "openai", model: "m" } as const
  it("follow from the error alone", () => {
    const cases = [
      [new UsageError({ problem: "p", fix: "f" }), 2],
      [new PromptErrors.PromptTooLarge({ what: "x", bytes: 2, limit: 1 }), 2],
      [new PromptErrors.IncludeError({ file: "f", line: 1, src: "s", reason: "no-match" }), 2],
      [new ConfigInvalid({ origin: "aegis.config.json", key: "k", problem: "p", fix: "f" }), 3],
      [new ConfigInvalid({ origin: "--model", key: "k", problem: "p", fix: "f" }), 2],
      [new ProviderErrors.ProviderNotFound({ provider: "x", known: [] }), 3],
      [new ProviderErrors.AuthFailed({ ...common, variable: "V" }), 4],
      [new ProviderErrors.StreamBroken({ ...common, reason: "cut" }), 4],
      [new StoreErrors.StoreError({ operation: "o", reason: "full" }), 5],
      [new StoreErrors.SchemaTooNew({ what: "w", found: 2, supported: 1 }), 5],
      [new RunErrors.RunNotFound({ kind: "tag", name: "n" }), 4],
      [new RunErrors.ThreadDeleted({ thread: "t" }), 4],
      [new RunErrors.NameAmbiguous({ name: "n", candidates: ["a", "b"] }), 2],
      [new RunErrors.NodeCycle({ path: ["a", "b", "a"] }), 2],
      [new RunErrors.RunDamaged({ what: "w" }), 5],
      [new RunErrors.LineageMoved({ thread: "t" }), 5],
      [new BudgetErrors.BudgetUnpriced({ ...common, reason: "price" }), 1],
      [new Error("anything else"), 6],
      ["not even an error", 6],
      [null, 6]
    ] as const
    for (const [error, code] of cases) assert.strictEqual(exitCodeOf(error), code, String(error))
    for (const [error, code] of cases) assert.strictEqual(isOwnError(error), code !== 6, String(error))
  })

  it("come with one line per error, whatever is in its message", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary" }), (message) => {
        const { lines } = failureOf(Cause.fail(new Error(`x${message}`)))
        assert.lengthOf(lines, 1)
        assert.match(lines[0] ?? "", /^aegis: x[^\p{Cc}\n]*$/u)
      })
    )
    const parallel = Cause.parallel(Cause.fail(new Error("a")), Cause.fail(new Error("b")))
    assert.deepStrictEqual(failureOf(parallel).lines, ["aegis: a", "aegis: b"])
    assert.deepStrictEqual(failureOf(Cause.fail("text")).lines, ["aegis: text"])
  })

  it("name every finding of a refused prompt by its place, up to twenty, and count the rest", () => {
    const violation = (count: number) =>
      failureOf(
        Cause.fail(
          new ComplianceViolation({
            findings: Array.from({ length: count }, (_, index) =>
              finding({ line: index + 1, message: `No.\n${index}` })
            )
          })
        )
      )
    assert.strictEqual(violation(3).code, 1)
    assert.deepStrictEqual(violation(3).lines, [
      "aegis: src/a.ts:1:3: No. 0 [house/no-var]",
      "aegis: src/a.ts:2:3: No. 1 [house/no-var]",
      "aegis: src/a.ts:3:3: No. 2 [house/no-var]"
    ])
    assert.lengthOf(violation(1).lines, 1)
    assert.lengthOf(violation(20).lines, 20)
    assert.deepStrictEqual(violation(30_000).lines.slice(20), ["aegis: … and 29980 more"])
  })

  it("tell a fault of Aegis from a failure and from an interruption", () => {
    const fault = failureOf(Cause.die(new TypeError("x is undefined")))
    assert.strictEqual(fault.code, 6)
    assert.strictEqual(fault.lines[0], "aegis: unexpected fault: x is undefined")
    assert.deepStrictEqual(failureOf(Cause.interrupt(FiberId.none)), {
      code: 130,
      lines: ["aegis: interrupted"]
    })
  })
})

describe("what a person reads", () => {
  it("shows numbers with their units, and never an unknown one as free", () => {
    assert.deepStrictEqual([0, 999, 1000, 1234567].map(count), ["0", "999", "1,000", "1,234,567"])
    assert.deepStrictEqual([plural(1, "block"), plural(2, "entry", "entries")], ["1 block", "2 entries"])
    const amounts = [0, 12.5, 0.5, 0.000123456, 1e-13].map((value) => money(Option.some(value)))
    assert.deepStrictEqual(amounts, ["$0", "$12.50", "$0.5", "$0.000123", "<$0.000000001"])
    assert.strictEqual(money(Option.none()), "unknown")
    assert.deepStrictEqual([0, 1023, 1024, 1536000, 5 * 1024 ** 4].map(bytes), [
      "0 B",
      "1,023 B",
      "1.0 KB",
      "1.5 MB",
      "5.0 TB"
    ])
    assert.strictEqual(bytes(200 * 1024), "200 KB")
    assert.deepStrictEqual([percent(0.5), percent(0.3333)], ["50 %", "33.3 %"])
  })

  it("tells a parameter that differs once, whether or not a block does", () => {
    const none = 0 as TokenCount
    const of = (block: PrefixComparison["block"]): string => {
      const fields = [{ field: "seed", old: "null", new: "7" }]
      const comparison = { block, fields, blocksKept: 0, tokensKept: none, tokensReread: none }
      const miss = { summary: summarize(comparison), comparison, rereadCost: Option.none() }
      return whyText(Option.some(miss), { color: false, width: 80 })
    }
    assert.strictEqual(of(undefined), "why    The blocks are the same; seed null -> 7 changed.")
    assert.match(
      of({ change: "removed", index: 0, type: "context" }),
      /^why {4}Block 1, context was removed [^\n]+\n {7}seed: null -> 7$/
    )
  })

  it.effect("leaves out what matters least when the terminal is narrow", () =>
    Effect.gen(function* () {
      const columns = [
        { head: "#", rank: 0, cells: ["1", "2"] },
        { head: "empty", rank: 1, cells: ["", ""] },
        { head: "name", rank: 2, cells: ["x".repeat(20), "y"] },
        { head: "hash", rank: 3, cells: ["\u001B[2mabcdef\u001B[22m", "b"] }
      ]
      const heads = (width: number) => fitting(columns, width).map(({ head }) => head)
      assert.deepStrictEqual(heads(80), ["#", "name", "hash"])
      assert.deepStrictEqual(heads(37), ["#", "name", "hash"])
      assert.deepStrictEqual(heads(36), ["#", "name"])
      assert.deepStrictEqual(heads(10), ["#"])
      const drawn = yield* table(columns, { color: false, width: 30 })
      for (const line of drawn.split("\n")) assert.isAtMost(line.length, 30)
    })
  )

  const blocks = [
    { head: "#", align: "right", rank: 0, cells: ["1", "12"] },
    { head: "block", rank: 0, cells: ["requirements", "style_guide"] },
    { head: "name", rank: 3, cells: ["x".repeat(31) + "…", ""] },
    { head: "tokens", align: "right", rank: 0, cells: ["1,234,567", "2"] },
    { head: "change", rank: 1, cells: ["", "\u001B[31mbreaks here: changed\u001B[39m"] }
  ] as const
  const url = "https://someone.example/a/long/path/to/v1"
  const settings = [
    { head: "setting", rank: 0, wraps: true, cells: ["anthropicBaseUrl", "timeoutMs"] },
    { head: "value", rank: 0, wraps: true, cells: [url, "600000"] },
    { head: "from", rank: 1, cells: ["AEGIS_ANTHROPIC_BASE_URL", "default"] }
  ]
  for (const width of [20, 40, 42, 80]) {
    it.effect(`draws no line wider than ${width} columns, cuts no number and loses no setting`, () =>
      Effect.gen(function* () {
        for (const columns of [blocks, settings]) {
          const drawn = yield* table(columns, { color: false, width })
          for (const line of drawn.replaceAll(/\u001B\[\d+m/g, "").split("\n")) {
            assert.isAtMost(line.length, width, drawn)
            assert.notStrictEqual(line, "")
          }
        }
        assert.include(yield* table(blocks, { color: false, width }), "1,234,567")
        const shown = yield* table(settings, { color: false, width })
        // the cells of the second column, one below the other
        const start = shown.split("\n")[width >= 80 ? 1 : 0]?.indexOf("value") ?? 0
        const values = shown.split("\n").map((line) => line.slice(start).replace(/[│ ].*$/, ""))
        assert.include(values.join(""), `${url}600000`)
      })
    )
  }

  it.effect("keeps to rules as long as they fit, and says what it cuts", () =>
    Effect.gen(function* () {
      const at = (width: number) => table(blocks, { color: false, width })
      assert.include(yield* at(42), "│  # │ block        │    tokens │")
      assert.strictEqual(
        yield* at(32),
        " # block           tokens\n 1 requirements 1,234,567\n12 style_guide          2"
      )
      assert.strictEqual(yield* at(20), " # block      tokens\n 1 requir… 1,234,567\n12 style_…         2")
    })
  )

  it("keeps secrets that were put in the wrong place off the screen", () => {
    assert.strictEqual(redact("at http://u:p@host/v1?key=k."), "at http://<redacted>@host/v1?<redacted>")
    assert.strictEqual(redact("sk-ant-123456 and http://host/v1"), "<redacted> and http://host/v1")
    assert.strictEqual(redact("set OPENAI_API_KEY"), "set OPENAI_API_KEY")
  })

  it("has the version of the package", () => {
    const { version: packaged } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string }
    assert.strictEqual(version, packaged)
  })
})
