/** Several futures of one past: every branch keeps what was written in it. */
import * as assert from "node:assert/strict"
import { historyOf, seen, seenHistory, stored } from "../normalise.js"
import { likeMemory, type Stage, that } from "../scenario.js"
import { at, newId, valuesAt } from "./direct.js"
import { chain, configOf, of, the } from "./graphs.js"

const thread = of("a")

const graphOf = (stage: Stage, ran?: Array<string>) => chain(ran).compile({ checkpointer: stage.saver })

/** The snapshot of a thread whose next node this is. */
const before = async (stage: Stage, node: string) =>
  the((await historyOf(graphOf(stage), "a")).findLast(({ next }) => next[0] === node))

export const forks = [
  likeMemory("keeps both the old future and the one after an update of the past", async (stage) => {
    await graphOf(stage).invoke({ notes: ["input"] }, thread)
    await stage.reopen()
    const past = await before(stage, "two")
    const old = configOf(await graphOf(stage).getState(thread))
    const forked = await graphOf(stage).updateState(configOf(past), { notes: ["forked"], last: "fork" })
    await stage.reopen()
    const atFork = seen(await graphOf(stage).getState(forked))
    const done = await graphOf(stage).invoke(null, forked)
    await stage.reopen()
    return [
      seen(past),
      atFork,
      done,
      seen(await graphOf(stage).getState(old)),
      seen(await graphOf(stage).getState(configOf(past))),
      seen(await graphOf(stage).getState(thread)),
      await seenHistory(graphOf(stage), "a"),
      await stored(stage.saver, "a")
    ]
  }),

  that(
    "keeps the values of four forks of one parent, whose channels all have the same versions",
    async (stage) => {
      await graphOf(stage).invoke({ notes: ["input"] }, thread)
      const past = configOf(await before(stage, "two"))
      const names = ["north", "east", "south", "west"]
      const forked = []
      for (const name of names) {
        forked.push(await graphOf(stage).updateState(past, { notes: [name], last: name }))
        await stage.reopen()
      }
      const ends = []
      for (const fork of forked) {
        const { notes } = await graphOf(stage).invoke(null, fork)
        ends.push(notes)
        await stage.reopen()
      }
      for (const [i, name] of names.entries()) {
        const { values } = await graphOf(stage).getState(the(forked[i]))
        assert.deepEqual(values, { notes: ["input", "one", name], last: name })
        assert.deepEqual(the(ends[i]).slice(0, 3), ["input", "one", name])
      }
      const versions = await Promise.all(
        forked.map(async (fork) => (await stage.saver.get(fork))?.channel_versions["notes"])
      )
      assert.equal(new Set(versions).size, 1)
      const latest = (await historyOf(graphOf(stage), "a")).filter(({ next }) => next.length === 0)
      assert.equal(latest.length, names.length + 1)
      assert.deepEqual(
        new Set(latest.map(({ values }) => JSON.stringify(values.notes))),
        new Set([...ends, ["input", "one", "two", "three"]].map((notes) => JSON.stringify(notes)))
      )
    }
  ),

  likeMemory("starts at a past checkpoint with a new input, and forks the fork", async (stage) => {
    await graphOf(stage).invoke({ notes: ["input"] }, thread)
    await stage.reopen()
    const past = configOf(await before(stage, "three"))
    const first = await graphOf(stage).invoke({ notes: ["other input"] }, past)
    await stage.reopen()
    const fork = configOf(await before(stage, "two"))
    const second = await graphOf(stage).invoke({ notes: ["yet another"] }, fork)
    await stage.reopen()
    const third = await graphOf(stage).invoke({ notes: ["from the end"] }, thread)
    await stage.reopen()
    return [first, second, third, await seenHistory(graphOf(stage), "a"), await stored(stage.saver, "a")]
  }),

  likeMemory("keeps a copy of a checkpoint, and of the first one", async (stage) => {
    await graphOf(stage).invoke({ notes: ["input"] }, thread)
    await stage.reopen()
    const copies: Array<unknown> = []
    for (const node of ["three", "one", "__start__"]) {
      const copy = await graphOf(stage).updateState(configOf(await before(stage, node)), null, "__copy__")
      await stage.reopen()
      copies.push(seen(await graphOf(stage).getState(copy)))
      copies.push(await graphOf(stage).invoke(null, copy))
      await stage.reopen()
      copies.push(await stored(stage.saver, "a"))
    }
    return copies
  }),

  that("keeps the big value that two branches share, whichever of them goes on", async (stage) => {
    const big = Array.from({ length: 200 }, (_, i) => `${i} ${"x".repeat(100)}`)
    await graphOf(stage).invoke({ notes: big }, thread)
    const past = configOf(await before(stage, "two"))
    const [left, right] = [
      await graphOf(stage).updateState(past, { last: "left" }),
      await graphOf(stage).updateState(past, { last: "right" })
    ]
    await stage.reopen()
    await graphOf(stage).invoke(null, left)
    await stage.reopen()
    const { last, notes } = await graphOf(stage).invoke(null, right)
    assert.deepEqual([last, notes], ["three", [...big, "one", "two", "three"]])
    for (const [config, name] of [
      [left, "left"],
      [right, "right"]
    ] as const) {
      const values = await valuesAt(stage.saver, "a", String(config.configurable?.["checkpoint_id"]))
      assert.deepEqual([values["last"], values["notes"]], [name, [...big, "one"]])
    }
    assert.equal(await stage.saver.getTuple(at("a", newId())), undefined)
  })
]
