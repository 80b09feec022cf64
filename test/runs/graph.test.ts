import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type { GraphNode } from "../../src/domain/GraphNode.js"
import { NodeId } from "../../src/domain/Ids.js"
import { inOrder } from "../../src/runs/graph.js"
import { uuid } from "../services/runDrafts.js"

const idOf = (at: number): NodeId => NodeId.make(uuid(at))
const nodeOf = (at: number, dependsOn?: ReadonlyArray<number>, name = ""): GraphNode => ({
  id: idOf(at),
  nodeType: "plan",
  state: {},
  inputs: {},
  outputs: {},
  name,
  ...(dependsOn === undefined ? {} : { dependsOn: dependsOn.map(idOf) }),
  createdAt: "2026-01-01T00:00:00.000Z"
})

/** Edges that lead to smaller numbers, and the nodes in any order. */
const acyclic = FastCheck.array(FastCheck.array(FastCheck.nat(30), { maxLength: 4 }), {
  maxLength: 30
}).chain((edges) =>
  FastCheck.shuffledSubarray(
    edges.map((to, at) =>
      nodeOf(
        at,
        to.filter((each) => each < at)
      )
    ),
    { minLength: edges.length }
  )
)

describe("the nodes of a checkpoint", () => {
  it("come after those that they depend on, each once", () => {
    FastCheck.assert(
      FastCheck.property(acyclic, (nodes) => {
        const ordered = Either.getOrThrow(inOrder(nodes))
        assert.sameMembers([...ordered], [...nodes])
        const places = new Map(ordered.map(({ id }, at) => [id, at]))
        for (const { dependsOn = [], id } of nodes) {
          for (const each of dependsOn) assert.isBelow(places.get(each) ?? NaN, places.get(id) ?? NaN)
        }
      })
    )
  })

  it("stay in the order in which they came where nothing else is asked", () => {
    const nodes = [nodeOf(3), nodeOf(1), nodeOf(2)]
    assert.deepStrictEqual(Either.getOrThrow(inOrder(nodes)), nodes)
  })

  it("that depend on one another in a circle are refused with the way around it", () => {
    const edges = FastCheck.array(FastCheck.array(FastCheck.nat(11), { maxLength: 3 }), {
      minLength: 12,
      maxLength: 12
    })
    FastCheck.assert(
      FastCheck.property(edges, (all) => {
        const nodes = all.map((to, at) => nodeOf(at, to))
        const ordered = inOrder(nodes)
        if (Either.isRight(ordered)) return
        const { left } = ordered
        assert(left._tag === "NodeCycle")
        assert.isAtLeast(left.path.length, 2)
        assert.strictEqual(left.path[0], left.path.at(-1))
        assert.strictEqual(new Set(left.path).size, left.path.length - 1)
        for (const [at, id] of left.path.slice(0, -1).entries()) {
          const next = left.path[at + 1]
          assert.isTrue(nodes.find((node) => node.id === id)?.dependsOn?.some((each) => each === next))
        }
      })
    )
  })

  it("that depend on themselves are such a circle", () => {
    const ordered = inOrder([nodeOf(1), nodeOf(2, [1, 2])])
    assert(Either.isLeft(ordered) && ordered.left._tag === "NodeCycle")
    assert.deepStrictEqual(ordered.left.path, [uuid(2), uuid(2)])
  })

  it("that depend on one that is not there are refused with both names", () => {
    const ordered = inOrder([nodeOf(1), nodeOf(2, [1, 7])])
    assert(Either.isLeft(ordered) && ordered.left._tag === "NodeMissing")
    assert.deepStrictEqual([ordered.left.node, ordered.left.missing], [uuid(2), uuid(7)])
  })

  it("may be 10,000 in a line", () => {
    const line = Array.from({ length: 10_000 }, (_, at) => nodeOf(at, at === 0 ? [] : [at - 1]))
    assert.deepStrictEqual(Either.getOrThrow(inOrder(line.toReversed())), line)
    const circle = inOrder(line.with(0, nodeOf(0, [9999])))
    assert(Either.isLeft(circle) && circle.left._tag === "NodeCycle")
    assert.strictEqual(circle.left.path.length, 10_001)
  })

  it("that have one id are the last of them", () => {
    const ordered = Either.getOrThrow(inOrder([nodeOf(1, [], "old"), nodeOf(2, [1]), nodeOf(1, [], "new")]))
    assert.deepStrictEqual(
      ordered.map(({ name }) => name),
      ["new", ""]
    )
  })
})
