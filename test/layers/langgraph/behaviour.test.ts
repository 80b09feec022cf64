/** What a checkpoint saver does below real graphs, and by itself. The savers to be held to it are listed here. */
import { describe, it } from "vitest"
import { aegis } from "./support/aegis.js"
import { lateModel, model } from "./support/model.js"
import { type Candidate, runOver } from "./support/scenario.js"
import { beyondMemory, scenarios } from "./support/scenarios/index.js"

const candidates: ReadonlyArray<Candidate> = [model, lateModel, ...aegis]

for (const candidate of candidates) {
  describe(`a checkpoint saver: ${candidate.name}`, () => {
    for (const scenario of scenarios) {
      it(scenario.name, () => runOver(candidate, scenario))
    }
  })

  describe(`a checkpoint saver beyond MemorySaver: ${candidate.name}`, () => {
    for (const scenario of beyondMemory) {
      it(scenario.name, () => runOver(candidate, scenario))
    }
  })
}
