/** Every TypeScript block of the documentation compiles against the sources; those marked `program` run. */
import { engines } from "../../scripts/engines.mjs"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { build } from "esbuild"
import * as Path from "node:path"
import ts from "typescript"
import { disagreement, fencesOf, pages, root, type Fenced } from "./markdown.js"
import { tempDir } from "../support/tempDir.js"
import { bundles, layRulepacks, providers, run } from "./workbench.js"

/** The package's entry points, and the sources behind them. */
const entries: Readonly<Record<string, string>> = {
  "aegis-prompt-cache": "src/index.ts",
  "aegis-prompt-cache/effect-ai": "layers/effectAi/index.ts",
  "aegis-prompt-cache/langgraph": "layers/langgraph/index.ts",
  "aegis-prompt-cache/layers": "layers/index.ts",
  "aegis-prompt-cache/promise": "layers/promise.ts",
  "aegis-prompt-cache/testing": "layers/testing.ts"
}

const programs = pages.flatMap((page) => fencesOf(page)).filter(({ language }) => language === "ts")

/** A block is compiled as a file beside the page that it stands on. */
const fileOf = ({ file, line }: Fenced): string => Path.join(root, `${file}.${line}.ts`)

/** The compiler's complaints, by block, as `page:line: message`. Lines are those of the page. */
const complaints = (blocks: ReadonlyArray<Fenced>): ReadonlyArray<string> => {
  const config = ts.getParsedCommandLineOfConfigFile(
    Path.join(root, "tsconfig.json"),
    { paths: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, [`./${file}`]])) },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined }
  )
  if (config === undefined) return ["tsconfig.json cannot be read"]
  const texts = new Map(blocks.map((block) => [fileOf(block), block]))
  const options = { ...config.options, pathsBasePath: root }
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile, readFile } = host
  host.fileExists = (name) => texts.has(name) || fileExists(name)
  host.readFile = (name) => texts.get(name)?.code ?? readFile(name)
  host.getSourceFile = (name, ...rest) => {
    const block = texts.get(name)
    return block === undefined
      ? getSourceFile(name, ...rest)
      : ts.createSourceFile(name, block.code, {
          languageVersion: ts.ScriptTarget.ES2022,
          impliedNodeFormat: ts.ModuleKind.ESNext
        })
  }
  const program = ts.createProgram([...texts.keys()], options, host)
  return [...texts].flatMap(([name, block]) => {
    const source = program.getSourceFile(name)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText, start }) => {
        const line = source?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0
        return `${block.file}:${block.line + 1 + line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`
      }
    )
  })
}

/** Compiled with the rest, to see that what is wrong is found. */
const wrong: Fenced = {
  file: "docs/guides/wrong.md",
  line: 10,
  language: "ts",
  info: "",
  code: 'import { sha256 } from "aegis-prompt-cache"\n\nexport const hash: number = sha256("text")',
  output: undefined
}

describe("the programs of the documentation", () => {
  it("compile, and what is wrong in them is found at its line", { timeout: 90_000 }, () => {
    assert.isNotEmpty(programs)
    const [complaint, ...others] = complaints([wrong, ...programs])
    assert.match(complaint ?? "", /^docs\/guides\/wrong\.md:13: Type .* is not assignable to type 'number'/)
    assert.deepStrictEqual(others, [])
  })
})

const runnable = programs.filter(({ info }) => info === "program")
const nameOf = ({ file, line }: Fenced): string => `${Path.basename(file, ".md")}-${line}`

/** Bundles all of them, so that they find the sources under the package's name. */
const bundle = (outdir: string): Promise<unknown> =>
  build({
    entryPoints: runnable.map((block) => ({ in: `block:${fileOf(block)}`, out: nameOf(block) })),
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["better-sqlite3", "pg-native", ...engines],
    banner: { js: 'import { createRequire as cr } from "node:module"; const require = cr(import.meta.url);' },
    logLevel: "silent",
    plugins: [
      {
        name: "documentation",
        setup: (plugin) => {
          plugin.onResolve({ filter: /^block:/ }, ({ path }) => ({
            path: path.slice("block:".length),
            namespace: "block"
          }))
          plugin.onLoad({ filter: /.*/, namespace: "block" }, ({ path }) => ({
            contents: runnable.find((block) => fileOf(block) === path)?.code ?? "",
            loader: "ts",
            resolveDir: root
          }))
          plugin.onResolve({ filter: /^aegis-prompt-cache/ }, ({ path }) => ({
            path: Path.join(root, entries[path] ?? path)
          }))
        }
      }
    ]
  })

class Place extends Context.Tag("test/Place")<
  Place,
  { readonly folder: string; readonly env: Readonly<Record<string, string>> }
>() {
  static readonly layer = Layer.scoped(
    Place,
    Effect.gen(function* () {
      const place = yield* bundles
      const folder = Path.join(place, "programs")
      layRulepacks(place)
      yield* Effect.promise(() => bundle(folder))
      return { folder, env: yield* providers }
    })
  )
}

layer(Place.layer, { timeout: 60_000 })("the complete programs of the documentation", (it) => {
  for (const block of runnable) {
    it.scoped(
      `${block.file}:${block.line} runs`,
      () =>
        Effect.gen(function* () {
          const { env, folder } = yield* Place
          const ran = yield* run(process.execPath, [Path.join(folder, `${nameOf(block)}.mjs`)], {
            cwd: yield* tempDir,
            env: { ...env, ANTHROPIC_API_KEY: "test", OPENAI_API_KEY: "test" }
          })
          assert.strictEqual(ran.code, 0, ran.output)
          if (block.output === undefined) return
          const wrong = disagreement(block.output, ran.output)
          assert.isUndefined(wrong, `${wrong ?? ""}\n${ran.output}`)
        }),
      30_000
    )
  }
})
