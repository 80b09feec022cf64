/**
 * LangGraph's checkpointer over the run store: a run of a graph is a run of Aegis, with its log, its branches and the proof
 * that nothing was altered.
 */
import type { RunnableConfig } from "@langchain/core/runnables"
import type {
  ChannelVersions,
  Checkpoint,
  CheckpointListOptions,
  CheckpointMetadata,
  CheckpointTuple,
  DeltaChannelHistory,
  PendingWrite
} from "@langchain/langgraph-checkpoint"
import { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { RunLog } from "../../src/services/RunLog.js"
import { RunStorage } from "../../src/services/RunStorage.js"
import { makeCodec } from "./codec.js"
import { objects, type ObjectsOptions } from "./objects.js"
import type { Options } from "./opened.js"
import { type Opened, openSaver, promiseOf } from "./opened.js"
import { makeSaver, type PruneOptions } from "./saver.js"

/** How a saver is opened; see `RunDatabase` for what concerns the database. */
export type SaverOptions = Options

export class AegisSaver extends BaseCheckpointSaver {
  readonly #opened: Opened

  /** @internal use `fromConnString`, or `layer` from Effect */
  constructor(opened: Opened) {
    super()
    this.#opened = opened
  }

  /**
   * A saver on a SQLite file, on `:memory:`, or on a `postgres://` server. It opens its database and brings the schema up to
   * date when it is first used, or by `setup()`.
   *
   * @example
   * const checkpointer = AegisSaver.fromConnString(".aegis/store.db")
   * const graph = builder.compile({ checkpointer })
   * await checkpointer.end()
   */
  static fromConnString(pathOrUrl: string, options: SaverOptions = {}): AegisSaver {
    return new AegisSaver(openSaver(pathOrUrl, options))
  }

  /** Opens the database and brings its schema up to date. Failures are those of the store, as they are. */
  async setup(): Promise<void> {
    await this.#opened.saver()
  }

  /** Closes the database. */
  end(): Promise<void> {
    return this.#opened.close()
  }

  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const saver = this.#opened.ready() ?? (await this.#opened.saver())
    return promiseOf(saver.getTuple(config))
  }

  override async *list(
    config: RunnableConfig,
    options: CheckpointListOptions = {}
  ): AsyncGenerator<CheckpointTuple> {
    const next = (await this.#opened.saver()).list(config, options)
    for (;;) {
      const page = await promiseOf(next)
      if (page.length === 0) return
      yield* page
    }
  }

  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions
  ): Promise<RunnableConfig> {
    const saver = this.#opened.ready() ?? (await this.#opened.saver())
    return promiseOf(saver.put(config, checkpoint, metadata, newVersions))
  }

  override async putWrites(
    config: RunnableConfig,
    writes: Array<PendingWrite>,
    taskId: string,
    taskPath = ""
  ): Promise<void> {
    const saver = this.#opened.ready() ?? (await this.#opened.saver())
    return promiseOf(saver.putWrites(config, writes, taskId, taskPath))
  }

  override async deleteThread(threadId: string): Promise<void> {
    return promiseOf((await this.#opened.saver()).deleteThread(threadId))
  }

  override async getDeltaChannelHistory(options: {
    config: RunnableConfig
    channels: Array<string>
  }): Promise<Record<string, DeltaChannelHistory>> {
    const saver = this.#opened.ready() ?? (await this.#opened.saver())
    return promiseOf(saver.deltaHistory(options.config, options.channels))
  }

  /** Lets go of the past of threads, and gives its space back. What is open can still be resumed. */
  async prune(threadIds: ReadonlyArray<string>, options: PruneOptions = {}): Promise<void> {
    return promiseOf((await this.#opened.saver()).prune(threadIds, options))
  }

  /** Copies a thread with all its namespaces. The copy is on its own from then on; a target that is there is refused. */
  async copyThread(sourceThreadId: string, targetThreadId: string): Promise<void> {
    return promiseOf((await this.#opened.saver()).copyThread(sourceThreadId, targetThreadId))
  }

  /** Deletes the checkpoints that were put with one of these as `configurable.run_id`, and their writes. */
  async deleteForRuns(runIds: ReadonlyArray<string>): Promise<void> {
    return promiseOf((await this.#opened.saver()).deleteForRuns(runIds))
  }
}

/** The saver of the run store that a program provides. It is closed with the layer. */
export class LangGraphSaver extends Context.Tag("aegis/LangGraphSaver")<LangGraphSaver, AegisSaver>() {}

export const layer = (
  options: ObjectsOptions = {}
): Layer.Layer<LangGraphSaver, never, RunLog | RunStorage> =>
  Layer.effect(
    LangGraphSaver,
    Effect.gen(function* () {
      const saver = makeSaver(yield* RunLog, yield* RunStorage, makeCodec(objects(options)))
      return new AegisSaver({
        ready: () => saver,
        saver: () => Promise.resolve(saver),
        close: () => Promise.resolve()
      })
    })
  )
