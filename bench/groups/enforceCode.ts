/**
 * Whole processes of `aegis enforce` over Effect's own source, against a process of ESLint with the same rules and options. Both
 * judge in one thread, and write what they found as JSON. `BENCH_CODE_FILES` makes the corpus smaller than 363 files.
 */
import { spawnSync } from "node:child_process"
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { performance } from "node:perf_hooks"
import { fileURLToPath } from "node:url"
import { inFolder } from "../aegis.js"
import { type Candidate, compare } from "../harness.js"
import { atMost, group, rounds, tableOf } from "../report.js"

// bundled into bench/.build
const root = fileURLToPath(new URL("../..", import.meta.url))
const launcher = join(root, "dist/bin/aegis.cjs")
const source = join(root, "node_modules/effect/src")
const alone = join(root, "bench/eslintAlone.mjs")
const standards = join(root, "rulepacks/standards/pack.yaml")
const limit = Number(process.env["BENCH_CODE_FILES"] ?? 363)

/** The rules of which a differential test shows that oxlint finds the same. */
const equal = `schemaVersion: 1
id: equal
version: 1.0.0
rules:
  - { id: no-explicit-any, kind: eslint, rule: "@typescript-eslint/no-explicit-any" }
  - { id: prefer-const, kind: eslint, rule: prefer-const }
  - { id: no-var, kind: eslint, rule: no-var }
`

const countIn = (text: string): number => {
  const found: unknown = JSON.parse(text)
  if (Array.isArray(found)) {
    return found.reduce((sum: number, file: { readonly errorCount: number }) => sum + file.errorCount, 0)
  }
  return typeof found === "object" && found !== null && "errors" in found ? Number(found.errors) : Number.NaN
}

await group("enforceCode", () =>
  inFolder(async (folder) => {
    if (!existsSync(launcher)) throw new Error("There is no dist/bin/aegis.cjs: run `npm run build` first.")
    writeFileSync(join(folder, "package.json"), "{}")
    mkdirSync(join(folder, "rulepacks/equal"), { recursive: true })
    writeFileSync(join(folder, "rulepacks/equal/pack.yaml"), equal)
    const files = readdirSync(source, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .sort()
      .slice(0, limit)
    for (const path of files) {
      mkdirSync(dirname(join(folder, "src", path)), { recursive: true })
      cpSync(join(source, path), join(folder, "src", path))
    }

    const out = join(folder, "out.json")
    const expected = new Map<string, number>()
    /** A process whose findings are as many as those of any other by the same pack. */
    const spawned = (
      pack: string,
      name: string,
      args: ReadonlyArray<string>,
      before: () => void = () => {},
      env: Readonly<Record<string, string>> = {}
    ): Candidate => ({
      name,
      sample: () => {
        before()
        const start = performance.now()
        const { status, stderr, stdout } = spawnSync(process.execPath, args, {
          cwd: folder,
          encoding: "utf8",
          env: { ...process.env, ...env },
          maxBuffer: 1 << 28
        })
        const micros = (performance.now() - start) * 1000
        if (status !== 0 && status !== 1) throw new Error(`${name} ended with ${String(status)}: ${stderr}`)
        const count = countIn(stdout === "" ? readFileSync(out, "utf8") : stdout)
        if ((expected.get(pack) ?? count) !== count)
          throw new Error(`${name} found ${count} of another number.`)
        expected.set(pack, count)
        return micros
      }
    })
    const forget = (): void => rmSync(join(folder, ".aegis"), { recursive: true, force: true })
    const aegis = (pack: string): ReadonlyArray<string> => [
      launcher,
      "enforce",
      "src",
      "--rulepack",
      pack,
      "--json"
    ]
    const edit = (): void => appendFileSync(join(folder, "src", files[0] ?? ""), "// another line\n")
    // what is measured again has to have been judged once
    const judged = (): void => {
      if (!existsSync(join(folder, ".aegis")))
        spawnSync(process.execPath, aegis("standards"), { cwd: folder })
    }

    const cold = "aegis enforce, cold"
    const again = "aegis enforce, nothing changed"
    const changed = "aegis enforce, one file changed"
    const eslint = "ESLint alone"
    const five = await compare({
      base: spawned("standards", eslint, [alone, standards, out]),
      candidates: [
        spawned("standards", cold, aegis("standards"), forget),
        spawned("standards", again, aegis("standards"), judged),
        spawned("standards", changed, aegis("standards"), () => {
          judged()
          edit()
        })
      ],
      rounds: rounds(6),
      warmUp: 1
    })
    const oxlint = "aegis enforce with oxlint, cold"
    const three = await compare({
      base: spawned("equal", eslint, [alone, join(folder, "rulepacks/equal/pack.yaml"), out]),
      candidates: [spawned("equal", oxlint, aegis("equal"), forget, { AEGIS_ENGINES: "oxlint" })],
      rounds: rounds(6),
      warmUp: 1
    })
    const faster = three.ratio(eslint, oxlint)
    return {
      goals: [
        atMost(`five rules, ${files.length} files, cold, to ESLint alone`, five.ratio(cold, eslint), 1.1),
        atMost("… nothing changed, to cold", five.ratio(again, cold), 0.05),
        atMost("… one file changed, to cold", five.ratio(changed, cold), 0.1),
        {
          what: "three rules that oxlint judges as ESLint does, cold, to ESLint alone",
          goal: ">= 5 x faster",
          measured: `${faster.median.toFixed(2)} x (${faster.low.toFixed(2)}-${faster.high.toFixed(2)})`,
          met: faster.median >= 5
        }
      ],
      tables: [tableOf("Five rules over code", five), tableOf("Three rules over code", three)]
    }
  })
)
