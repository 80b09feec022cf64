/** The tests of the tests: what is right passes every scenario, and nothing that is broken does. */
import { afterAll, describe, expect, it } from "vitest"
import { memoryOver, model, overDisk } from "./support/model.js"
import { mutants } from "./support/mutants/index.js"
import { type Candidate, runOver, type Scenario } from "./support/scenario.js"
import { beyondMemory, scenarios } from "./support/scenarios/index.js"

const lists = { scenarios, beyondMemory }

const fails = (candidate: Candidate, scenario: Scenario): Promise<boolean> =>
  runOver(candidate, scenario).then(
    () => false,
    () => true
  )

/** The names of the scenarios that a candidate fails, up to `most` of them. */
const failuresOf = async (
  candidate: Candidate,
  list: ReadonlyArray<Scenario>,
  most = Infinity
): Promise<Array<string>> => {
  const names: Array<string> = []
  for (const scenario of list) {
    if (names.length >= most) break
    if (await fails(candidate, scenario)) names.push(scenario.name)
  }
  return names
}

describe("the scenarios", () => {
  it("have names of their own", () => {
    const names = [...scenarios, ...beyondMemory].map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(new Set(mutants.map(({ candidate }) => candidate.name)).size).toBe(mutants.length)
  })

  it("are passed by a saver that is right", async () => {
    expect(await failuresOf(model, [...scenarios, ...beyondMemory])).toEqual([])
  }, 120_000)

  it("are passed by MemorySaver, but for what it does not do", async () => {
    const memory = overDisk("MemorySaver", memoryOver)
    expect(await failuresOf(memory, scenarios)).toEqual([
      "takes from a checkpoint only the values that are new"
    ])
    const passed = new Set(beyondMemory.map(({ name }) => name))
    for (const name of await failuresOf(memory, beyondMemory)) passed.delete(name)
    expect([...passed]).toEqual([])
  }, 120_000)
})

describe("the scenarios find a saver that", () => {
  const found: Array<readonly [mutant: string, scenario: string]> = []

  for (const { candidate, list } of mutants) {
    it(candidate.name, async () => {
      const [first] = await failuresOf(candidate, lists[list], 1)
      expect(first).toBeDefined()
      found.push([candidate.name, first ?? ""])
    })
  }

  afterAll(() => {
    const width = Math.max(...found.map(([mutant]) => mutant.length))
    const lines = found.map(([mutant, scenario]) => `${mutant.padEnd(width)}  ${scenario}`)
    process.stdout.write(`${lines.join("\n")}\n`)
  })
})
