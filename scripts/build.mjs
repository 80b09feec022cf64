// `npm run build`: dist/ from nothing. The library with its types, file by file; the `aegis` command as a bundle with V8's
// compiled code; the JSON Schema of aegis.config.json; the built-in rulepacks. Runs by itself after `npm ci` and before `npm pack`.
import { spawnSync } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { bundle } from "./bundle.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const dist = join(root, "dist")
const bin = join(dist, "bin")

const run = (args, cwd = root) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "", OTEL_EXPORTER_OTLP_ENDPOINT: "" }
  })
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}\n${stdout}${stderr}`)
  return stdout
}

const compile = () => {
  rmSync(dist, { recursive: true, force: true })
  run([join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"])
}

/** What a pack has beside its code, which is compiled: pack.yaml, README.md; and of one with code, the hash of its sources. */
const copyPacks = async () => {
  const packs = join(root, "rulepacks")
  cpSync(packs, join(dist, "rulepacks"), {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || !path.endsWith(".ts")
  })
  const { hashOf, readFolder } = await import(pathToFileURL(join(dist, "layers/enforce/packFolder.js")).href)
  for (const name of readdirSync(packs)) {
    if (!existsSync(join(packs, name, "pack.ts"))) continue
    const files = readFolder(join(packs, name))
    if (files._tag === "Left") throw new Error(`${name}: ${files.left.problem}`)
    writeFileSync(join(dist, "rulepacks", name, ".hash"), `${hashOf(files.right)}\n`)
  }
}

const writeSettingsSchema = async () => {
  const { settingsJsonSchema } = await import(pathToFileURL(join(dist, "src/cli/settingsSchema.js")).href)
  writeFileSync(
    join(dist, "aegis.config.schema.json"),
    `${JSON.stringify(settingsJsonSchema(), undefined, 2)}\n`
  )
}

const warmingPack = `schemaVersion: 1
id: warm
version: 1.0.0
rules:
  - { id: names, kind: selector, severity: warning, selector: "TSInterfaceDeclaration", message: "An interface." }
`

/** Runs what people run most, so that V8 keeps the code of it. */
const writeCodeCache = () => {
  const project = mkdtempSync(join(tmpdir(), "aegis-build-"))
  try {
    writeFileSync(join(project, "package.json"), "{}")
    writeFileSync(
      join(project, "a.prompt.md"),
      '---\nprovider: anthropic\nmodel: claude-sonnet-5\n---\n<style_guide src="style.md"/>\n<file_map src="*.md"/>\nHello\n'
    )
    writeFileSync(join(project, "state.json"), '{"step":1}')
    writeFileSync(join(project, "style.md"), "Be brief.\n")
    writeFileSync(join(project, "b.prompt.md"), "---\nprovider: openai\nmodel: gpt-5.4\n---\nHello\n")
    const warm = (...words) => run([join(root, "scripts/codeCache.mjs"), bin, ...words], project)
    // misses first: what they leave of the bundle of the hit is the code of a program with other flags
    warm("cache", "resolve", "--layout", "stable-first", "a.prompt.md")
    warm("cache", "resolve", "b.prompt.md")
    warm("cache", "resolve", "a.prompt.md")
    warm("cache", "resolve", "a.prompt.md", "--json")
    warm("cache", "why", "a.prompt.md")
    warm("--version")
    warm("--help")
    warm("cache", "stats")
    warm("cache", "verify")
    warm("cache", "prune", "--dry-run")
    warm("cache", "stats", "--namespace", "default")
    warm("cache", "invalidate", "--all", "--namespace", "default")
    warm("schema", "ResolveInput")
    warm("checkpoint", "save", "state.json", "--thread", "run")
    warm("checkpoint", "show", "run:main")
    warm("checkpoint", "list")
    warm("checkpoint", "log")
    warm("doctor")
    warm("init")
    // what was judged and is judged again, and a file of its own: a rule that warns, over code as it is written
    mkdirSync(join(project, "rulepacks/warm"), { recursive: true })
    writeFileSync(join(project, "rulepacks/warm/pack.yaml"), warmingPack)
    cpSync(join(root, "src/enforce"), join(project, "src"), { recursive: true })
    const judge = () => warm("enforce", "src", "--rulepack", "standards", "--rulepack", "warm", "--json")
    judge()
    judge()
    warm("enforce", "src", "--rulepack", "warm")
  } finally {
    rmSync(project, { recursive: true })
  }
}

/**
 * `npx aegis` in a checkout: npm links the project into its cache first, and prepares it as if it had just been installed. To build
 * what is there again would take the reader of the README half a minute, and the files from under every command that runs.
 */
const linked = process.env.npm_lifecycle_event === "prepare" && process.env.npm_command === "exec"
if (linked && existsSync(join(bin, "aegis.cjs"))) process.exit()

const timed = async (what, step) => {
  const start = performance.now()
  await step()
  console.log(`${what} ${((performance.now() - start) / 1000).toFixed(1)} s`)
}

await timed("compile", compile)
await timed("packs  ", copyPacks)
await timed("schema ", writeSettingsSchema)
await timed("bundle ", () => bundle(bin))
await timed("warm   ", writeCodeCache)
