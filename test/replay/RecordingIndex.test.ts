/** Looking nodes up gives what walking all of them gave. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { NodeId } from "../../src/domain/Ids.js"
import { Hash, uuidOf } from "../../src/domain/Hash.js"
import type { RecordedNode } from "../../src/replay/Recording.js"
import { indexOf } from "../../src/replay/RecordingIndex.js"

const nodeAt = (way: string): RecordedNode => ({
  id: NodeId.make(uuidOf("node", way)),
  kind: "file",
  name: way,
  way,
  outer: "",
  chance: way,
  key: Hash.make("0".repeat(64)),
  inputs: {},
  dependsOn: [],
  reads: {},
  surroundings: {},
  uses: {},
  clock: {},
  outcome: { _tag: "interrupted" },
  order: -1,
  digest: undefined,
  startedAt: 0,
  duration: 0,
  steps: [],
  artifacts: []
})

/** Ways whose names begin alike, with characters on both sides of the slash. */
const ways = FastCheck.uniqueArray(
  FastCheck.array(FastCheck.constantFrom("a", "a.", "a0", "ab", "a#0"), { minLength: 1, maxLength: 4 }).map(
    (parts) => parts.join("/")
  ),
  { maxLength: 20 }
)

describe("an index of a recording", () => {
  it("finds a node by its way and its id, and what is in it, itself last", () => {
    FastCheck.assert(
      FastCheck.property(ways, (all) => {
        const nodes = all.map(nodeAt)
        const index = indexOf({ nodes })
        for (const node of nodes) {
          assert.strictEqual(index.at(node.way), node)
          assert.strictEqual(index.wayOf(node.id), node.way)
          const inside = nodes.filter(({ way }) => way.startsWith(`${node.way}/`))
          assert.deepStrictEqual(index.within(node.way), [...inside, node])
        }
        assert.strictEqual(index.at("nowhere"), undefined)
      })
    )
  })
})
