/** Talking to a saver without a graph, in few words. */
import type { RunnableConfig } from "@langchain/core/runnables"
import {
  type BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointTuple,
  emptyCheckpoint,
  uuid6
} from "@langchain/langgraph-checkpoint"
import * as assert from "node:assert/strict"
import { gather } from "../normalise.js"

export const at = (thread: string, id?: string, space = ""): RunnableConfig => ({
  configurable: {
    thread_id: thread,
    checkpoint_ns: space,
    ...(id === undefined ? {} : { checkpoint_id: id })
  }
})

/** A new id, greater than those before it. */
export const newId = (): string => uuid6(0)

export interface Put {
  readonly thread: string
  readonly space?: string
  readonly id?: string
  readonly parent?: string | undefined
  readonly values?: Record<string, unknown>
  /** Version 1 for every value, if not said. */
  readonly versions?: ChannelVersions
  /** What is new: all of `versions`, if not said. */
  readonly fresh?: ChannelVersions
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly configurable?: Readonly<Record<string, unknown>>
}

export const metadataOf = (more: Readonly<Record<string, unknown>> = {}): CheckpointMetadata => ({
  source: "loop",
  step: 0,
  parents: {},
  ...more
})

/** The channels of a checkpoint and their versions, under an id. */
export const checkpointOf = (put: Put): Checkpoint => {
  const values = put.values ?? {}
  return {
    ...emptyCheckpoint(),
    id: put.id ?? newId(),
    channel_values: values,
    channel_versions: put.versions ?? Object.fromEntries(Object.keys(values).map((channel) => [channel, 1]))
  }
}

/** Puts a checkpoint and answers its id. */
export const put = async (saver: BaseCheckpointSaver, what: Put): Promise<string> => {
  const checkpoint = checkpointOf(what)
  const { configurable } = at(what.thread, what.parent, what.space)
  await saver.put(
    { configurable: { ...configurable, ...what.configurable } },
    checkpoint,
    metadataOf(what.metadata),
    what.fresh ?? checkpoint.channel_versions
  )
  return checkpoint.id
}

/** What is there, which must be. */
export const tupleAt = async (
  saver: BaseCheckpointSaver,
  thread: string,
  id?: string,
  space?: string
): Promise<CheckpointTuple> => {
  const tuple = await saver.getTuple(at(thread, id, space))
  assert.ok(tuple, `nothing at ${JSON.stringify([thread, space, id])}`)
  return tuple
}

export const valuesAt = async (
  saver: BaseCheckpointSaver,
  thread: string,
  id?: string,
  space?: string
): Promise<Record<string, unknown>> => (await tupleAt(saver, thread, id, space)).checkpoint.channel_values

export const idOf = ({ config }: { readonly config: RunnableConfig }): string =>
  String(config.configurable?.["checkpoint_id"])

export const listed = async (
  saver: BaseCheckpointSaver,
  config: RunnableConfig,
  options?: CheckpointListOptions
): Promise<Array<string>> => (await gather(saver.list(config, options))).map(idOf)

/** That nothing of a thread can be seen. */
export const assertEmpty = async (
  saver: BaseCheckpointSaver,
  thread: string,
  ...ids: ReadonlyArray<string>
): Promise<void> => {
  assert.equal(await saver.getTuple(at(thread)), undefined)
  assert.deepEqual(await listed(saver, { configurable: { thread_id: thread } }), [])
  for (const id of ids) assert.equal(await saver.getTuple(at(thread, id)), undefined)
}
