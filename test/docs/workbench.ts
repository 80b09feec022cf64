/** A place to run what the documentation says: a copy of the project, the command, and providers on loopback. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import { randomUUID } from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { copyCommand } from "../support/bundledCommand.js"
import { tempDir } from "../support/tempDir.js"
import { fakeAnthropic, fakeChat, fakeOpenAi } from "../support/fakes/index.js"
import { root } from "./markdown.js"

/** How a program ended, and everything that it wrote to stdout and stderr, in order. */
export interface Ran {
  readonly code: number | null
  readonly output: string
}

/** Runs a program to its end; it is killed with the scope of its fiber. */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }
): Effect.Effect<Ran> =>
  Effect.async((resume) => {
    const child = ChildProcess.spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk))
    }
    child.once("error", (cause) => resume(Effect.die(cause)))
    child.once("close", (code) => resume(Effect.succeed({ code, output })))
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** The folder for bundles: inside of the project, from where the native driver resolves. */
export const bundles: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = Path.join(root, "node_modules/.aegis-test", `docs-${randomUUID()}`)
    Fs.mkdirSync(folder, { recursive: true })
    // a project of its own: the settings of this repository are for its gate
    Fs.writeFileSync(Path.join(folder, "aegis.config.json"), "{}")
    return folder
  }),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
)

/** The rulepacks that come with Aegis, where what lies in a folder beside them looks for them. */
export const layRulepacks = (folder: string): void =>
  Fs.cpSync(Path.join(root, "rulepacks"), Path.join(folder, "rulepacks"), { recursive: true })

const script = (name: string): string => fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url))

/** A folder with `aegis` and `npx` in it: the command as scripts/bundle.mjs makes it of the sources of now. */
export const commands: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function* () {
  const folder = yield* bundles
  const bundle = Path.join(folder, "bin")
  layRulepacks(folder)
  yield* Effect.promise(() => copyCommand(bundle))
  // every command of these pages starts with it: half a second each on a busy machine
  const warm = [script("codeCache.mjs"), bundle, "cache", "stats"]
  const ran = yield* run(process.execPath, warm, { cwd: folder, env: {} })
  if (ran.code !== 0) yield* Effect.dieMessage(`The command does not run: ${ran.output}`)
  const path = Path.join(folder, "path")
  Fs.mkdirSync(path)
  const command = `exec "${process.execPath}" "${Path.join(bundle, "aegis.cjs")}" "$@"`
  Fs.writeFileSync(Path.join(path, "aegis"), `#!/bin/sh\n${command}\n`, { mode: 0o755 })
  Fs.writeFileSync(
    Path.join(path, "npx"),
    `#!/bin/sh\n[ "$1" = aegis ] || { echo "npx $1 is not documented" >&2; exit 64; }\nshift\n${command}\n`,
    { mode: 0o755 }
  )
  return path
})

/** The five providers, each where the settings say. */
export const providers: Effect.Effect<Readonly<Record<string, string>>, never, Scope.Scope> = Effect.map(
  Effect.all([
    fakeAnthropic({ answer: "Hello from the provider." }),
    fakeOpenAi({ answer: "Hello from the provider." }),
    fakeChat("vllm", { model: "qwen3-8b", answer: "Hello from the provider." }),
    fakeChat("sglang", { model: "qwen3-8b", answer: "Hello from the provider." }),
    fakeChat("llama-cpp", { model: "qwen3-8b", answer: "Hello from the provider." })
  ]),
  ([anthropic, openai, vllm, sglang, llamaCpp]) => ({
    AEGIS_ANTHROPIC_BASE_URL: anthropic.url,
    AEGIS_OPENAI_BASE_URL: `${openai.url}/v1`,
    AEGIS_VLLM_BASE_URL: vllm.url,
    AEGIS_SGLANG_BASE_URL: sglang.url,
    AEGIS_LLAMA_CPP_BASE_URL: llamaCpp.url
  })
)

/**
 * The settings are those of this repository's gate: readers write their own. The sources of the rulepacks would be a second set of
 * them beside the command that is bundled here.
 */
const leftOut = new Set([
  ".git",
  ".aegis",
  "aegis.config.json",
  "node_modules",
  "dist",
  "coverage",
  "bench",
  "test",
  "rulepacks"
])

/** A copy of the project as it is checked out, with what is installed. */
export const projectCopy: Effect.Effect<string, never, Scope.Scope> = Effect.map(tempDir, (folder) => {
  const project = Path.join(folder, "project")
  Fs.cpSync(root, project, { recursive: true, filter: (path) => !leftOut.has(Path.relative(root, path)) })
  Fs.symlinkSync(Path.join(root, "node_modules"), Path.join(project, "node_modules"))
  return project
})

/**
 * Runs the shell blocks of one page in their order, as in one terminal: what a block exports and where it goes to holds
 * for the next. A block stops at its first failing command.
 */
export const terminal = (
  project: string,
  env: Readonly<Record<string, string>>
): Effect.Effect<(block: string) => Effect.Effect<Ran>, never, Scope.Scope> =>
  Effect.map(tempDir, (home) => {
    const state = Path.join(home, "state")
    Fs.writeFileSync(state, `cd "${project}"\n`)
    const wrap = (block: string): string =>
      `. "${state}"\ntrap '{ export -p; echo "cd \\"$PWD\\""; } > "${state}"' EXIT\nset -e\nexec 2>&1\n${block}\n`
    return (block) =>
      run("sh", ["-c", wrap(block)], { cwd: project, env: { HOME: home, LC_ALL: "C.UTF-8", ...env } }).pipe(
        // the pages show a project in the reader's home
        Effect.map((ran) => ({ ...ran, output: ran.output.replaceAll(project, "~/project") }))
      )
  })
