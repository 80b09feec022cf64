/** Prompts before and after a change, in real repositories. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { promptVersionsLive } from "../../../layers/cli/promptVersionsLive.js"
import { type Compared, PromptVersions, type Version } from "../../../src/cli/ci/PromptVersions.js"
import { repository, type Repository } from "./support/repository.js"

const prompt = `---
provider: anthropic
model: claude-sonnet-5
---

<requirements id="task">
Answer in one sentence.
</requirements>

<style_guide id="house" src="style.md"/>

<context id="question">
What is new?
</context>
`
const config = '{ "ci": { "prompts": ["**/*.prompt.md"] } }\n'
const files = { "aegis.config.json": config, "a.prompt.md": prompt, "style.md": "Be brief.\n" }

const compare = (
  { folder }: Pick<Repository, "folder">,
  base?: string
): Effect.Effect<Compared, Effect.Effect.Error<ReturnType<PromptVersions["Type"]["compare"]>>> =>
  PromptVersions.pipe(
    Effect.flatMap((versions) => versions.compare(Option.fromNullable(base), ["**/*.prompt.md"])),
    Effect.provide(promptVersionsLive({ cwd: folder, env: {}, flags: {} }))
  )

const texts = (version: Version): ReadonlyArray<string> | string =>
  Either.match(version, {
    onLeft: (problem) => problem,
    onRight: ({ resolved }) => resolved.originalScaffold.blocks.map(({ content }) => content.trim())
  })
const changes = (version: Version): ReadonlyArray<readonly [number, string]> =>
  Either.match(version, { onLeft: () => [], onRight: (each) => [...each.changes] })

describe("prompts before and after a change", { timeout: 60_000 }, () => {
  it.scoped("are each resolved with the files that they included", () =>
    Effect.gen(function* () {
      const repo = yield* repository(files)
      repo.commit("one")
      repo.write("style.md", "Be brief.\nIt is 2026-11-26T10:00:00Z.\n")
      const { prompts } = yield* compare(repo)
      assert.strictEqual(prompts.length, 1)
      const [{ after, before, file } = assert.fail()] = prompts
      assert.strictEqual(file, "a.prompt.md")
      assert.deepStrictEqual(
        Option.map(before, texts),
        Option.some(["Answer in one sentence.", "Be brief.", "What is new?"])
      )
      assert.deepStrictEqual(texts(after), [
        "Answer in one sentence.",
        "Be brief.\nIt is 2026-11-26T10:00:00Z.",
        "What is new?"
      ])
      assert.deepStrictEqual(Option.map(before, changes), Option.some([]))
      assert.deepStrictEqual(changes(after), [[1, "holds a date with a time"]])
    })
  )

  it.scoped("have a version before for what was only renamed, and none for what is new", () =>
    Effect.gen(function* () {
      const repo = yield* repository(files)
      repo.commit("one")
      repo.git("mv", "a.prompt.md", "b.prompt.md")
      repo.write("c.prompt.md", prompt.replace("one sentence", "two sentences and a half"))
      const { prompts } = yield* compare(repo)
      assert.deepStrictEqual(
        prompts.map(({ before, file }) => [file, Option.isSome(before)]),
        [
          ["b.prompt.md", true],
          ["c.prompt.md", false]
        ]
      )
    })
  )

  it.scoped(
    "are found in a project that is a folder of its repository, with the settings of each version",
    () =>
      Effect.gen(function* () {
        const repo = yield* repository({
          "app/aegis.config.json": '{ "provider": "openai", "model": "gpt-5.4" }\n',
          "app/a.prompt.md": "Hello\n",
          "style.md": ""
        })
        repo.commit("one")
        repo.write("app/aegis.config.json", '{ "provider": "anthropic", "model": "claude-sonnet-5" }\n')
        const { prompts } = yield* compare({ folder: Path.join(repo.folder, "app") })
        const models = prompts.flatMap(({ after, before }) =>
          [Option.getOrThrow(before), after].map(
            Either.match({ onLeft: String, onRight: ({ resolved }) => resolved.originalScaffold.model })
          )
        )
        assert.deepStrictEqual(models, ["gpt-5.4", "claude-sonnet-5"])
      })
  )

  it.scoped(
    "are held against where the branch left its base, and leave repository and project as they are",
    () =>
      Effect.gen(function* () {
        const repo = yield* repository(files)
        repo.commit("one")
        repo.git("checkout", "-q", "-b", "change")
        repo.write("style.md", "Be kind.\n")
        repo.commit("two")
        repo.git("checkout", "-q", "main")
        repo.write("style.md", "Be loud.\n")
        repo.commit("three")
        repo.git("checkout", "-q", "change")
        const state = (): ReadonlyArray<string> => [
          repo.git("status", "--porcelain", "--ignored"),
          repo.git("worktree", "list"),
          ...Fs.readdirSync(repo.folder)
        ]
        const before = state()
        const { base, prompts } = yield* compare(repo, "main")
        assert.deepStrictEqual(base, Option.some(repo.git("rev-parse", "main~1").trim()))
        const [{ after, before: then } = assert.fail()] = prompts
        assert.deepStrictEqual(
          [Option.map(then, (version) => texts(version)[1]), texts(after)[1]],
          [Option.some("Be brief."), "Be kind."]
        )
        assert.deepStrictEqual(state(), before)
      })
  )

  it.scoped("say of one that cannot be resolved why, and repeat nothing of it", () =>
    Effect.gen(function* () {
      const repo = yield* repository({ ...files, "bad.prompt.md": '<context src="hunter2' })
      repo.commit("one")
      const { prompts } = yield* compare(repo)
      const bad = prompts.find(({ file }) => file === "bad.prompt.md")
      const told = bad === undefined ? "" : texts(bad.after)
      assert.isString(told)
      assert.notStrictEqual(told, "")
      assert.notInclude(told, "hunter2")
    })
  )

  it.scoped("have no base without a repository, and a base that is not there is refused", () =>
    Effect.gen(function* () {
      const none = yield* repository(files, { init: false })
      assert.deepStrictEqual(yield* compare(none), { base: Option.none(), prompts: [] })
      const repo = yield* repository(files)
      repo.commit("one")
      const refused = yield* Effect.flip(compare(repo, "--all"))
      assert.strictEqual(refused._tag, "FileRefused")
      assert.include(refused.message, "--base REF")
    })
  )
})
