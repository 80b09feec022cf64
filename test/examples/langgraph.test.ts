/** The example of LangGraph, each step in a process of its own, as its README says. */
import { assert, describe, it } from "@effect/vitest"
import { build } from "esbuild"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { pgUrl, tempDatabase } from "../support/postgres.js"
import { tempDir } from "../support/tempDir.js"

const root = Path.resolve(import.meta.dirname, "../..")

/** The example in a folder from which the packages of this project are found. */
const built = Effect.acquireRelease(
  Effect.promise(async () => {
    const folder = Fs.mkdtempSync(Path.join(root, "node_modules/.aegis-example-"))
    const outfile = Path.join(folder, "main.mjs")
    await build({
      entryPoints: [Path.join(root, "examples/langgraph/main.ts")],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      logLevel: "silent"
    })
    return { folder, outfile }
  }),
  ({ folder }) => Effect.sync(() => Fs.rmSync(folder, { recursive: true }))
)

interface Notes {
  readonly plan: string
  readonly notes: ReadonlyArray<string>
}

/** Where the runs lie, as variables of the environment. */
const databases: ReadonlyArray<
  readonly [name: string, env: Effect.Effect<Readonly<Record<string, string>>, never, Scope.Scope>]
> = [
  ["SQLite", Effect.succeed({})],
  ...(pgUrl === undefined
    ? []
    : [["Postgres", Effect.map(tempDatabase, (url) => ({ AEGIS_DATABASE_URL: url }))] as const])
]

describe.each(databases)("the example of LangGraph on %s", (_name, variables) => {
  it.scoped(
    "asks, dies, goes on and forks",
    () =>
      Effect.gen(function* () {
        const { outfile } = yield* built
        const cwd = yield* tempDir
        const env = { PATH: process.env["PATH"] ?? "", ...(yield* variables) }
        const step = (name: string): { readonly signal: string | null; readonly state: () => Notes } => {
          const { signal, stderr, stdout } = spawnSync(process.execPath, [outfile, name], {
            cwd,
            encoding: "utf8",
            env
          })
          assert.strictEqual(stderr, "")
          // the example prints the state of its graph
          return { signal, state: () => JSON.parse(stdout) as Notes }
        }
        assert.deepStrictEqual(step("start").state().notes, ["planned"])
        assert.strictEqual(step("crash").signal, "SIGKILL")
        const plan = "An essay on caches: outline, then text"
        assert.deepStrictEqual(step("resume").state().notes, [
          "planned",
          "a person said yes",
          `wrote along "${plan}"`
        ])
        const forked = step("fork").state()
        assert.strictEqual(forked.plan, "a poem instead")
        assert.deepStrictEqual(forked.notes.slice(-2), [
          "a person said yes, a poem",
          'wrote along "a poem instead"'
        ])
      }),
    60_000
  )
})
