/** Savers in processes of their own, and what their acknowledged checkpoints are worth. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Child, Ended } from "../support/childProcess.js"
import { AegisSaver } from "../../layers/langgraph/AegisSaver.js"

/** The checkpoints that a process has acknowledged, by thread. */
export const acknowledgedBy = ({ stdout }: Ended): ReadonlyArray<readonly [thread: string, id: string]> =>
  stdout
    .filter((line) => line.startsWith("ack "))
    .map((line) => {
      const [, thread = "", id = ""] = line.split(" ")
      return [thread, id] as const
    })

export const begin = (child: Child): Effect.Effect<void> =>
  Effect.zipRight(child.line("ready"), child.send("go"))

/** Every acknowledged checkpoint is there, whole, with its write. */
export const assertKept = (
  where: string,
  acknowledged: ReadonlyArray<readonly [thread: string, id: string]>
): Effect.Effect<void> =>
  Effect.promise(async () => {
    const saver = AegisSaver.fromConnString(where)
    try {
      for (const [thread, id] of acknowledged) {
        const tuple = await saver.getTuple({
          configurable: { thread_id: thread, checkpoint_ns: "", checkpoint_id: id }
        })
        const { at, by, text } = tuple?.checkpoint.channel_values ?? {}
        assert.strictEqual(text, `${String(by)} ${Number(at) - 1} `.repeat(400), `${thread} ${id}`)
        assert.deepStrictEqual(tuple?.pendingWrites, [
          [String(by), "text", `${String(by)} ${Number(at) - 1}`]
        ])
      }
    } finally {
      await saver.end()
    }
  })
