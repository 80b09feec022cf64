/** The built `aegis` command, run as a process of its own: what is tested is what a shell gets. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll } from "vitest"
import { copyCommand } from "../../support/bundledCommand.js"
import { tempDir } from "../../support/tempDir.js"

export interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess.ChildProcessWithoutNullStreams
  /** Waits until stdout holds this text. */
  readonly printed: (text: string) => Effect.Effect<void>
  readonly result: Effect.Effect<Result>
}

const root = fileURLToPath(new URL("../../..", import.meta.url))

/** A copy for each test file, with the rulepacks beside it. It lies in node_modules, from where the native driver resolves. */
const folder = Path.join(root, "node_modules", ".aegis-test", String(process.pid))
export const bin = Path.join(folder, "bin")
let copied: Promise<unknown> | undefined
afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

const command = Effect.promise(
  () =>
    (copied ??= (async () => {
      Fs.cpSync(Path.join(root, "rulepacks"), Path.join(folder, "rulepacks"), { recursive: true })
      await copyCommand(bin)
    })())
)

/** No variable of the machine that runs the tests reaches the command. */
const quietEnv = { PATH: process.env["PATH"], HOME: "/nonexistent", TMPDIR: process.env["TMPDIR"] }

export interface Options {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

/** Starts the command in a folder; the scope kills it if it still runs. */
export const start = (
  cwd: string,
  words: ReadonlyArray<string>,
  options: Options = {}
): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.zipRight(
    command,
    Effect.acquireRelease(
      Effect.sync(() => {
        const child = ChildProcess.spawn(process.execPath, [Path.join(bin, "aegis.cjs"), ...words], {
          cwd,
          env: { ...quietEnv, ...options.env }
        })
        let stdout = ""
        let stderr = ""
        const listeners = new Set<() => void>()
        child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
          stdout += chunk
          for (const listener of listeners) listener()
        })
        child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk))
        child.stdin.on("error", () => {})
        child.stdin.end(options.stdin ?? "")
        const ended = new Promise<Result>((resolve) =>
          child.once("close", (code) => resolve({ code, stdout, stderr }))
        )
        return {
          child,
          printed: (text: string) =>
            Effect.promise(
              () =>
                new Promise<void>((resolve) => {
                  const look = (): void => {
                    if (!stdout.includes(text)) return
                    listeners.delete(look)
                    resolve()
                  }
                  listeners.add(look)
                  look()
                })
            ),
          result: Effect.promise(() => ended)
        }
      }),
      ({ child, result }) =>
        Effect.zipRight(
          Effect.sync(() => child.kill("SIGKILL")),
          result
        )
    )
  )

/** Runs the command to its end with its output going to a file or a device; `stdout` is empty. */
export const aegisTo = (path: string, cwd: string, words: ReadonlyArray<string>): Effect.Effect<Result> =>
  Effect.zipRight(
    command,
    Effect.acquireUseRelease(
      Effect.sync(() => Fs.openSync(path, "w")),
      (descriptor) =>
        Effect.sync(() => {
          const { status, stderr } = ChildProcess.spawnSync(
            process.execPath,
            [Path.join(bin, "aegis.cjs"), ...words],
            { cwd, env: quietEnv, stdio: ["ignore", descriptor, "pipe"], encoding: "utf8" }
          )
          return { code: status, stdout: "", stderr }
        }),
      (descriptor) => Effect.sync(() => Fs.closeSync(descriptor))
    )
  )

/** Runs the command to its end. */
export const aegis = (
  cwd: string,
  words: ReadonlyArray<string>,
  options: Options = {}
): Effect.Effect<Result> => Effect.scoped(Effect.flatMap(start(cwd, words, options), ({ result }) => result))

export const prompt = `---
provider: anthropic
model: claude-sonnet-5
---
<requirements>
Be brief.
</requirements>

<style_guide src="style.md"/>

Why does it miss?
`

/** A project with a prompt, its style guide, and files of one's own. */
export const project = (
  files: Readonly<Record<string, string>> = {}
): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(tempDir, (folder) => {
    const all = { "package.json": "{}", "a.prompt.md": prompt, "style.md": "Short names.\n", ...files }
    for (const [path, text] of Object.entries(all)) {
      Fs.mkdirSync(Path.dirname(Path.join(folder, path)), { recursive: true })
      Fs.writeFileSync(Path.join(folder, path), text)
    }
    return folder
  })
