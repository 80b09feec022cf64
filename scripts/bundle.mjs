// Bundles the `aegis` command: one CommonJS chunk for what every run needs, others that are read when they are asked for.
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

/** Writes the chunks and the launcher to `outdir`; returns the names of the chunks. */
export const bundle = async (outdir) => {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["layers/main.ts"],
    outdir,
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: "node20.12",
    mainFields: ["module", "main"],
    external: ["pg-native"],
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [nativeModules],
    chunkNames: "[name]-[hash]",
    legalComments: "none",
    logLevel: "warning"
  })
  await rm(outdir, { recursive: true, force: true })
  await mkdir(outdir, { recursive: true })
  const names = []
  for (const file of outputFiles) {
    const name = basename(file.path).replace(/\.js$/, ".cjs")
    const { code } = await transform(file.text.replaceAll(/(["'])(\.\/[\w-]+)\.js\1/g, "$1$2.cjs$1"), {
      format: "cjs",
      platform: "node",
      target: "node20.12",
      minify: true,
      legalComments: "none",
      // chunks are read by the launcher's require, so import() of one is a require too
      supported: { "dynamic-import": false },
      define: { "import.meta.url": "moduleUrl" }
    })
    await writeFile(
      join(outdir, name),
      `(function(exports,require,module,nativeRequire,moduleUrl){${code}\n})`
    )
    names.push(name)
  }
  const launcher = await readFile(join(root, "scripts/launcher/aegis.cjs"))
  await writeFile(join(outdir, "aegis.cjs"), launcher, { mode: 0o755 })
  return { names, metafile }
}
