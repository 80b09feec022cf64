/** States and small graphs that the scenarios share. */
import { Annotation, END, interrupt, START, StateGraph } from "@langchain/langgraph"
import type { StateSnapshot } from "@langchain/langgraph"
import { getCheckpointId } from "@langchain/langgraph-checkpoint"
import * as assert from "node:assert/strict"

export const of = (thread: string): { readonly configurable: { readonly thread_id: string } } => ({
  configurable: { thread_id: thread }
})

/** Notes that are added, and the last word, which is replaced. */
export const Notes = Annotation.Root({
  notes: Annotation<Array<string>>({ reducer: (all, more) => all.concat(more), default: () => [] }),
  last: Annotation<string>
})
export type Notes = typeof Notes.State

/** A node that says its name in both channels, and to `ran` whenever it is run. */
export const says = (name: string, ran?: Array<string>) => async (): Promise<Partial<Notes>> => {
  ran?.push(name)
  return { notes: [name], last: name }
}

/** A node that asks and says the answer. */
export const asks = (name: string, ran?: Array<string>) => async (): Promise<Partial<Notes>> => {
  ran?.push(name)
  const answer: unknown = interrupt({ asked: name })
  return { notes: [`${name}: ${String(answer)}`], last: name }
}

/** One two three. */
export const chain = (ran?: Array<string>) =>
  new StateGraph(Notes)
    .addNode("one", says("one", ran))
    .addNode("two", says("two", ran))
    .addNode("three", says("three", ran))
    .addEdge(START, "one")
    .addEdge("one", "two")
    .addEdge("two", "three")
    .addEdge("three", END)

/** A checkpoint's config as a caller keeps it: the ids, nothing that a running graph added. */
export const configOf = ({ config }: Pick<StateSnapshot, "config">): StateSnapshot["config"] => ({
  configurable: {
    thread_id: config.configurable?.["thread_id"],
    checkpoint_ns: config.configurable?.["checkpoint_ns"] ?? "",
    checkpoint_id: getCheckpointId(config)
  }
})

/** The one of these that is there, which must be. */
export const the = <A>(each: A | undefined, what = "that"): A => {
  assert.ok(each !== undefined, `There is no ${what}.`)
  return each
}

/** A promise, and what keeps it. */
export const gate = (): { readonly opened: Promise<void>; readonly open: () => void } => {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** What came of a promise, either way. */
export const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ failed: error instanceof Error ? error.message : error })
  )

/** All that was to be done at once, has been done. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
