/**
 * Real processes for tests: a TypeScript file is bundled once and run by Node. The bundle lies in the project's
 * `node_modules`, from where the native driver resolves.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { build } from "esbuild"
import * as ChildProcess from "node:child_process"
import { randomUUID } from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Readline from "node:readline"
import { fileURLToPath } from "node:url"
import { engines } from "../../scripts/engines.mjs"

export interface Child {
  readonly pid: number
  /** Waits for the first line on stdout that begins so; a defect when the process ends without it. */
  readonly line: (start: string) => Effect.Effect<string>
  /** Writes a line to its stdin. */
  readonly send: (line: string) => Effect.Effect<void>
  readonly kill: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** Waits for the end. */
  readonly exit: Effect.Effect<Ended>
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: ReadonlyArray<string>
  readonly stderr: string
}

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Packages stay outside of the bundle only where they must: loading hundreds of files costs more than the test. */
const external = ["better-sqlite3", "pg-native", "vitest", ...engines]
// under a name of its own: a bundled module may import it too
const nodeRequire = `import { createRequire as createNodeRequire } from "node:module"; const require = createNodeRequire(import.meta.url);`

/** Bundles a program, path relative to the project; the scope removes the bundle. */
export const bundle = (entry: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const outfile = Path.join(
        root,
        "node_modules",
        ".aegis-test",
        `${Path.basename(entry, ".ts")}-${randomUUID()}.mjs`
      )
      await build({
        entryPoints: [Path.join(root, entry)],
        outfile,
        bundle: true,
        platform: "node",
        format: "esm",
        target: "node20",
        external,
        banner: { js: nodeRequire },
        logLevel: "silent"
      })
      return outfile
    }),
    (outfile) => Effect.sync(() => Fs.rmSync(outfile, { force: true }))
  )

/** Runs a bundle, or any program that `command` puts in front of it; the scope kills what is still running. */
export const spawn = (
  program: string,
  args: ReadonlyArray<string>,
  options: ChildProcess.SpawnOptionsWithoutStdio & { readonly command?: ReadonlyArray<string> } = {}
): Effect.Effect<Child, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const [command = process.execPath, ...rest] = [
        ...(options.command ?? []),
        process.execPath,
        program,
        ...args
      ]
      return start(ChildProcess.spawn(command, rest, options))
    }),
    (child) => Effect.zipRight(child.kill("SIGKILL"), child.exit)
  )

/** As `bundle` and `spawn` in one. */
export const bundleAndSpawn = (
  entry: string,
  ...run: typeof spawn extends (program: string, ...rest: infer Rest) => unknown ? Rest : never
): Effect.Effect<Child, never, Scope.Scope> =>
  Effect.flatMap(bundle(entry), (program) => spawn(program, ...run))

const start = (running: ChildProcess.ChildProcessWithoutNullStreams): Child => {
  const stdout: Array<string> = []
  const listeners = new Set<() => void>()
  let stderr = ""
  let ended: Ended | undefined
  const tell = (): void => listeners.forEach((listener) => listener())
  Readline.createInterface({ input: running.stdout }).on("line", (line) => {
    stdout.push(line)
    tell()
  })
  running.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk))
  // A child that was killed closes its stdin under us.
  running.stdin.on("error", () => {})
  running.once("close", (code, signal) => {
    ended = { code, signal, stdout, stderr }
    tell()
  })

  const when = <A>(found: () => A | undefined): Effect.Effect<A> =>
    Effect.async((resume) => {
      const look = (): void => {
        const value = found()
        if (value === undefined) return
        listeners.delete(look)
        resume(Effect.succeed(value))
      }
      listeners.add(look)
      look()
      return Effect.sync(() => listeners.delete(look))
    })

  return {
    pid: running.pid ?? -1,
    line: (start) =>
      Effect.flatMap(
        when(() => stdout.find((line) => line.startsWith(start)) ?? ended),
        (found) =>
          typeof found === "string"
            ? Effect.succeed(found)
            : Effect.dieMessage(`No line "${start}": ${found.stderr}`)
      ),
    send: (line) => Effect.sync(() => void running.stdin.write(`${line}\n`)),
    kill: (signal) => Effect.sync(() => void running.kill(signal)),
    exit: when(() => ended)
  }
}
