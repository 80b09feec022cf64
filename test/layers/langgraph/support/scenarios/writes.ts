/** What `putWrites` keeps, which of two writes stays, and in which order they come back. */
import { ERROR, INTERRUPT, RESUME, SCHEDULED, TASKS } from "@langchain/langgraph-checkpoint"
import * as assert from "node:assert/strict"
import { gather } from "../normalise.js"
import { that } from "../scenario.js"
import { at, newId, put, tupleAt, valuesAt } from "./direct.js"

const thread = "a"

export const writes = [
  that("keeps the writes of each checkpoint for itself, after a reopening and in a list", async (stage) => {
    const parent = await put(stage.saver, { thread, values: { x: 1 } })
    const child = await put(stage.saver, { thread, parent, values: { x: 2 }, versions: { x: 2 } })
    const elsewhere = await put(stage.saver, { thread, id: child, space: "s", values: { x: 3 } })
    await stage.saver.putWrites(at(thread, parent), [["x", "of the parent"]], "t1")
    await stage.saver.putWrites(at(thread, child), [["x", "of the child"]], "t2")
    await stage.saver.putWrites(at(thread, elsewhere, "s"), [["x", "of the namespace"]], "t3")
    for (const reopen of [false, true]) {
      if (reopen) await stage.reopen()
      const { saver } = stage
      assert.deepEqual((await tupleAt(saver, thread, parent)).pendingWrites, [["t1", "x", "of the parent"]])
      assert.deepEqual((await tupleAt(saver, thread)).pendingWrites, [["t2", "x", "of the child"]])
      assert.deepEqual((await tupleAt(saver, thread, child, "s")).pendingWrites, [
        ["t3", "x", "of the namespace"]
      ])
      const tuples = await gather(saver.list(at(thread)))
      assert.deepEqual(
        tuples.map(({ pendingWrites }) => pendingWrites),
        [[["t2", "x", "of the child"]], [["t1", "x", "of the parent"]]]
      )
    }
  }),

  that("keeps the first of two writes of a task at one place", async (stage) => {
    const id = await put(stage.saver, { thread, values: { x: 1 } })
    await stage.saver.putWrites(
      at(thread, id),
      [
        ["x", "first"],
        ["y", "first"]
      ],
      "t"
    )
    await stage.saver.putWrites(at(thread, id), [["x", "second"]], "t")
    await stage.reopen()
    await stage.saver.putWrites(
      at(thread, id),
      [
        ["y", "third"],
        ["z", "third"],
        ["more", "third"]
      ],
      "t"
    )
    await stage.reopen()
    assert.deepEqual((await tupleAt(stage.saver, thread)).pendingWrites, [
      ["t", "x", "first"],
      ["t", "y", "first"],
      ["t", "more", "third"]
    ])
  }),

  that("keeps the last of an error, an interrupt, a resume or a schedule of a task", async (stage) => {
    const id = await put(stage.saver, { thread, values: { x: 1 } })
    for (const channel of [ERROR, SCHEDULED, INTERRUPT, RESUME]) {
      await stage.saver.putWrites(at(thread, id), [[channel, "first"]], "t")
      await stage.saver.putWrites(at(thread, id), [[channel, ["second", channel]]], "t")
      await stage.saver.putWrites(at(thread, id), [[channel, "of another"]], "u")
    }
    await stage.reopen()
    await stage.saver.putWrites(at(thread, id), [[RESUME, ["third"]]], "t")
    await stage.reopen()
    assert.deepEqual((await tupleAt(stage.saver, thread)).pendingWrites, [
      ["t", RESUME, ["third"]],
      ["t", INTERRUPT, ["second", INTERRUPT]],
      ["t", SCHEDULED, ["second", SCHEDULED]],
      ["t", ERROR, ["second", ERROR]],
      ...[RESUME, INTERRUPT, SCHEDULED, ERROR].map((channel) => ["u", channel, "of another"])
    ])
  }),

  that("keeps an interrupt beside the values that its task wrote", async (stage) => {
    const id = await put(stage.saver, { thread, values: { x: 1 } })
    await stage.saver.putWrites(at(thread, id), [["x", "value"]], "t")
    await stage.saver.putWrites(at(thread, id), [[INTERRUPT, "question"]], "t")
    await stage.saver.putWrites(at(thread, id), [[ERROR, "oh"]], "t")
    await stage.reopen()
    assert.deepEqual((await tupleAt(stage.saver, thread)).pendingWrites, [
      ["t", INTERRUPT, "question"],
      ["t", ERROR, "oh"],
      ["t", "x", "value"]
    ])
  }),

  that("gives writes back by the path of their task, then by its id, then by their place", async (stage) => {
    const id = await put(stage.saver, { thread, values: { x: 1 } })
    // By code point the second is greater, by UTF-16 unit and in many a collation it is not.
    const [private_, astral] = ["\uffee", "\u{1f600}"]
    const paths = ["~b", "~B", "~a", "~10", "~9", "", `~${astral}`, `~${private_}`, "~é", "~_", "~ "]
    for (const path of paths) {
      for (const task of ["t2", "T3", "t1", "t10"]) {
        await stage.saver.putWrites(
          at(thread, id),
          [
            ["x", path],
            ["y", 1]
          ],
          `${task}${path}`,
          path
        )
      }
    }
    await stage.reopen()
    const order = ["", "~ ", "~10", "~9", "~B", "~_", "~a", "~b", "~é", `~${private_}`, `~${astral}`]
    const expected = order.flatMap((path) =>
      [...["T3", "t1", "t10", "t2"].map((task) => `${task}${path}`)]
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .flatMap((task) => [
          [task, "x", path],
          [task, "y", 1]
        ])
    )
    assert.deepEqual((await tupleAt(stage.saver, thread)).pendingWrites, expected)
    const [listed] = await gather(stage.saver.list(at(thread)))
    assert.deepEqual(listed?.pendingWrites, expected)
  }),

  that("gives more than ten writes of a task back by their place as a number", async (stage) => {
    const id = await put(stage.saver, { thread, values: { x: 1 } })
    const many = Array.from({ length: 25 }, (_, i): [string, number] => ["x", i])
    await stage.saver.putWrites(at(thread, id), many, "t", "~p")
    await stage.reopen()
    assert.deepEqual(
      (await tupleAt(stage.saver, thread)).pendingWrites,
      many.map(([channel, value]) => ["t", channel, value])
    )
  }),

  that("keeps writes that arrive before their checkpoint", async (stage) => {
    const id = newId()
    await stage.saver.putWrites(at(thread, id), [["x", "early"]], "t", "~p")
    assert.equal(await stage.saver.getTuple(at(thread, id)), undefined)
    assert.equal(await stage.saver.getTuple(at(thread)), undefined)
    await stage.reopen()
    await put(stage.saver, { thread, id, values: { x: 1 } })
    await stage.reopen()
    assert.deepEqual((await tupleAt(stage.saver, thread)).pendingWrites, [["t", "x", "early"]])
  }),

  that("keeps writes of nothing, of undefined, and of no writes at all", async (stage) => {
    const id = await put(stage.saver, { thread, values: { x: null } })
    await stage.saver.putWrites(at(thread, id), [], "empty")
    await stage.saver.putWrites(
      at(thread, id),
      [
        ["x", null],
        ["y", undefined],
        ["", ""]
      ],
      "t"
    )
    await stage.reopen()
    const { checkpoint, pendingWrites } = await tupleAt(stage.saver, thread)
    assert.deepEqual(checkpoint.channel_values, { x: null })
    assert.deepEqual(pendingWrites, [
      ["t", "x", null],
      ["t", "y", undefined],
      ["t", "", ""]
    ])
  }),

  that("keeps the writes of tasks that end at the same moment", async (stage) => {
    const id = await put(stage.saver, { thread, values: { x: 1 } })
    const tasks = Array.from({ length: 20 }, (_, i) => `t${String(i).padStart(2, "0")}`)
    await Promise.all(
      tasks.map((task) =>
        stage.saver.putWrites(
          at(thread, id),
          [
            ["x", task],
            ["y", 1]
          ],
          task,
          "~p"
        )
      )
    )
    await stage.reopen()
    assert.deepEqual(
      (await tupleAt(stage.saver, thread)).pendingWrites,
      tasks.flatMap((task) => [
        [task, "x", task],
        [task, "y", 1]
      ])
    )
  }),

  that("takes the sends of an old checkpoint from the writes of its parent", async (stage) => {
    const parent = await put(stage.saver, { thread, values: { x: 1 }, versions: { x: 4 } })
    await stage.saver.putWrites(
      at(thread, parent),
      [
        [TASKS, "send a"],
        ["x", 1],
        [TASKS, "send b"]
      ],
      "t1"
    )
    await stage.saver.putWrites(at(thread, parent), [[TASKS, "send c"]], "t2")
    const { checkpoint } = await tupleAt(stage.saver, thread, parent)
    const old = { ...checkpoint, v: 1, id: newId(), channel_versions: { x: 5 }, channel_values: { x: 2 } }
    await stage.saver.put(at(thread, parent), old, { source: "loop", step: 1, parents: {} }, { x: 5 })
    await stage.reopen()
    const tuple = await tupleAt(stage.saver, thread)
    assert.deepEqual(tuple.checkpoint.channel_values[TASKS], ["send a", "send b", "send c"])
    assert.equal(tuple.checkpoint.channel_versions[TASKS], 5)
    assert.deepEqual(await valuesAt(stage.saver, thread, parent), { x: 1 })
  }),

  that("collects the history of a delta channel along the parents, from the nearest value", async (stage) => {
    const seeded = await put(stage.saver, { thread, values: { d: ["seed"], other: 1 } })
    await stage.saver.putWrites(
      at(thread, seeded),
      [
        ["d", "1"],
        ["other", 2]
      ],
      "t",
      "~p"
    )
    const inner = { values: { other: 1 }, fresh: {} }
    const second = await put(stage.saver, {
      thread,
      parent: seeded,
      ...inner,
      versions: { d: 2, other: 1 },
      fresh: { d: 2 }
    })
    await stage.saver.putWrites(at(thread, second), [["d", "left"]], "t", "~p")
    const left = await put(stage.saver, {
      thread,
      parent: second,
      ...inner,
      versions: { d: 3, other: 1 },
      fresh: { d: 3 }
    })
    const elsewhere = await put(stage.saver, {
      thread,
      parent: seeded,
      ...inner,
      versions: { d: 2, other: 1 },
      fresh: { d: 2 }
    })
    await stage.saver.putWrites(at(thread, elsewhere), [["d", "right b"]], "tb", "~b")
    await stage.saver.putWrites(at(thread, elsewhere), [["d", "right a"]], "tz", "~a")
    const right = await put(stage.saver, {
      thread,
      parent: elsewhere,
      ...inner,
      versions: { d: 3, other: 1 },
      fresh: { d: 3 }
    })
    await stage.saver.putWrites(at(thread, right), [["d", "not yet"]], "t")
    await stage.reopen()
    const historyAt = (id: string) =>
      stage.saver.getDeltaChannelHistory({ config: at(thread, id), channels: ["d", "never"] })
    assert.deepEqual(await historyAt(left), {
      d: {
        seed: ["seed"],
        writes: [
          ["t", "d", "1"],
          ["t", "d", "left"]
        ]
      },
      never: { writes: [] }
    })
    const ofRight = {
      seed: ["seed"],
      writes: [
        ["t", "d", "1"],
        ["tz", "d", "right a"],
        ["tb", "d", "right b"]
      ]
    }
    assert.deepEqual((await historyAt(right))["d"], ofRight)
    const latest = await stage.saver.getDeltaChannelHistory({ config: at(thread), channels: ["d"] })
    assert.deepEqual(latest["d"], ofRight)
    assert.deepEqual(await stage.saver.getDeltaChannelHistory({ config: at(thread), channels: [] }), {})
    // A value at the checkpoint itself is not its history.
    assert.deepEqual((await historyAt(seeded))["d"], { writes: [] })
  })
]
