/** An agent that plans modules, plans the files of each, and writes them by a style guide. Each step is a node of its run. */
import * as Effect from "effect/Effect"
import { Aegis, enforceStandards, Executor, resolveScaffold } from "aegis-prompt-cache"

const ask = Effect.fn("ask")(function* (prompt: string) {
  const resolved = yield* resolveScaffold({ prompt, provider: "anthropic", model: "claude-sonnet-5" })
  const { content } = yield* (yield* Executor).execute(resolved)
  return content
})

const linesOf = (text: string): ReadonlyArray<string> => text.split("\n").filter((line) => line !== "")

const task = (text: string): string => `<requirements id="task">\n${text}\n</requirements>\n`
const style = `<style_guide id="style" src="examples/agent/style-guide.md"/>\n`

const program = Effect.gen(function* () {
  const goal = yield* Aegis.read("goal")
  const plan = yield* Aegis.node("plan", "plan", { goal }, ({ goal }) =>
    Effect.map(ask(task(`Plan ${String(goal)}: name its modules, one a line.`)), linesOf)
  )
  const modules = yield* Effect.forEach(
    plan.value,
    (module) =>
      Aegis.node("module", module, { plan }, () =>
        Effect.map(ask(task(`Name the files of the module ${module}, one a line.`)), linesOf)
      ),
    { concurrency: "unbounded" }
  )
  const files = yield* Effect.forEach(
    modules.flatMap((module) => module.value.map((name) => ({ module, name }))),
    ({ module, name }) =>
      Aegis.node("file", name, { module }, () =>
        Effect.gen(function* () {
          const text = yield* ask(`${style}${task(`Write the file ${name}. Answer with its text alone.`)}`)
          const { errors } = yield* enforceStandards(text, ["ast"], { path: name })
          return { path: name, text, errors }
        })
      ),
    { concurrency: 2 }
  )
  return files.map(({ value }) => value)
})

export const agent = Aegis.run("agent", { input: { goal: "a shop" } }, program)

/** How `aegis replay` finds it: aegis.config.json names this file in "programs". */
export default { name: "agent", effect: agent }
