/** Whole processes of the `aegis` command, against a Node.js that does nothing. */
import { spawnSync } from "node:child_process"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { fileURLToPath } from "node:url"
import { inFolder } from "../aegis.js"
import { contents, source } from "../fixtures.js"
import { compare, type Candidate } from "../harness.js"
import { atMost, group, rounds, tableOf } from "../report.js"

const launcher = fileURLToPath(new URL("../../dist/bin/aegis.cjs", import.meta.url))
const prompt = "feature.prompt.md"
const hit = `aegis cache resolve ${prompt}`
const hits = [hit, `${hit} --json`]
const others = [
  "aegis --version",
  "aegis --help",
  "aegis cache stats",
  "aegis cache verify",
  `aegis cache why ${prompt}`,
  "aegis cache prune --dry-run",
  "aegis schema ResolveInput",
  // these want the parser
  "aegis cache stats --namespace other",
  "aegis cache invalidate --all --namespace other",
  "aegis doctor",
  "aegis init"
]

await group("cli", () =>
  inFolder(async (root) => {
    if (!existsSync(launcher)) throw new Error("There is no dist/bin/aegis.cjs: run `npm run build` first.")
    writeFileSync(join(root, "package.json"), "{}")
    writeFileSync(
      join(root, prompt),
      `---\nprovider: openai\nmodel: gpt-5\n---\n${source(contents(1, 10_240))}`
    )
    const spawned = (name: string, args: ReadonlyArray<string>): Candidate => ({
      name,
      sample: () => {
        const start = performance.now()
        const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" })
        const micros = (performance.now() - start) * 1000
        if (status !== 0) throw new Error(`${name} ended with ${String(status)}: ${stderr}`)
        return micros
      }
    })
    const command = (words: string): Candidate => spawned(words, [launcher, ...words.split(" ").slice(1)])
    const [first] = hits
    if (first !== undefined) await command(first).sample()

    const nothing = "node -e 0"
    const comparison = await compare({
      base: spawned(nothing, ["-e", "0"]),
      candidates: [...hits, ...others].map(command),
      rounds: rounds(21)
    })
    return {
      goals: [
        ...hits.map((name) =>
          atMost(
            `\`${name}\` hit, 40 KB, whole process, to \`${nothing}\``,
            comparison.ratio(name, nothing),
            1.5
          )
        ),
        ...others.map((name) =>
          atMost(`\`${name}\`, whole process, to \`${nothing}\``, comparison.ratio(name, nothing), 2.2)
        )
      ],
      tables: [tableOf("Command line", comparison)]
    }
  })
)
