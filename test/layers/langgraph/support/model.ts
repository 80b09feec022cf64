/**
 * A saver that is right, for the tests of the tests: MemorySaver over a disk that outlives it, with what MemorySaver
 * leaves out. Scenarios are developed over it, and the broken savers are it with one thing broken.
 */
import type { RunnableConfig } from "@langchain/core/runnables"
import {
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointTuple,
  copyCheckpoint,
  MemorySaver,
  type PendingWrite
} from "@langchain/langgraph-checkpoint"
import { ExactSerde } from "./exactSerde.js"
import type { Extended } from "./extended.js"
import type { Candidate } from "./scenario.js"

/** What outlives a saver. */
export interface Disk {
  readonly storage: MemorySaver["storage"]
  readonly writes: MemorySaver["writes"]
  /** Threads that were deleted once. */
  readonly deleted: Set<string>
  /** Checkpoints that are gone, and those that are only still there for what later ones need of them. */
  readonly gone: Set<string>
  readonly hidden: Set<string>
  /** The run that a checkpoint is of. */
  readonly runs: Map<string, string>
}

/** An object without a prototype, as MemorySaver has them: a thread may be called `toString`. */
const dictionary = <A>(entries: Readonly<Record<string, A>>): Record<string, A> => {
  const bare: Record<string, A> = Object.create(null)
  return Object.assign(bare, entries)
}

const copyOf = (disk: Disk): Disk => {
  const { storage, writes, ...rest } = structuredClone(disk)
  const threads = Object.entries(storage).map(([thread, spaces]) => {
    const inside = Object.entries(spaces).map(([space, checkpoints]) => [space, dictionary(checkpoints)])
    return [thread, dictionary(Object.fromEntries(inside))]
  })
  const all = Object.entries(writes).map(([key, each]) => [key, dictionary(each)])
  return {
    ...rest,
    storage: dictionary(Object.fromEntries(threads)),
    writes: dictionary(Object.fromEntries(all))
  }
}

export const emptyDisk = (): Disk => ({
  storage: dictionary({}),
  writes: dictionary({}),
  deleted: new Set(),
  gone: new Set(),
  hidden: new Set(),
  runs: new Map()
})

const keyOf = (...parts: readonly [thread: string, space: string, id: string]): string =>
  JSON.stringify(parts)

interface Place {
  readonly thread: string
  readonly space: string
  readonly id: string | undefined
}

export const placeOf = ({ configurable = {} }: RunnableConfig): Place => {
  const id: unknown = configurable["checkpoint_id"]
  return {
    thread: String(configurable["thread_id"]),
    space: String(configurable["checkpoint_ns"] ?? ""),
    id: typeof id === "string" && id !== "" ? id : undefined
  }
}

export class ModelSaver extends MemorySaver implements Extended {
  readonly disk: Disk

  constructor(disk: Disk) {
    super(new ExactSerde())
    this.disk = disk
    this.storage = disk.storage
    this.writes = disk.writes
  }

  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const { id, space, thread } = placeOf(config)
    const tuple = await super.getTuple(config)
    const found: unknown = tuple?.config.configurable?.["checkpoint_id"]
    const hidden = this.disk.hidden.has(keyOf(thread, space, id ?? String(found)))
    return tuple === undefined || hidden ? undefined : tuple
  }

  override async *list(
    config: RunnableConfig,
    { limit = Infinity, ...options }: CheckpointListOptions = {}
  ): AsyncGenerator<CheckpointTuple> {
    let left = limit
    for await (const tuple of super.list(config, options)) {
      const { id = "", space, thread } = placeOf(tuple.config)
      if (this.disk.hidden.has(keyOf(thread, space, id))) continue
      left -= 1
      if (left < 0) return
      yield tuple
    }
  }

  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions = {}
  ): Promise<RunnableConfig> {
    const { id: parentId, space, thread } = placeOf(config)
    const parent = await this.kept(thread, space, parentId)
    if (parentId !== undefined && parent === undefined && this.disk.deleted.has(thread)) {
      return { configurable: { thread_id: thread, checkpoint_ns: space, checkpoint_id: checkpoint.id } }
    }
    const values: Record<string, unknown> = {}
    for (const [channel, value] of Object.entries(checkpoint.channel_values)) {
      const version = checkpoint.channel_versions[channel]
      if (Object.hasOwn(newVersions, channel)) values[channel] = value
      else if (version !== undefined && parent?.channel_versions[channel] === version) {
        if (Object.hasOwn(parent.channel_values, channel)) {
          values[channel] = parent.channel_values[channel]
        }
      } else if (parentId !== undefined || metadata.source === "fork") values[channel] = value
    }
    const key = keyOf(thread, space, checkpoint.id)
    const run: unknown = config.configurable?.["run_id"]
    const put = await super.put(config, { ...checkpoint, channel_values: values }, metadata)
    if (typeof run === "string") this.disk.runs.set(key, run)
    return put
  }

  private async kept(thread: string, space: string, id: string | undefined): Promise<Checkpoint | undefined> {
    const saved = id === undefined ? undefined : this.storage[thread]?.[space]?.[id]
    // what `put` stored: a checkpoint
    return saved === undefined ? undefined : ((await this.serde.loadsTyped("json", saved[0])) as Checkpoint)
  }

  override async putWrites(
    config: RunnableConfig,
    writes: Array<PendingWrite>,
    taskId: string,
    taskPath?: string
  ): Promise<void> {
    const { id, space, thread } = placeOf(config)
    if (id !== undefined && this.disk.gone.has(keyOf(thread, space, id))) return
    // All or none: a value that cannot be kept is refused before one of the others is there.
    for (const [, value] of writes) await this.serde.dumpsTyped(value)
    const whole = { configurable: { ...config.configurable, checkpoint_ns: space } }
    await super.putWrites(whole, writes, taskId, taskPath)
  }

  override async deleteThread(thread: string): Promise<void> {
    for (const place of this.places(thread)) this.disk.gone.add(keyOf(...place))
    this.disk.deleted.add(thread)
    await super.deleteThread(thread)
  }

  private places(thread: string): ReadonlyArray<readonly [thread: string, space: string, id: string]> {
    return Object.entries(this.storage[thread] ?? {}).flatMap(([space, checkpoints]) =>
      Object.keys(checkpoints).map((id) => [thread, space, id] as const)
    )
  }

  async prune(
    threads: ReadonlyArray<string>,
    { strategy }: { readonly strategy: "keep_latest" | "delete" }
  ): Promise<void> {
    for (const thread of threads) {
      if (strategy === "delete") await this.deleteThread(thread)
      else {
        for (const [space, checkpoints] of Object.entries(this.storage[thread] ?? {})) {
          const older = Object.keys(checkpoints).sort().slice(0, -1)
          for (const id of older) this.disk.hidden.add(keyOf(thread, space, id))
        }
      }
    }
  }

  async copyThread(source: string, target: string): Promise<void> {
    await super.deleteThread(target)
    const copy = structuredClone(this.storage[source])
    if (copy !== undefined) this.storage[target] = copy
    for (const [key, writes] of Object.entries(this.writes)) {
      const [thread, space, id] = partsOf(key)
      if (thread === source) this.writes[keyOf(target, space, id)] = structuredClone(writes)
    }
    for (const [, space, id] of this.places(source)) {
      const [from, to] = [keyOf(source, space, id), keyOf(target, space, id)]
      const run = this.disk.runs.get(from)
      if (run !== undefined) this.disk.runs.set(to, run)
      if (this.disk.hidden.has(from)) this.disk.hidden.add(to)
    }
  }

  async deleteForRuns(runs: ReadonlyArray<string>): Promise<void> {
    for (const [key, run] of this.disk.runs) {
      if (!runs.includes(run)) continue
      const [thread, space, id] = partsOf(key)
      delete this.storage[thread]?.[space]?.[id]
      if (Object.keys(this.storage[thread]?.[space] ?? {}).length === 0) delete this.storage[thread]?.[space]
      delete this.writes[key]
      this.disk.runs.delete(key)
    }
  }
}

