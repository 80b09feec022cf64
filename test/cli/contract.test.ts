/** The contract of the command with shells and scripts: exit code, stdout, stderr. */
import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { ExecutionResult } from "../../src/domain/Execution.js"
import { ResolvedScaffold } from "../../src/domain/ResolvedScaffold.js"
import { version } from "../../src/domain/version.js"
import { fakeAnthropic } from "../support/fakes/index.js"
import { aegis, bin, project, prompt, start } from "./support/command.js"

const decodeResolved = Schema.decodeUnknownSync(Schema.parseJson(ResolvedScaffold))
const decodeExecution = Schema.decodeUnknownSync(Schema.parseJson(ExecutionResult))
const escape = "\u001B"

/** One line on stderr, nothing on stdout, and this exit code. */
const refused = (
  result: { code: number | null; stdout: string; stderr: string },
  code: number,
  text: string
) => {
  assert.deepStrictEqual([result.code, result.stdout], [code, ""], result.stderr)
  assert.match(result.stderr, /^aegis: [^\n]+\n$/)
  assert.include(result.stderr, text)
}

describe("aegis", { timeout: 120_000 }, () => {
  it.scoped("prints its version, and help without colour, on stdout", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      assert.deepStrictEqual(yield* aegis(folder, ["--version"]), {
        code: 0,
        stdout: `${version}\n`,
        stderr: ""
      })
      for (const words of [[], ["--help"], ["-h"], ["help"]]) {
        const help = yield* aegis(folder, words)
        assert.strictEqual(help.code, 0)
        assert.include(help.stdout, "cache resolve ")
        assert.notInclude(help.stdout, escape)
      }
      assert.isFalse(Fs.existsSync(Path.join(folder, ".aegis")), "help opens nothing")
    })
  )

  it.scoped("helps with the command that was named, wherever --help stands", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      for (const words of [
        ["cache", "prune", "--help"],
        ["cache", "prune", "--max-entries", "1", "--help"],
        ["--json", "cache", "prune", "-h"],
        ["help", "cache", "prune"]
      ]) {
        const { code, stdout } = yield* aegis(folder, words)
        assert.strictEqual(code, 0)
        assert.match(stdout, /^aegis cache prune: /)
        assert.include(stdout, "--max-entries integer  Entries that may stay")
      }
    })
  )

  it.scoped("refuses words that are no command or option with exit code 2 and one line", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      refused(
        yield* aegis(folder, ["cache", "resolv"]),
        2,
        'no command "aegis cache resolv". Did you mean "resolve"?'
      )
      refused(yield* aegis(folder, ["chache"]), 2, 'Did you mean "cache"?')
      refused(yield* aegis(folder, ["cache"]), 2, "`aegis cache` wants a command. There are: resolve, why")
      refused(yield* aegis(folder, ["cache", "resolve", "a.prompt.md", "--jsn"]), 2, "--jsn")
      refused(yield* aegis(folder, ["cache", "resolve", "--model"]), 2, "--model")
      refused(yield* aegis(folder, ["cache", "resolve", "a.prompt.md", "b"]), 2, "'b'")
      refused(yield* aegis(folder, ["schema", "Resolveinpt"]), 2, "Did you mean ResolveInput?")
      refused(yield* aegis(folder, ["cache", "resolve", "none.md"]), 2, 'no file "')
    })
  )

  it.scoped("resolves to a miss, then to a hit, and prints exactly the schema with --json", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      const first = yield* aegis(folder, ["cache", "resolve", "a.prompt.md", "--json"])
      assert.deepStrictEqual([first.code, first.stderr], [0, ""])
      assert.include(first.stdout, '"outcome":"miss"')
      assert.strictEqual(first.stdout.split("\n").length, 2)
      const second = yield* aegis(folder, ["cache", "resolve", "a.prompt.md", "--json"])
      const [miss, hit] = [decodeResolved(first.stdout), decodeResolved(second.stdout)]
      assert.deepStrictEqual([miss.outcome, hit.outcome], ["miss", "hit"])
      assert.strictEqual(hit.resolvedContent, miss.resolvedContent)
      assert.strictEqual(Fs.statSync(Path.join(folder, ".aegis/cache.db")).mode & 0o777, 0o600)
    })
  )

  it.scoped("gives the same bytes whether or not the words take the short way past the parser", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      yield* aegis(folder, ["cache", "resolve", "a.prompt.md"])
      const short = yield* aegis(folder, ["cache", "resolve", "a.prompt.md", "--json"])
      const long = yield* aegis(folder, [
        "cache",
        "resolve",
        "a.prompt.md",
        "--layout",
        "stable-first",
        "--json"
      ])
      assert.deepStrictEqual(long, short)
      const plain = yield* aegis(folder, ["cache", "resolve", "a.prompt.md"])
      assert.deepStrictEqual(
        yield* aegis(folder, ["cache", "resolve", "--namespace", "default", "a.prompt.md"]),
        plain
      )
      for (const words of [
        ["why", "a.prompt.md"],
        ["stats"],
        ["verify"],
        ["prune"],
        ["prune", "--dry-run"]
      ]) {
        for (const json of [[], ["--json"]]) {
          const past = yield* aegis(folder, ["cache", ...words, ...json])
          assert.deepStrictEqual(
            yield* aegis(folder, ["cache", ...words, ...json, "--namespace", "default"]),
            past
          )
          assert.strictEqual(past.code, 0)
          assert.notStrictEqual(past.stdout, "")
        }
      }
      assert.deepStrictEqual(
        yield* aegis(folder, ["schema", "ResolveInput"]),
        yield* aegis(folder, ["schema", "--", "ResolveInput"])
      )
    })
  )

  it.scoped(
    "reads a prompt from stdin, named or not, and counts both ways and every option order as one",
    () =>
      Effect.gen(function* () {
        const folder = yield* project()
        const outcomes = []
        for (const words of [
          ["cache", "resolve", "-", "--json"],
          ["cache", "resolve", "--json"],
          ["--json", "cache", "resolve", "-"]
        ]) {
          const { stderr, stdout } = yield* aegis(folder, words, { stdin: prompt })
          assert.strictEqual(stderr, "")
          outcomes.push(decodeResolved(stdout).outcome)
        }
        assert.deepStrictEqual(outcomes, ["miss", "hit", "hit"])
        refused(
          yield* aegis(folder, ["cache", "resolve"], { stdin: "Hello" }),
          2,
          "No provider is given. Add --provider"
        )
        refused(
          yield* aegis(folder, ["cache", "resolve", "--provider", "openai"], { stdin: "Hello" }),
          2,
          "AEGIS_MODEL"
        )
      })
  )

  it.scoped(
    "shows a person the blocks, the cost and the reason of a miss, and only those blocks that fit",
    () =>
      Effect.gen(function* () {
        const folder = yield* project()
        yield* aegis(folder, ["cache", "resolve", "a.prompt.md"])
        Fs.writeFileSync(Path.join(folder, "style.md"), "Long names.\n")
        const why = yield* aegis(folder, ["cache", "why", "a.prompt.md"])
        assert.match(why.stdout, /^why {4}Block 2, style_guide/)
        const { stderr, stdout } = yield* aegis(folder, ["cache", "resolve", "a.prompt.md"])
        assert.strictEqual(stderr, "")
        for (const part of [
          "miss ",
          "requirements",
          "breaks here: changed",
          "cost   cold $",
          "genai-prices",
          "why "
        ]) {
          assert.include(stdout, part)
        }
        assert.notInclude(stdout, escape)
        const coloured = yield* aegis(folder, ["cache", "resolve", "a.prompt.md"], {
          env: { FORCE_COLOR: "1" }
        })
        assert.include(coloured.stdout, `${escape}[32mhit`)
        const refusedColour = yield* aegis(folder, ["cache", "resolve", "a.prompt.md"], {
          env: { FORCE_COLOR: "1", NO_COLOR: "1" }
        })
        assert.notInclude(refusedColour.stdout, escape)
      })
  )

  it.scoped("points at the place of a fault in a prompt", () =>
    Effect.gen(function* () {
      const folder = yield* project({ "bad.md": "---\nprovider: vllm\nmodel: m\n---\n\n<requirements>\nx\n" })
      refused(
        yield* aegis(folder, ["cache", "resolve", "bad.md"]),
        2,
        "aegis: bad.md:6:1: <requirements> is never closed"
      )
    })
  )

  it.scoped("ends with 3 for a configuration that is wrong, and with 2 for a flag", () =>
    Effect.gen(function* () {
      const folder = yield* project({ "aegis.config.json": '{\n  "maxByte": 1\n}' })
      refused(
        yield* aegis(folder, ["cache", "stats"]),
        3,
        'aegis: aegis.config.json:2:3: "maxByte" is not a setting. Did you mean "maxBytes"?'
      )
      refused(yield* aegis(folder, ["cache", "resolve", "a.prompt.md"]), 3, "maxByte")
      Fs.writeFileSync(Path.join(folder, "aegis.config.json"), "{}")
      refused(
        yield* aegis(folder, ["cache", "stats"], { env: { AEGIS_MAX_BYTES: "many" } }),
        3,
        "AEGIS_MAX_BYTES"
      )
      refused(yield* aegis(folder, ["cache", "resolve", "a.prompt.md", "--layout", "x"]), 2, "--layout")
    })
  )

  it.scoped("takes flags over front matter over the environment over the file", () =>
    Effect.gen(function* () {
      const folder = yield* project({
        "bare.md": "Hello\n",
        "aegis.config.json": '{ "provider": "vllm", "model": "from-file" }'
      })
      const model = (words: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
        Effect.map(
          aegis(folder, ["cache", "resolve", ...words, "--json"], { env }),
          ({ stdout }) => decodeResolved(stdout).originalScaffold.model
        )
      assert.strictEqual(yield* model(["bare.md"]), "from-file")
      assert.strictEqual(yield* model(["bare.md"], { AEGIS_MODEL: "from-env" }), "from-env")
      assert.strictEqual(yield* model(["a.prompt.md"], { AEGIS_MODEL: "from-env" }), "claude-sonnet-5")
      assert.strictEqual(yield* model(["a.prompt.md", "--model", "from-flag"]), "from-flag")
    })
  )

  it.scoped("ends with 5 when the cache cannot be opened", () =>
    Effect.gen(function* () {
      const folder = yield* project({ ".aegis": "a file where the folder should be" })
      refused(yield* aegis(folder, ["cache", "stats"]), 5, "Cannot open the store")
    })
  )

  it.scoped("ends with 1 when verifying finds corruption, and says what", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      yield* aegis(folder, ["cache", "resolve", "a.prompt.md"])
      const sound = yield* aegis(folder, ["cache", "verify"])
      assert.deepStrictEqual([sound.code, sound.stdout.slice(0, 2)], [0, "ok"])
      const database = new Database(Path.join(folder, ".aegis/cache.db"))
      database.prepare("UPDATE block SET content = CAST('altered' AS BLOB)").run()
      database.close()
      const { code, stderr, stdout } = yield* aegis(folder, ["cache", "verify", "--json"])
      assert.strictEqual(code, 1)
      assert.include(stdout, '"ok":false')
      assert.match(stderr, /^aegis: \d+ rows of the cache were not what was written\. [^\n]+\n$/)
      const again = yield* aegis(folder, ["cache", "resolve", "a.prompt.md", "--json"])
      assert.strictEqual(
        decodeResolved(again.stdout).outcome,
        "miss",
        "what was put aside is resolved afresh"
      )
    })
  )

  it.scoped("prunes, forgets and counts", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      yield* aegis(folder, ["cache", "resolve", "a.prompt.md"])
      const dry = yield* aegis(folder, ["cache", "prune", "--max-entries", "0", "--dry-run"])
      assert.match(dry.stdout, /^would remove 1 entry /)
      const stats = yield* aegis(folder, ["cache", "stats", "--json"])
      assert.include(stats.stdout, '"entries":1')
      const gone = yield* aegis(folder, ["cache", "invalidate", "--all"])
      assert.strictEqual(gone.stdout, "forgot 1 scaffold of namespace default\n")
      refused(yield* aegis(folder, ["cache", "prune", "--max-age", "soon"]), 2, "--max-age")
    })
  )

  it.scoped("lays a project down once, and leaves what is there", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      const first = yield* aegis(folder, ["init", "--provider", "anthropic", "--json"])
      assert.deepStrictEqual(JSON.parse(first.stdout), {
        root: folder,
        created: [".aegis/.gitignore", ".aegis/aegis.config.schema.json", "aegis.config.json"],
        kept: []
      })
      const config = Path.join(folder, "aegis.config.json")
      const written = JSON.parse(Fs.readFileSync(config, "utf8"))
      assert.deepStrictEqual(written, { $schema: "./.aegis/aegis.config.schema.json", provider: "anthropic" })
      Fs.writeFileSync(config, '{ "model": "mine" }')
      const second = yield* aegis(folder, ["init", "--json"])
      assert.deepStrictEqual(JSON.parse(second.stdout).created, [])
      assert.strictEqual(Fs.readFileSync(config, "utf8"), '{ "model": "mine" }')
      assert.deepStrictEqual(
        Fs.readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith(".tmp")),
        []
      )
      assert.strictEqual(
        (yield* aegis(folder, ["doctor"])).code,
        0,
        "what init writes is a valid configuration"
      )
    })
  )

  it.scoped("checks the installation, shows where each setting came from, and no secrets", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      const env = {
        AEGIS_MODEL: "m",
        AEGIS_OPENAI_BASE_URL: "http://user:hunter2@127.0.0.1:9/v1?key=hunter2",
        AEGIS_MAX_BYTE: "1",
        OPENAI_API_KEY: "sk-hunter2"
      }
      const { code, stdout } = yield* aegis(folder, ["doctor", "--json"], { env })
      assert.strictEqual(code, 0)
      const report = JSON.parse(stdout)
      const setting = (name: string) => report.settings.find((each: { name: string }) => each.name === name)
      assert.deepStrictEqual(setting("model"), { name: "model", value: '"m"', origin: "AEGIS_MODEL" })
      assert.include(stdout, "AEGIS_MAX_BYTE is not read; did you mean AEGIS_MAX_BYTES?")
      assert.notInclude(stdout, "hunter2")
      const faulty = yield* aegis(folder, ["doctor"], { env: { ...env, AEGIS_PROVIDER: "openai" } })
      assert.strictEqual(faulty.code, 1)
      assert.include(faulty.stdout, "fault  openai")
    })
  )

  it.scoped("streams an answer as it comes, and with --json prints the whole result", () =>
    Effect.gen(function* () {
      const fake = yield* fakeAnthropic({ answer: "Forty-two. ✓ é" })
      const env = { AEGIS_ANTHROPIC_BASE_URL: fake.url, ANTHROPIC_API_KEY: "test-key" }
      const folder = yield* project()
      const text = yield* aegis(folder, ["run", "a.prompt.md", "--max-tokens", "50"], { env })
      assert.deepStrictEqual(text, { code: 0, stdout: "Forty-two. ✓ é\n", stderr: "" })
      assert.include(fake.requests.at(-1)?.body, { max_tokens: 50 })
      const result = decodeExecution((yield* aegis(folder, ["run", "--json", "a.prompt.md"], { env })).stdout)
      assert.strictEqual(result.content, "Forty-two. ✓ é")
      refused(yield* aegis(folder, ["run", "a.prompt.md", "--max-tokens", "0"], { env }), 2, "--max-tokens")
    })
  )

  it.scoped("ends with 4 when the provider refuses, and turns to the fallback where one is named", () =>
    Effect.gen(function* () {
      const fake = yield* fakeAnthropic({ answer: "Here." })
      const folder = yield* project()
      const env = {
        AEGIS_OPENAI_BASE_URL: "http://127.0.0.1:9/v1",
        OPENAI_API_KEY: "test-key",
        AEGIS_MAX_RETRIES: "0",
        AEGIS_ANTHROPIC_BASE_URL: fake.url,
        ANTHROPIC_API_KEY: "test-key"
      }
      const words = ["run", "a.prompt.md", "--provider", "openai", "--model", "gpt-5.4"]
      refused(yield* aegis(folder, words, { env }), 4, "openai is unavailable")
      const { code, stdout } = yield* aegis(folder, [...words, "--fallback", "anthropic:claude-sonnet-5"], {
        env
      })
      assert.deepStrictEqual([code, stdout], [0, "Here.\n"])
    })
  )

  it.scoped(
    "ends a run on a signal with 128 and its number, closes the connection and keeps the cache whole",
    () =>
      Effect.gen(function* () {
        const folder = yield* project()
        for (const [signal, code] of [
          ["SIGINT", 130],
          ["SIGTERM", 143],
          ["SIGHUP", 129]
        ] as const) {
          const fake = yield* fakeAnthropic({ answer: "a very long answer that never ends" })
          fake.script({ kind: "hang", after: 4 })
          const env = { AEGIS_ANTHROPIC_BASE_URL: fake.url, ANTHROPIC_API_KEY: "test-key" }
          const running = yield* start(folder, ["run", "a.prompt.md"], { env })
          yield* running.printed("a very")
          running.child.kill(signal)
          const { code: ended, stderr, stdout } = yield* running.result
          assert.strictEqual(ended, code)
          assert.strictEqual(stderr, "")
          assert.match(stdout, /^a very[^\n]*\n$/, "what came ends its line")
          yield* fake.disconnected
        }
        const { code, stdout } = yield* aegis(folder, ["cache", "verify", "--json"])
        assert.deepStrictEqual([code, JSON.parse(stdout).ok], [0, true])
        assert.deepStrictEqual(
          Fs.readdirSync(Path.join(folder, ".aegis")).filter(
            (name) => !/^(cache\.db(-wal|-shm)?|\.gitignore)$/.test(name)
          ),
          []
        )
      })
  )

  it.scoped("ends quietly when nobody reads its output any more", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      const running = yield* start(folder, ["schema", "--json"])
      running.child.stdout.destroy()
      const { code, stderr } = yield* running.result
      assert.deepStrictEqual([code, stderr], [141, ""])
    })
  )

  it.scoped("prints completions, and nothing else", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      for (const [shell, start] of [
        ["bash", "_aegis() {"],
        ["zsh", "#compdef aegis"],
        ["fish", "function __aegis_at"]
      ] as const) {
        const { code, stderr, stdout } = yield* aegis(folder, ["--completions", shell])
        assert.deepStrictEqual([code, stderr, stdout.slice(0, start.length)], [0, "", start])
      }
    })
  )

  it.scoped("works the same without V8's compiled code, and says nothing about code that does not fit", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      yield* aegis(folder, ["--version"])
      const stale = Path.join(bin, "main.cjs.v8")
      Fs.writeFileSync(stale, "compiled by another Node.js")
      const result = yield* aegis(folder, ["--version"])
      Fs.rmSync(stale)
      assert.deepStrictEqual(result, { code: 0, stdout: `${version}\n`, stderr: "" })
    })
  )
})
