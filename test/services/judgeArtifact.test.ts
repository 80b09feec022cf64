import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerRuns } from "../../layers/RunStores.js"
import { NodeId } from "../../src/domain/Ids.js"
import { addScratchpad, judgeArtifact, listScratchpads, saveCheckpoint } from "../../src/index.js"
import * as Enforcer from "../../src/services/Enforcer.js"
import { RuleEngines } from "../../src/services/RuleEngines.js"
import * as Rulepacks from "../../src/services/Rulepacks.js"
import { layerMemory } from "../../src/services/runStorageMemory.js"
import * as VerdictMemo from "../../src/services/VerdictMemo.js"
import { house, patterns } from "../enforce/support/patterns.js"

const live = Layer.merge(
  layerRuns(layerMemory("default")),
  Layer.provide(Enforcer.layer, [
    Layer.succeed(RuleEngines, [patterns]),
    Rulepacks.layerMemory([house]),
    VerdictMemo.layerMemory
  ])
)
const scaffold = "11111111-1111-5111-8111-111111111111"
const nodeId = NodeId.make("22222222-2222-5222-8222-222222222222")

describe("judgeArtifact", () => {
  it.effect("keeps what is found in code as a fact of the node that made it", () =>
    Effect.gen(function* () {
      const checkpoint = yield* saveCheckpoint(scaffold, {}, "plan")
      const code = yield* addScratchpad(checkpoint.id, "var a = 1\n", "code", { name: "a.ts", nodeId })
      const { lint, report } = yield* judgeArtifact(code.id, ["house"])
      assert.isFalse(report.valid)
      assert.deepStrictEqual(
        report.findings.map(({ path, rule }) => [path, rule]),
        [["a.ts", "house/no-var"]]
      )
      assert.deepInclude(lint, {
        type: "lint",
        nodeId,
        checkpointId: checkpoint.id,
        metadata: { judged: code.id, valid: false }
      })
      assert.deepStrictEqual(JSON.parse(lint.content), report)
      assert.deepStrictEqual(yield* listScratchpads(checkpoint.id), [code, lint])
    }).pipe(Effect.provide(live))
  )

  it.effect("keeps nothing when nothing could be judged", () =>
    Effect.gen(function* () {
      const checkpoint = yield* saveCheckpoint(scaffold, {}, "plan")
      const code = yield* addScratchpad(checkpoint.id, "crash", "code")
      const fault = yield* Effect.flip(judgeArtifact(code.id, ["house"]))
      assert.strictEqual(fault._tag, "EngineFault")
      assert.strictEqual((yield* Effect.flip(judgeArtifact(nodeId, ["house"])))._tag, "RunNotFound")
      assert.deepStrictEqual(yield* listScratchpads(checkpoint.id), [code])
    }).pipe(Effect.provide(live))
  )
})