const partsOf = (key: string): [thread: string, space: string, id: string] => {
  const parts: unknown = JSON.parse(key)
  const [thread, space, id] = Array.isArray(parts) ? parts.map(String) : []
  return [thread ?? "", space ?? "", id ?? ""]
}

/** The candidate that opens `make` over a disk; what is on the disk is copied whenever it is opened again. */
export const overDisk = (name: string, make: (disk: Disk) => MemorySaver): Candidate => ({
  name,
  rig: async () => {
    let disk = emptyDisk()
    return {
      open: async () => make(disk),
      reopen: async () => {
        disk = copyOf(disk)
        return make(disk)
      },
      fresh: () => new MemorySaver(),
      plant: async ({ channel, checkpointId, threadId }, id, kwargs) => {
        const saved = disk.storage[threadId]?.[""]?.[checkpointId]
        if (saved === undefined) throw new Error("There is no such checkpoint to plant into.")
        // what ExactSerde writes of a checkpoint
        const row = JSON.parse(new TextDecoder().decode(saved[0])) as { channel_values: object }
        const planted = { $: ["langchain", JSON.stringify({ lc: 1, type: "constructor", id, kwargs })] }
        saved[0] = new TextEncoder().encode(
          JSON.stringify({ ...row, channel_values: { ...row.channel_values, [channel]: planted } })
        )
      },
      close: async () => undefined
    }
  }
})

/** LangGraph's own saver over a disk. */
export const memoryOver = (disk: Disk): MemorySaver => {
  const saver = new MemorySaver()
  saver.storage = disk.storage
  saver.writes = disk.writes
  return saver
}

/** The model, as a candidate. */
export const model: Candidate = overDisk("the model", (disk) => new ModelSaver(disk))

const turns = async (): Promise<void> => {
  for (let i = 0; i < 3; i += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** The model as it would be behind a network: nothing is done or answered in the turn in which it was asked for. */
class LateSaver extends ModelSaver {
  override async getTuple(...args: Parameters<ModelSaver["getTuple"]>): Promise<CheckpointTuple | undefined> {
    await turns()
    const tuple = await super.getTuple(...args)
    await turns()
    return tuple
  }

  override async *list(...args: Parameters<ModelSaver["list"]>): AsyncGenerator<CheckpointTuple> {
    await turns()
    for await (const tuple of super.list(...args)) {
      await turns()
      yield tuple
    }
  }

  override async put(
    ...[config, checkpoint, ...rest]: Parameters<ModelSaver["put"]>
  ): Promise<RunnableConfig> {
    // What was given may be changed from now on; a real saver has serialized it.
    const own = copyCheckpoint(checkpoint)
    await turns()
    const put = await super.put(config, own, ...rest)
    await turns()
    return put
  }

  override async putWrites(...args: Parameters<ModelSaver["putWrites"]>): Promise<void> {
    await turns()
    await super.putWrites(...args)
    await turns()
  }
}

/** The late model, as a candidate: no scenario may depend on how soon a saver answers. */
export const lateModel: Candidate = overDisk("the model, answering late", (disk) => new LateSaver(disk))
