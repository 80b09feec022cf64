/**
 * LangGraph's checkpointer over Aegis' run store: a run of a graph is a run of Aegis, with its log, its branches and its
 * proof that nothing was altered.
 */
import type { RunnableConfig } from "@langchain/core/runnables"
import type {
  ChannelVersions,
  Checkpoint,
  CheckpointListOptions,
  CheckpointMetadata,
  CheckpointTuple,
  PendingWrite
} from "@langchain/langgraph-checkpoint"
import { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Saver } from "./saver.js"

/** LangGraph's checkpointer as promises over the Effects of `Saver`. */
export class AegisSaver extends BaseCheckpointSaver {
  readonly #saver: Saver

  constructor(saver: Saver) {
    super()
    this.#saver = saver
  }

  override getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    return promise(this.#saver.getTuple(config))
  }

  override async *list(
    config: RunnableConfig,
    options: CheckpointListOptions = {}
  ): AsyncGenerator<CheckpointTuple> {
    const next = this.#saver.list(config, options)
    for (;;) {
      const page = await promise(next)
      if (page.length === 0) return
      yield* page
    }
  }

  override put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions
  ): Promise<RunnableConfig> {
    return promise(this.#saver.put(config, checkpoint, metadata, newVersions))
  }

  override putWrites(
    config: RunnableConfig,
    writes: Array<PendingWrite>,
    taskId: string,
    taskPath = ""
  ): Promise<void> {
    return promise(this.#saver.putWrites(config, writes, taskId, taskPath))
  }

  override deleteThread(threadId: string): Promise<void> {
    return promise(this.#saver.deleteThread(threadId))
  }
}

/** A failure is thrown as it is, not wrapped in one of Effect's. */
const promise = <A, E>(effect: Effect.Effect<A, E>): Promise<A> =>
  new Promise((resolve, reject) => {
    const fiber = Effect.runFork(effect)
    fiber.addObserver((exit) => {
      if (Exit.isSuccess(exit)) resolve(exit.value)
      else reject(Cause.squash(exit.cause) as Error)
    })
  })
