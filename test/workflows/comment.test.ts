/** The script that writes the comment, over a repository's comments as GitHub would hold them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import { marker } from "../../src/cli/ci/summaryMarkdown.js"
import { tempDir } from "../support/tempDir.js"
import { workflow } from "./support/workflow.js"

interface Comment {
  readonly id: number
  readonly body: string
  readonly user: { readonly login: string }
}

const bot = "github-actions[bot]"
const [script] = Object.values(workflow("pull-request-comment.yml").jobs).flatMap(({ steps }) =>
  steps.flatMap((step) => (step.with["script"] === undefined ? [] : [String(step.with["script"])]))
)

/** Runs the script with what it would find in the runner, and gives the comments as they are then, and what it said. */
const posted = Effect.fnUntraced(function* (
  told: { readonly number: string; readonly body?: string; readonly head?: string },
  before: ReadonlyArray<Comment> = []
) {
  const folder = yield* tempDir
  Fs.writeFileSync(Path.join(folder, "number"), told.number)
  Fs.writeFileSync(Path.join(folder, "pr-summary.md"), told.body ?? `${marker}\n## Aegis: passed\n`)
  let comments = [...before]
  const said: Array<string> = []
  const github = {
    paginate: (list: (query: object) => unknown, query: object) => Promise.resolve(list(query)),
    rest: {
      pulls: { get: () => Promise.resolve({ data: { head: { sha: "abc" } } }) },
      issues: {
        listComments: () => comments,
        createComment: ({ body }: { readonly body: string }) => {
          comments.push({ id: 100 + comments.length, body, user: { login: bot } })
          return Promise.resolve()
        },
        updateComment: ({ body, comment_id }: { readonly body: string; readonly comment_id: number }) => {
          comments = comments.map((each) => (each.id === comment_id ? { ...each, body } : each))
          return Promise.resolve()
        }
      }
    }
  }
  const context = {
    repo: { owner: "o", repo: "r" },
    payload: { workflow_run: { head_sha: told.head ?? "abc" } }
  }
  const core = {
    setFailed: (message: string) => void said.push(`failed: ${message}`),
    notice: (message: string) => void said.push(`notice: ${message}`)
  }
  // as the action runs it: the body of an async function
  const { default: vm } = yield* Effect.promise(() => import("node:vm"))
  const run: unknown = vm.runInThisContext(
    `(async (github, context, core, require, process) => {${script ?? ""}})`
  )
  if (typeof run !== "function") return assert.fail("the script is none")
  yield* Effect.promise(async () => {
    await run(github, context, core, createRequire(import.meta.url), { env: { TOLD: folder } })
  })
  return { comments: comments.map(({ body, user }) => [user.login, body]), said }
})

const summary = `${marker}\n## Aegis: passed\n`

describe("the comment of a pull request", () => {
  it.scoped("is written once, and then updated, whoever else has copied its marker", () =>
    Effect.gen(function* () {
      const copy = { id: 1, body: `${marker} mine`, user: { login: "octocat" } }
      const first = yield* posted({ number: "7\n" }, [copy])
      assert.deepStrictEqual(first, {
        comments: [
          ["octocat", `${marker} mine`],
          [bot, summary]
        ],
        said: []
      })
      const ours = { id: 2, body: `${marker} old`, user: { login: bot } }
      assert.deepStrictEqual((yield* posted({ number: "7" }, [copy, ours])).comments, first.comments)
    })
  )

  it.scoped("is not written for a number that is none, for another commit, or without a summary", () =>
    Effect.gen(function* () {
      for (const number of ["", "0", "7; rm -rf /", "../../7", "12345678901", "7\n8", "-1", "1e3"]) {
        const { comments, said } = yield* posted({ number })
        assert.deepStrictEqual([comments, said.length], [[], 1], number)
      }
      assert.deepStrictEqual((yield* posted({ number: "7", head: "def" })).comments, [])
      assert.deepStrictEqual((yield* posted({ number: "7", body: "Free money" })).comments, [])
    })
  )
})
