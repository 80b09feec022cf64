/** Threads of checkpoints as LangGraph's runtime hands them to a checkpointer. */
import type { RunnableConfig } from "@langchain/core/runnables"
import type {
  ChannelVersions,
  Checkpoint,
  CheckpointMetadata,
  PendingWrite
} from "@langchain/langgraph-checkpoint"
import { uuid6 } from "@langchain/langgraph-checkpoint"
import { english } from "./english.js"

/** The arguments of a `put`. */
export type Put = readonly [
  config: RunnableConfig,
  checkpoint: Checkpoint,
  metadata: CheckpointMetadata,
  newVersions: ChannelVersions
]

export interface Thread {
  readonly id: string
  /** Where its newest checkpoint is asked for. */
  readonly latest: RunnableConfig
  /** The next step: one channel gets a new value, all others keep theirs. */
  readonly next: () => Put
  /** The next step as one that changes every channel. */
  readonly nextOfAll: () => Put
  /** Writes of a task of the newest checkpoint: three values, 450 bytes. */
  readonly writes: () => readonly [config: RunnableConfig, writes: Array<PendingWrite>, task: string]
  readonly steps: () => number
  /** The state as it was put last. */
  readonly state: () => Readonly<Record<string, unknown>>
}

const nodes = ["plan", "search", "read", "write", "check"]
const channels = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, at) => `field_${at}`)
const branch = (node: string): string => `branch:to:${node}`

/** Of a channel: its first value, and the one after it. */
interface Value {
  readonly first: () => unknown
  readonly next: (before: unknown) => unknown
}

const makeThread = (id: string, names: ReadonlyArray<string>, { first, next }: Value): Thread => {
  const text = english(id.length)
  let values: Record<string, unknown> = Object.fromEntries(names.map((name) => [name, first()]))
  let versions: ChannelVersions = Object.fromEntries(
    [...names, "__start__", ...nodes.map(branch)].map((name) => [name, 1])
  )
  let seen: Record<string, ChannelVersions> = {
    __input__: {},
    __start__: { __start__: 1 },
    ...Object.fromEntries(nodes.map((node) => [node, { [branch(node)]: 1 }]))
  }
  let step = -1
  let last: string | undefined
  const configured = (checkpoint: string | undefined): RunnableConfig => ({
    configurable: {
      thread_id: id,
      checkpoint_ns: "",
      ...(checkpoint === undefined ? {} : { checkpoint_id: checkpoint })
    }
  })
  const advance = (changed: ReadonlyArray<string>): Put => {
    step += 1
    const version = step + 2
    const node = nodes[step % nodes.length] ?? ""
    values = { ...values }
    for (const name of changed) values[name] = next(values[name])
    const newVersions = Object.fromEntries(changed.map((name) => [name, version]))
    versions = { ...versions, ...newVersions }
    seen = { ...seen, [node]: { [branch(node)]: version - 1 } }
    const parent = last
    last = uuid6(step)
    return [
      configured(parent),
      {
        v: 4,
        id: last,
        ts: new Date().toISOString(),
        channel_values: values,
        channel_versions: versions,
        versions_seen: seen
      },
      { source: step === 0 ? "input" : "loop", step: step - 1, parents: {} },
      parent === undefined ? versions : newVersions
    ]
  }
  let tasks = 0
  return {
    id,
    latest: configured(undefined),
    next: () => advance([names[(step + 1) % names.length] ?? ""]),
    nextOfAll: () => advance(names),
    writes: () => [
      configured(last),
      [
        [names[0] ?? "", text(150)],
        ["branch:to:read", text(150)],
        ["branch:to:write", text(150)]
      ],
      `00000000-0000-5000-8000-${String((tasks += 1)).padStart(12, "0")}`
    ],
    steps: () => step + 1,
    state: () => values
  }
}

/** A state of `bytes` in ten channels of text. */
export const threadOfTexts = (id: string, seed: number, bytes: number): Thread => {
  const text = english(seed)
  const value = (): string => text(Math.round(bytes / 10))
  return makeThread(id, channels(10), { first: value, next: value })
}

/** One list of messages, to which each step appends one of 1 KB. */
export const threadOfMessages = (id: string, seed: number): Thread => {
  const text = english(seed)
  let count = 0
  const message = (): object => ({
    id: uuid6(count),
    role: (count += 1) % 2 === 0 ? "assistant" : "user",
    content: text(940)
  })
  return makeThread(id, ["messages"], {
    first: () => [],
    next: (before) => [...(Array.isArray(before) ? (before as ReadonlyArray<unknown>) : []), message()]
  })
}
