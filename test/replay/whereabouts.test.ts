/** Where in a recording the operations of its program were, as the ledger has them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CheckpointId } from "../../src/domain/Ids.js"
import { CheckpointStore } from "../../src/services/CheckpointStore.js"
import { noted } from "../../src/services/noted.js"
import { layer as recorder, Recorder } from "../../src/services/Recorder.js"
import { makeMemory, Telemetry } from "../../src/services/Telemetry.js"
import { scaffold } from "../services/ledgerEvents.js"
import { storesInMemory } from "./support/stores.js"

const asked = noted(() => ({ operation: "enforce", scaffoldId: scaffold("a") }))

describe("an operation within a recorded program", () => {
  it.effect(
    "names the recording as its checkpoint, and the node; another checkpoint that it saves is its own",
    () => {
      const ledger = makeMemory()
      return Effect.gen(function* () {
        const { node, run } = yield* Recorder
        const store = yield* CheckpointStore
        const saved = store.create({
          name: "own",
          scaffoldId: scaffold("a"),
          nodes: [],
          state: {},
          thread: "t"
        })
        const { recording, value } = yield* run(
          "agent",
          {},
          Effect.all([
            Effect.map(
              node("module", "asks", {}, () => Effect.as(asked(Effect.void), null)),
              ({ node }) => node
            ),
            Effect.map(saved, ({ id }) => id)
          ])
        )
        yield* asked(Effect.void)
        const at = CheckpointId.make(Option.getOrThrow(recording))
        const places = ledger.taken.map(({ checkpointId, nodeId, operation }) => ({
          operation,
          checkpointId,
          nodeId
        }))
        assert.strictEqual(places[0]?.checkpointId, at)
        assert.deepStrictEqual(places[1], { operation: "enforce", checkpointId: at, nodeId: value[0] })
        assert.strictEqual(places[2]?.checkpointId, value[1])
        assert.notStrictEqual(value[1], at)
        assert.deepStrictEqual(places[3], {
          operation: "enforce",
          checkpointId: undefined,
          nodeId: undefined
        })
      }).pipe(
        Effect.provide(recorder({ mode: "record" })),
        Effect.provide(storesInMemory),
        Effect.provideService(Telemetry, ledger)
      )
    }
  )
})
