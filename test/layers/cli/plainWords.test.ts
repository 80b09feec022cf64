import { assert, describe, it } from "@effect/vitest"
import { plainCommand } from "../../../layers/cli/plainWords.js"

const of = (words: string) => plainCommand(words === "" ? [] : words.split(" "))

describe("plainCommand", () => {
  it("understands what takes no options but --json and --dry-run, wherever --json stands behind the command", () => {
    assert.deepStrictEqual(of("cache resolve a.md"), { command: "resolve", file: "a.md", json: false })
    assert.deepStrictEqual(of("cache why --json -"), { command: "why", file: "-", json: true })
    assert.deepStrictEqual(of("schema ResolveInput --json"), {
      command: "schema",
      name: "ResolveInput",
      json: true
    })
    assert.deepStrictEqual(of("init --json"), { command: "init", json: true })
    for (const command of ["stats", "verify", "prune"] as const) {
      assert.deepStrictEqual(of(`cache ${command}`), { command, dryRun: false, json: false })
      assert.deepStrictEqual(of(`cache ${command} --json`), { command, dryRun: false, json: true })
    }
    for (const words of ["--dry-run --json", "--json --dry-run"]) {
      assert.deepStrictEqual(of(`cache prune ${words}`), { command: "prune", dryRun: true, json: true })
    }
  })

  it("leaves everything else to the parser", () => {
    for (const words of [
      ...["", "--version", "cache", "cache resolve", "cache resolve --model", "cache resolve a.md b.md"],
      ...["cache resolve a.md --json --json", "--json cache resolve a.md", "cache --json resolve a.md"],
      ...["cache resolve a.md --strict", "cache resolve --help", "cache resolve -h", "cache resolve --"],
      ...[
        "cache stats --dry-run",
        "cache verify a",
        "cache prune --max-entries 1",
        "cache prune --dry-run=true"
      ],
      ...[
        "cache invalidate --all",
        "schema",
        "schema --json",
        "schema a b",
        "schema -h",
        "run a.md",
        "init --model a",
        "init a"
      ]
    ]) {
      assert.isUndefined(of(words), words)
    }
    assert.isUndefined(plainCommand(["cache", "resolve", ""]))
  })
})
