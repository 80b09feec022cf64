/**
 * Makes what two runs observed comparable: ids become names in the order in which they appear, times go, keys are
 * sorted, and instances say what they are instances of.
 */
import { BaseMessage } from "@langchain/core/messages"
import type { StateSnapshot } from "@langchain/langgraph"
import {
  type BaseCheckpointSaver,
  type CheckpointTuple,
  isDeltaSnapshot
} from "@langchain/langgraph-checkpoint"

const ids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b/g
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

export const normalise = (value: unknown): unknown => {
  const names = new Map<string, string>()
  const named = (id: string): string => {
    const name = names.get(id) ?? `#${names.size + 1}`
    names.set(id, name)
    return name
  }
  const walk = (each: unknown): unknown => {
    if (typeof each === "string") return time.test(each) ? "a time" : each.replace(ids, named)
    if (typeof each === "function") return "a function"
    if (typeof each !== "object" || each === null) return each
    if (Array.isArray(each)) return each.map(walk)
    if (each instanceof BaseMessage) {
      const { additional_kwargs, content, id, name } = each
      return { message: each.getType(), ...fields({ additional_kwargs, content, id, name }) }
    }
    if (each instanceof Map) return { map: walk([...each]) }
    if (each instanceof Set) return { set: walk([...each]) }
    if (each instanceof Date) return { date: each.getTime() }
    if (each instanceof Error) return { error: each.name, message: walk(each.message) }
    return fields(each)
  }
  const fields = (each: object): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(each)
        // A send may come back as one, or as what it says.
        .filter(([key, field]) => field !== undefined && !(key === "lg_name" && field === "Send"))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, field]) => [key.replace(ids, named), walk(field)])
    )
  return walk(value)
}

/** What a snapshot says, and where it stands; the states of subgraphs below its tasks. */
export const seen = ({ config, metadata, next, parentConfig, tasks, values }: StateSnapshot): unknown => ({
  at: config.configurable?.["checkpoint_id"],
  from: parentConfig?.configurable?.["checkpoint_id"],
  metadata,
  next,
  tasks: tasks.map(({ error, interrupts, name, path, state }) => ({
    error,
    interrupts,
    name,
    path,
    state: state !== undefined && "values" in state ? seen(state) : undefined
  })),
  values
})

/** A graph as far as its state is read. */
interface Readable {
  getStateHistory(config: {
    readonly configurable: Record<string, unknown>
  }): AsyncIterableIterator<StateSnapshot>
}

/** The whole history of a thread, newest first. */
export const historyOf = async (graph: Readable, thread: string): Promise<Array<StateSnapshot>> => {
  const all: Array<StateSnapshot> = []
  for await (const snapshot of graph.getStateHistory({ configurable: { thread_id: thread } })) {
    all.push(snapshot)
  }
  return all
}

export const seenHistory = async (graph: Readable, thread: string): Promise<unknown> =>
  (await historyOf(graph, thread)).map(seen)

export const gather = async <A>(items: AsyncIterable<A>): Promise<Array<A>> => {
  const all: Array<A> = []
  for await (const item of items) all.push(item)
  return all
}

/** Every checkpoint of a thread as it is stored, by namespace, each newest first. */
export const stored = async (saver: BaseCheckpointSaver, thread: string): Promise<unknown> => {
  const tuples = await gather(saver.list({ configurable: { thread_id: thread } }))
  const spaces = new Map<string, Array<unknown>>()
  for (const tuple of tuples) {
    const space = String(tuple.config.configurable?.["checkpoint_ns"])
    spaces.set(space, [...(spaces.get(space) ?? []), row(tuple)])
  }
  // Which of two namespaces is first, is nobody's promise; their ids differ from run to run.
  const order = ([space, rows]: readonly [string, unknown]): string =>
    JSON.stringify([space.replace(ids, ""), normalise(rows)])
  return [...spaces].sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

const row = ({ checkpoint, config, metadata, parentConfig, pendingWrites }: CheckpointTuple): unknown => ({
  id: config.configurable?.["checkpoint_id"],
  parent: parentConfig?.configurable,
  metadata,
  v: checkpoint.v,
  same: checkpoint.id === config.configurable?.["checkpoint_id"],
  // A channel without a version was never written; a saver may leave its default out. A snapshot of a delta channel may
  // be carried on as long as nothing is written to it.
  values: Object.fromEntries(
    Object.entries(checkpoint.channel_values).filter(
      ([channel, value]) => channel in checkpoint.channel_versions && !isDeltaSnapshot(value)
    )
  ),
  versions: checkpoint.channel_versions,
  versionsSeen: checkpoint.versions_seen,
  pendingWrites
})
