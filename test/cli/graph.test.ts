/** The drawing of a tree of checkpoints, read back from its characters. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { drawGraph, type GraphPoint } from "../../src/cli/views/graph.js"

/** A tree, or several, each point before the one that it came from; some came from what is not drawn. */
const trees: FastCheck.Arbitrary<ReadonlyArray<GraphPoint>> = FastCheck.integer({ min: 0, max: 40 })
  .chain((size) =>
    FastCheck.array(FastCheck.tuple(FastCheck.double({ min: 0, max: 1, noNaN: true }), FastCheck.nat(9)), {
      minLength: size,
      maxLength: size
    })
  )
  .map((drawn) =>
    drawn.map(([where, kind], at) => {
      const behind = drawn.length - at - 1
      if (kind === 0 || behind === 0) return { id: `p${at}` }
      if (kind === 1) return { id: `p${at}`, parent: `absent${at}` }
      // most come from a point close by, as checkpoints do
      const distance = kind < 6 ? 1 : 1 + Math.floor(where * Math.min(behind - 1, kind < 9 ? 4 : behind))
      return { id: `p${at}`, parent: `p${at + Math.min(distance, behind)}` }
    })
  )

interface Read {
  /** For each point, where its line arrives: a point, the end of the drawing, or nothing. */
  readonly leads: ReadonlyArray<number | "below" | undefined>
  /** For each stroke, the lines that run through it, by where they arrive. */
  readonly through: ReadonlyMap<string, ReadonlySet<number | "below" | undefined>>
  readonly strokes: ReadonlyArray<string>
}

/** Follows the line down from each point. */
const read = (points: ReadonlyArray<GraphPoint>, goesOn: boolean): Read => {
  const rows = drawGraph(points, { goesOn })
  const at = (row: number, column: number): string => rows[row]?.text[column] ?? " "
  const through = new Map<string, Set<number | "below" | undefined>>()
  const leads = points.map((_, point) => {
    let row = rows.findIndex((each) => each.point === point)
    let column = rows[row]?.text.indexOf("*") ?? -1
    const passed: Array<string> = []
    const follow = (): number | "below" | undefined => {
      for (;;) {
        row += 1
        if (row === rows.length) return passed.length > 0 ? "below" : undefined
        if (at(row, column) === "*") return rows[row]?.point
        if (at(row, column) === "|") passed.push(`${row}:${column}`)
        else if (at(row, column - 1) === "/") {
          passed.push(`${row}:${column - 1}`)
          column -= 2
        } else if (at(row, column + 1) === "\\") {
          passed.push(`${row}:${column + 1}`)
          column += 2
        } else return undefined
      }
    }
    const end = follow()
    for (const stroke of passed) through.set(stroke, new Set([...(through.get(stroke) ?? []), end]))
    return end
  })
  const strokes = rows.flatMap(({ text }, row) =>
    [...text].flatMap((glyph, column) => ("|/\\".includes(glyph) ? [`${row}:${column}`] : []))
  )
  return { leads, through, strokes }
}

const text = (points: ReadonlyArray<GraphPoint>, goesOn = false): string =>
  drawGraph(points, { goesOn })
    .map((row) => (row.point === undefined ? row.text : `${row.text} ${points[row.point]?.id ?? ""}`))
    .join("\n")

describe("the graph of checkpoints", () => {
  it("draws a row, a fork, and a fork of a fork", () => {
    assert.strictEqual(text([{ id: "b", parent: "a" }, { id: "a" }]), "* b\n* a")
    assert.strictEqual(
      text([{ id: "c", parent: "a" }, { id: "b", parent: "a" }, { id: "a" }]),
      ["* c", "| * b", "|/", "* a"].join("\n")
    )
    assert.strictEqual(
      text([
        { id: "f", parent: "b" },
        { id: "e", parent: "a" },
        { id: "d", parent: "b" },
        { id: "b", parent: "a" },
        { id: "a" }
      ]),
      ["* f", "| * e", "|  \\", "| * | d", "|/ /", "* | b", "|/", "* a"].join("\n")
    )
  })

  it("ends a line that came from nothing that is drawn, or leads it out of the drawing", () => {
    const points = [{ id: "b", parent: "gone" }, { id: "a" }]
    assert.strictEqual(text(points), "* b\n\n* a")
    assert.strictEqual(text(points, true), "* b\n| * a\n|")
  })

  it("leads each point to the one that it came from, once, through strokes of its own", () => {
    FastCheck.assert(
      FastCheck.property(trees, FastCheck.boolean(), (points, goesOn) => {
        const places = new Map(points.map(({ id }, at) => [id, at]))
        const { leads, strokes, through } = read(points, goesOn)
        assert.deepStrictEqual(
          leads,
          points.map(({ parent }) =>
            parent === undefined ? undefined : (places.get(parent) ?? (goesOn ? "below" : undefined))
          )
        )
        // no stroke belongs to lines that lead to different points, and none to no line
        assert.deepStrictEqual([...through.keys()].sort(), [...strokes].sort())
        for (const ends of through.values()) assert.strictEqual(ends.size, 1)
      }),
      { numRuns: 1000 }
    )
  })

  it("shows each point in its order, and is the same every time", () => {
    FastCheck.assert(
      FastCheck.property(trees, FastCheck.boolean(), (points, goesOn) => {
        const rows = drawGraph(points, { goesOn })
        assert.deepStrictEqual(
          rows.flatMap(({ point }) => (point === undefined ? [] : [point])),
          points.map((_, at) => at)
        )
        assert.deepStrictEqual(drawGraph(points, { goesOn }), rows)
        for (const { text: line } of rows) assert.match(line, /^[|*/\\ ]*$/)
      })
    )
  })

  it("draws what is in no order, or came from itself, without that line", () => {
    assert.strictEqual(
      text([
        { id: "a", parent: "a" },
        { id: "b", parent: "a" }
      ]),
      "* a\n\n* b"
    )
  })
})
