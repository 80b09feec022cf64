/** What the completion scripts complete, asked of the shells themselves where they are installed. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { commandLine } from "../../src/cli/commandLine.js"
import type { Shell } from "../../src/cli/commandWords.js"
import { completions } from "../../src/cli/completions/completions.js"
import * as Output from "../../src/cli/Output.js"
import { tempDir } from "../support/tempDir.js"

const { words } = commandLine({
  output: () => Output.layerMemory([], false),
  cache: () => Layer.die("not built by completions"),
  replay: () => Layer.die("not built by completions"),
  upkeep: () => Layer.die("not built by completions"),
  runs: () => Layer.die("not built by completions"),
  enforce: () => Layer.die("not built by completions"),
  diff: () => Layer.die("not built by completions"),
  schemas: () => Layer.die("not built by completions"),
  telemetry: () => Layer.die("not built by completions"),
  checks: () => Layer.die("not built by completions"),
  change: () => Layer.die("not built by completions")
})

const script = (shell: Shell): Effect.Effect<string> =>
  Effect.suspend(() => {
    const written: Array<string> = []
    return completions(words, shell).pipe(
      Effect.provide(Output.layerMemory(written, false)),
      Effect.map(() => written.join(""))
    )
  })

/** The last word of each line as it is completed in a folder with `a b.md` and the folder `sub`. */
const lines = [
  "aegis ca",
  "aegis cache re",
  "aegis cache prune --max",
  "aegis run cache --la",
  "aegis run --layout s",
  "aegis cache resolve a",
  "aegis cache resolve --cache-dir ",
  "aegis schema PromptB",
  "aegis --completions z",
  "aegis --w"
]
const completed = [
  ["cache"],
  ["resolve"],
  ["--max-age", "--max-bytes", "--max-entries"],
  ["--layout"],
  ["source", "stable-first"],
  ["a b.md"],
  ["sub"],
  ["PromptBlock"],
  ["zsh"],
  []
]

/** A program for each shell that sources `./script` and prints what is completed, a line of words per line asked for. */
const programs: Readonly<Record<Exclude<Shell, "zsh">, string>> = {
  bash: `
source ./script
while IFS= read -r line; do
  IFS=' ' read -ra COMP_WORDS <<< "$line"
  [[ $line == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  _aegis
  (IFS=','; echo "\${COMPREPLY[*]}")
done`,
  fish: `
source ./script
while read -l line
  echo (string join -- , (complete -C "$line" | string split -f1 \\t))
end`
}

const available = (shell: Shell): boolean =>
  ChildProcess.spawnSync(shell, ["-c", "exit 0"], { stdio: "ignore" }).status === 0

const ask = Effect.fnUntraced(function* (shell: Shell, program: string, input: string) {
  const folder = yield* tempDir
  Fs.writeFileSync(Path.join(folder, "a b.md"), "")
  Fs.mkdirSync(Path.join(folder, "sub"))
  Fs.writeFileSync(Path.join(folder, "script"), yield* script(shell))
  const { status, stderr, stdout } = ChildProcess.spawnSync(shell, ["-c", program], {
    cwd: folder,
    input,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: folder }
  })
  assert.deepStrictEqual([status, stderr], [0, ""])
  return stdout
})

describe("completions", () => {
  for (const shell of ["bash", "fish"] as const) {
    it.scoped.skipIf(!available(shell))(`complete commands, options, values and files in ${shell}`, () =>
      Effect.gen(function* () {
        const answers = yield* ask(shell, programs[shell], lines.map((line) => `${line}\n`).join(""))
        const found = answers
          .split("\n")
          .slice(0, lines.length)
          .map((line) =>
            line
              .split(",")
              .filter((word) => word !== "")
              // fish shows that a folder is one
              .map((word) => word.replace(/\/$/, ""))
              .sort()
          )
        assert.deepStrictEqual(found, completed)
      })
    )
  }

  // zsh completes at a terminal only: what is looked at is what its own _arguments is asked for.
  it.scoped.skipIf(!available("zsh"))("ask zsh for the options, values and files of the command", () =>
    Effect.gen(function* () {
      const asked = yield* ask(
        "zsh",
        `
compdef() {}
_arguments() { print -rl -- "$CURRENT" "$words" "$@" }
source ./script
words=(aegis cache resolve --layout s) CURRENT=5
_aegis`,
        ""
      )
      const [current, shifted, ...specs] = asked.trim().split("\n")
      assert.deepStrictEqual([current, shifted], ["3", "aegis cache resolve --layout s"])
      assert.include(
        specs,
        "*--layout[Order of the blocks\\: stable-first or source]:value:(stable-first source)"
      )
      assert.include(
        specs,
        "*--cache-dir[The cache's folder, relative to the project's root]:value:_files -/"
      )
      assert.include(specs, ":file:_files")
      assert.notInclude(asked, "wizard")
    })
  )
})
