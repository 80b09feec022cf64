/** Ends of nodes and steps, one after the other, and on the disk before anybody learns of them. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { RecordedNode } from "../../src/replay/Recording.js"
import { makeGate } from "../../src/services/recorder/Gate.js"

const node = (name: string, order: number): RecordedNode =>
  // the gate looks at none of the others
  ({ name, order }) as RecordedNode

/** A gate whose writes wait until they are let go, and what happened at it. */
const watched = Effect.gen(function* () {
  const seen: Array<string> = []
  const written = yield* Deferred.make<void>()
  const gate = makeGate<string>(
    (nodes) =>
      Effect.gen(function* () {
        const names = nodes.map(({ name, order }) => `${name} ${order}`)
        seen.push(`write ${names.join(", ")}`)
        yield* Deferred.await(written)
        if (nodes.some(({ name }) => name === "bad")) return yield* Effect.fail("bad")
      }),
    (error) => error === "bad"
  )
  const keep = (name: string) =>
    Effect.zipRight(
      gate.keep((order) => [node(name, order)], 1),
      Effect.sync(() => void seen.push(`${name} ended`))
    )
  const pass = (name: string) => gate.pass((order) => void seen.push(`${name} ${order}`))
  return { keep, pass, seen, written }
})

describe("the gate of a run", () => {
  it.live("writes nodes that end together once, and lets all through in their order afterwards", () =>
    Effect.gen(function* () {
      const { keep, pass, seen, written } = yield* watched
      const all = yield* Effect.fork(
        Effect.all([pass("first"), keep("a"), pass("step"), keep("b")], { concurrency: "unbounded" })
      )
      while (seen.length < 2) yield* Effect.sleep(1)
      assert.deepStrictEqual(seen, ["first 0", "write a 1, b 3"])
      yield* Deferred.succeed(written, undefined)
      yield* Fiber.join(all)
      assert.deepStrictEqual(seen.slice(2), ["a ended", "step 2", "b ended"])
    })
  )

  it.live("tells only the node that cannot be written, and writes the others", () =>
    Effect.gen(function* () {
      const { keep, seen, written } = yield* watched
      yield* Deferred.succeed(written, undefined)
      const exits = yield* Effect.all([keep("a"), keep("bad"), keep("b")].map(Effect.exit), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, false, true])
      assert.deepStrictEqual(
        seen.filter((each) => each.startsWith("write")),
        ["write a 0, bad 1, b 2", "write a 0", "write bad 1", "write b 2"]
      )
    })
  )

  it.live("lets those behind one that is interrupted through, and no number twice", () =>
    Effect.gen(function* () {
      const { keep, pass, seen, written } = yield* watched
      const node = yield* Effect.fork(keep("a"))
      const step = yield* Effect.fork(pass("given up"))
      const last = yield* Effect.fork(pass("last"))
      while (seen.length < 1) yield* Effect.sleep(1)
      yield* Fiber.interrupt(step)
      yield* Deferred.succeed(written, undefined)
      yield* Effect.all([Fiber.join(node), Fiber.join(last)])
      assert.deepStrictEqual(seen, ["write a 0", "a ended", "last 2"])
    })
  )
})
