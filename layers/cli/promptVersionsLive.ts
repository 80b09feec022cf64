/** Resolves the prompts of the project, and those of the commit that a change began at, each with its own files and settings. */
import * as NodeCommandExecutor from "@effect/platform-node/NodeCommandExecutor"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { PromptVersions, type PromptVersion, type Version } from "../../src/cli/ci/PromptVersions.js"
import { completeInput } from "../../src/cli/completeInput.js"
import { parseFrontMatter } from "../../src/prompt/frontMatter.js"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import * as Enforcer from "../../src/services/Enforcer.js"
import * as ScaffoldCache from "../../src/services/ScaffoldCache.js"
import * as VerdictMemo from "../../src/services/VerdictMemo.js"
import * as CacheLive from "../CacheLive.js"
import { loadConfig, type Sources } from "../ConfigFile.js"
import { gitBase, gitFilesAt, gitRenames } from "../enforce/gitBase.js"
import * as ProjectFilesNode from "../enforce/ProjectFilesNode.js"
import * as Rules from "../enforce/Rules.js"

/** The rule that finds what differs from call to call. It is the one of now for both versions. */
const pack = "prompt"
const busterRule = "prompt/cache-buster"

const executor = Layer.provide(NodeCommandExecutor.layer, NodeFileSystem.layer)

const workFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => Fs.realpathSync(Fs.mkdtempSync(Path.join(Os.tmpdir(), "aegis-ci-")))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
)

type Judge = Enforcer.Prepared["judge"]

/** What the rule says that there is in a block; the rule's words as a project may have them are no part of it. */
const reasonOf = (message: string): string => {
  const [, what] = /^There is (.*) in a block that should stay the same/.exec(message) ?? []
  return `holds ${what ?? "what differs from call to call"}`
}

/** What the rule says of each block. Judged one by one: a block that comes from a file has no place in the text. */
const changesOf = Effect.fnUntraced(function* (
  judge: Judge,
  path: string,
  { originalScaffold: { blocks, model, provider } }: PromptVersion["resolved"]
) {
  const changes = new Map<number, string>()
  for (const [at, block] of blocks.entries()) {
    const findings = yield* judge({
      path,
      text: block.content,
      prompt: { blocks: [block], provider, model }
    })
    const found = findings.find(({ rule }) => rule === busterRule)
    if (found !== undefined) changes.set(at, reasonOf(found.message))
  }
  return changes
})

type Versions = ReadonlyMap<string, Version>

/**
 * Resolves these prompts as the files in `cwd` make them; what is not there is left out. Nothing of it is a call of the user's: it goes
 * into no cache and no ledger of theirs, but into `cacheDir`.
 */
const versionsIn = (
  sources: Sources,
  cwd: string,
  cacheDir: string,
  prompts: ReadonlyArray<string>,
  judge: Judge
): Effect.Effect<Versions, Enforcer.JudgeError | CacheLive.AegisLiveError> =>
  Effect.gen(function* () {
    const config = yield* AegisConfig
    const cache = yield* ScaffoldCache.ScaffoldCache
    const files = ProjectFilesNode.make(cwd, cwd)
    const versions = new Map<string, Version>()
    for (const file of prompts) {
      const read = yield* Effect.either(files.read(file))
      if (Either.isLeft(read)) versions.set(file, Either.left(read.left.message))
      if (Either.isLeft(read) || Option.isNone(read.right)) continue
      const { text } = read.right.value
      const resolved = yield* Effect.gen(function* () {
        const { frontMatter } = yield* parseFrontMatter(text, file)
        const input = completeInput(text, config, frontMatter)
        if (typeof input === "string") return yield* Effect.fail({ message: `${input} is given for it` })
        return yield* cache.resolve(input, { bypass: true, file })
      }).pipe(
        Effect.mapError(({ message }) => message),
        Effect.either
      )
      versions.set(
        file,
        Either.isLeft(resolved)
          ? Either.left(resolved.left)
          : Either.right({
              resolved: resolved.right,
              changes: yield* changesOf(judge, file, resolved.right)
            })
      )
    }
    return versions
  }).pipe(Effect.provide(CacheLive.layerWith({ ...sources, cwd, flags: { ...sources.flags, cacheDir } })))

const make = (sources: Sources): PromptVersions["Type"] => ({
  compare: Effect.fn("PromptVersions.compare")(function* (base, patterns) {
    const config = yield* loadConfig(sources)
    const { root } = config
    const commit = yield* Effect.provide(gitBase(root, base, "--base REF"), executor)
    const prompts = yield* ProjectFilesNode.make(root, root).list(patterns)
    if (Option.isNone(commit) || patterns.length === 0 || prompts.length === 0) {
      return { base: commit, prompts: [] }
    }
    const folder = yield* workFolder
    const tree = yield* Effect.provide(gitFilesAt(root, commit.value, folder), executor)
    const renames = yield* Effect.provide(gitRenames(root, commit.value), executor)
    const enforcer = yield* Enforcer.make.pipe(
      Effect.provide(yield* Layer.build(Rules.layer(config))),
      Effect.provideService(VerdictMemo.VerdictMemo, VerdictMemo.makeMemory())
    )
    const { judge } = yield* enforcer.prepare([pack], { fresh: true })
    const nameBefore = (file: string): string => renames.get(file) ?? file
    const after = yield* versionsIn(sources, root, Path.join(folder, "after"), prompts, judge)
    const before = yield* versionsIn(
      sources,
      tree,
      Path.join(folder, "before"),
      prompts.map(nameBefore),
      judge
    )
    return {
      base: commit,
      prompts: prompts.flatMap((file) => {
        const now = after.get(file)
        return now === undefined
          ? []
          : [{ file, before: Option.fromNullable(before.get(nameBefore(file))), after: now }]
      })
    }
  }, Effect.scoped)
})

export const promptVersionsLive = (sources: Sources): Layer.Layer<PromptVersions> =>
  Layer.sync(PromptVersions, () => make(sources))
