/**
 * Pairs of successive versions of files, from npm packages that ship their sources. They are fetched with `npm pack` into a folder that is
 * kept from run to run and belongs to no commit.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"

/** Released versions, each compared with the one before it. */
const packages: ReadonlyArray<readonly [name: string, versions: ReadonlyArray<string>]> = [
  ["effect", ["3.16.17", "3.19.19", "3.22.4"]],
  ["zod", ["4.0.17", "4.2.1", "4.6.7"]],
  ["@tanstack/query-core", ["5.100.14", "5.104.5", "5.108.0"]],
  ["@tanstack/react-query", ["5.100.14", "5.104.5", "5.108.0"]],
  ["@tanstack/react-router", ["1.160.2", "1.166.8", "1.170.46"]],
  ["react-native-paper", ["5.8.0", "5.10.6", "5.11.7", "5.12.5", "5.14.5", "5.15.3"]],
  ["@gorhom/bottom-sheet", ["4.4.8", "4.6.4", "5.0.6", "5.2.14"]],
  ["@react-navigation/stack", ["7.4.10", "7.8.13", "7.12.1"]],
  ["@react-navigation/native-stack", ["7.13.0", "7.17.10", "7.21.0"]],
  ["@react-navigation/bottom-tabs", ["7.13.0", "7.17.2", "7.21.0"]],
  ["react-native-gesture-handler", ["2.31.2", "3.0.2", "3.5.0"]],
  ["react-native-svg", ["15.8.0", "15.12.1", "15.16.1"]]
]

export interface Pair {
  readonly name: string
  readonly path: string
  readonly original: string
  readonly modified: string
}

const least = 500
const most = 150_000
/** Files of one package at most, so that none speaks for all; packages that ship TSX are fewer. */
const mostOfOne = { ts: 60, tsx: 90 }

const isSource = (path: string): boolean => /\.tsx?$/.test(path) && !/\.d\.ts$/.test(path)

/** The folder of a version, fetched unless it is there. */
const fetched = (cache: string, name: string, version: string): string => {
  const folder = join(cache, `${name.replaceAll("/", "-")}-${version}`)
  if (existsSync(folder)) return folder
  const draft = `${folder}.tmp`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { recursive: true })
  const run = (command: string, args: ReadonlyArray<string>): string => {
    const { status, stderr, stdout } = spawnSync(command, args, { cwd: draft, encoding: "utf8" })
    if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${stderr}`)
    return stdout
  }
  run("npm", ["pack", `${name}@${version}`, "--silent", "--ignore-scripts"])
  const archive = readdirSync(draft).find((file) => file.endsWith(".tgz"))
  if (archive === undefined) throw new Error(`npm pack gave nothing for ${name}@${version}.`)
  run("tar", ["-xzf", archive, "--strip-components", "1"])
  rmSync(join(draft, archive))
  renameSync(draft, folder)
  return folder
}

/** The sources below a folder, by path, in order. */
const sourcesIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => isSource(path) && statSync(join(folder, path)).isFile())
    .sort()

/** All pairs, in the same order everywhere. */
export const pairs = (cache: string): ReadonlyArray<Pair> => {
  mkdirSync(cache, { recursive: true })
  return packages.flatMap(([name, versions]) => {
    const found: Array<Pair> = []
    for (const [index, version] of versions.entries()) {
      const before = versions[index - 1]
      if (before === undefined) continue
      const [one, other] = [fetched(cache, name, before), fetched(cache, name, version)]
      const there = new Set(sourcesIn(other))
      for (const path of sourcesIn(one).filter((each) => there.has(each))) {
        const [original, modified] = [
          readFileSync(join(one, path), "utf8"),
          readFileSync(join(other, path), "utf8")
        ]
        const sizes = [original.length, modified.length]
        if (original === modified || Math.min(...sizes) < least || Math.max(...sizes) > most) continue
        found.push({ name: `${name}@${version}`, path, original, modified })
      }
    }
    return [
      ...spread(
        found.filter(({ path }) => path.endsWith(".ts")),
        mostOfOne.ts
      ),
      ...spread(
        found.filter(({ path }) => path.endsWith(".tsx")),
        mostOfOne.tsx
      )
    ]
  })
}

/** At most so many of all, from everywhere among them, and the same ones every time. */
const spread = (all: ReadonlyArray<Pair>, count: number): ReadonlyArray<Pair> => {
  const step = Math.max(1, all.length / count)
  return all.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}
