/** The bundle of the plain hit: it answers by itself, and hands over what is more than a hit. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { aegis, bin, project } from "./support/command.js"

const config = '{\n  "provider": "anthropic",\n  "model": "claude-sonnet-5"\n}\n'
const prompts: ReadonlyArray<readonly [name: string, files: Readonly<Record<string, string>>]> = [
  [
    "a prompt that says what it is for",
    {
      "a.prompt.md":
        "---\nprovider: openai\nmodel: gpt-5.4\ntemperature: 0.5\n---\n<context>\nHello\n</context>\nIs it?\n"
    }
  ],
  [
    "a prompt that includes files",
    {
      "a.prompt.md":
        '---\nprovider: anthropic\nmodel: claude-sonnet-5\n---\n<style_guide src="style.md"/>\n<file_map src="src/*.ts" content="full"/>\n<file_map src="docs/**"/>\n',
      ".gitignore": "*.log\n",
      "src/a.ts": "export {}\n",
      "src/日本語.ts": "export {}\n",
      "docs/a/b.md": "# B\n",
      "docs/a/b.log": "ignored"
    }
  ],
  ["a prompt of a project with settings", { "a.prompt.md": "Hello\n", "aegis.config.json": config }]
]

/** Runs words while the whole program is not there. */
const withoutWhole = (folder: string, words: ReadonlyArray<string>) => {
  const main = Path.join(bin, "main.cjs")
  return Effect.acquireUseRelease(
    Effect.sync(() => Fs.renameSync(main, `${main}.away`)),
    () => aegis(folder, words),
    () => Effect.sync(() => Fs.renameSync(`${main}.away`, main))
  )
}

describe("the plain hit", { timeout: 120_000 }, () => {
  for (const [name, files] of prompts) {
    it.scoped(`answers ${name} without the whole program, and with the same words`, () =>
      Effect.gen(function* () {
        const folder = yield* project(files)
        yield* aegis(folder, ["cache", "resolve", "a.prompt.md"])
        for (const words of [[], ["--json"]]) {
          // --layout is for the parser, and says what is so anyway
          const whole = yield* aegis(folder, [
            ...["cache", "resolve", "a.prompt.md", "--layout", "stable-first"],
            ...words
          ])
          assert.include(whole.stdout, "hit")
          assert.deepStrictEqual(
            yield* withoutWhole(folder, ["cache", "resolve", "a.prompt.md", ...words]),
            whole
          )
          assert.deepStrictEqual(
            yield* withoutWhole(folder, ["cache", "why", "a.prompt.md", ...words]),
            yield* aegis(folder, ["cache", "why", "a.prompt.md", "--layout", "stable-first", ...words])
          )
        }
      })
    )
  }

  it.scoped(
    "is tried before and hands over: a miss, YAML, a fault and a prompt from stdin are the whole program's",
    () =>
      Effect.gen(function* () {
        const folder = yield* project(prompts[0]?.[1])
        const miss = yield* aegis(folder, ["cache", "resolve", "a.prompt.md", "--json"])
        assert.include(miss.stdout, '"outcome":"miss"')
        const stdin = yield* aegis(folder, ["cache", "resolve", "-", "--json"], {
          stdin: Fs.readFileSync(Path.join(folder, "a.prompt.md"), "utf8")
        })
        assert.include(stdin.stdout, '"outcome":"hit"')
        Fs.writeFileSync(
          Path.join(folder, "yaml.md"),
          '---\nprovider: "openai"\nmodel: gpt-5.4\ncontext: { branch: main }\nrulepacks: [prompt, redaction@1.0.0]\n---\nHello\n'
        )
        for (const outcome of ["miss", "hit"]) {
          const yaml = yield* aegis(folder, ["cache", "resolve", "yaml.md", "--json"])
          assert.include(yaml.stdout, `"outcome":"${outcome}"`, yaml.stderr)
          assert.include(yaml.stdout, '"context":{"branch":"main"}')
        }
        Fs.writeFileSync(Path.join(folder, "yaml.md"), "---\nprovider: openai\nmodel: [\n---\nHello\n")
        const broken = yield* aegis(folder, ["cache", "resolve", "yaml.md"])
        assert.deepStrictEqual([broken.code, broken.stdout], [2, ""])
        assert.include(broken.stderr, "is not YAML")
        const fault = yield* aegis(folder, ["cache", "resolve", "none.md"])
        assert.deepStrictEqual([fault.code, fault.stdout], [2, ""])
      })
  )
})
