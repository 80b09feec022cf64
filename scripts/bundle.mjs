// Bundles the `aegis` command twice from the same sources: whole, in CommonJS chunks that are read when they are asked for,
// and once more in a single chunk for `cache resolve FILE`, which is run most and loads fastest in one piece.
import { build, transform } from "esbuild"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

// better-sqlite3 finds its native module by walking stack frames and folders, which takes longer than a query. Here it
// is where npm put it. `nativeRequire` is the launcher's own require.
const nativeModule = `
const { dirname, join } = nativeRequire("node:path")
module.exports = (name) => {
  let folder
  try {
    folder = dirname(nativeRequire.resolve("better-sqlite3/package.json"))
  } catch {
    throw new Error("Could not locate the bindings file: better-sqlite3 is not installed")
  }
  try {
    return nativeRequire(join(folder, "build", "Release", name))
  } catch (error) {
    if (error.code === "MODULE_NOT_FOUND") throw new Error("Could not locate the bindings file in " + folder)
    throw error
  }
}`

const nativeModules = {
  name: "native-modules",
  setup: (esbuild) => {
    esbuild.onResolve({ filter: /^bindings$/ }, () => ({ path: "bindings", namespace: "native" }))
    esbuild.onLoad({ filter: /.*/, namespace: "native" }, () => ({ contents: nativeModule, loader: "js" }))
  }
}

const common = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
  target: "node20.12",
  mainFields: ["module", "main"],
  external: ["pg-native"],
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  logLevel: "warning"
}

/** Libraries that hold no state of ours, so that both bundles can load the same chunk of them. */
const libraries = {
  openai: "openai",
  anthropic: "@anthropic-ai/sdk",
  o200k: "gpt-tokenizer/encoding/o200k_base",
  cl100k: "gpt-tokenizer/encoding/cl100k_base",
  prices: "@pydantic/genai-prices",
  table: "cli-table3",
  spinner: "yocto-spinner"
}

/** In the bundle of the plain resolve: what it always needs stands in it, libraries are the other bundle's chunks. */
const plainOnly = {
  name: "plain-only",
  setup: (esbuild) => {
    esbuild.onResolve({ filter: /.*/ }, ({ kind, path }) => {
      if (kind !== "dynamic-import") return undefined
      const library = Object.entries(libraries).find(([, name]) => name === path)?.[0]
      if (library !== undefined) return { path: `./lib-${library}.js`, external: true }
      return always.has(path) ? undefined : { path, namespace: "unreachable" }
    })
    // The launcher gives every command that could come here to the other bundle.
    esbuild.onLoad({ filter: /.*/, namespace: "unreachable" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not part of this bundle`)})`
    }))
  }
}
const always = new Set(["./AegisLive.js", "./cli/plainResolve.js", "better-sqlite3", "tinyglobby"])

/** A chunk as the launcher loads it: CommonJS in a function, in ASCII. */
const toCommonJs = async (text) => {
  const { code } = await transform(text.replaceAll(/(["'])(\.\/[\w-]+)\.js\1/g, "$1$2.cjs$1"), {
    format: "cjs",
    platform: "node",
    target: "node20.12",
    minify: true,
    legalComments: "none",
    // chunks are read by the launcher's require, so import() of one is a require too
    supported: { "dynamic-import": false },
    define: { "import.meta.url": "moduleUrl" }
  })
  return `(function(exports,require,module,nativeRequire,moduleUrl){${code}\n})`
}

/** Writes the chunks and the launcher to `outdir`. */
export const bundle = async (outdir) => {
  const whole = await build({
    ...common,
    entryPoints: {
      main: "layers/main.ts",
      ...Object.fromEntries(Object.entries(libraries).map(([name, path]) => [`lib-${name}`, path]))
    },
    outdir,
    splitting: true,
    plugins: [nativeModules],
    chunkNames: "[name]-[hash]"
  })
  const plain = await build({
    ...common,
    entryPoints: { plain: "layers/main.ts" },
    outdir,
    plugins: [nativeModules, plainOnly]
  })
  await rm(outdir, { recursive: true, force: true })
  await mkdir(outdir, { recursive: true })
  for (const file of [...whole.outputFiles, ...plain.outputFiles]) {
    const name = basename(file.path).replace(/\.js$/, ".cjs")
    await writeFile(join(outdir, name), await toCommonJs(file.text))
  }
  const launcher = await readFile(join(root, "scripts/launcher/aegis.cjs"))
  await writeFile(join(outdir, "aegis.cjs"), launcher, { mode: 0o755 })
}
