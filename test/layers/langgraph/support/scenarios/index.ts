/** All scenarios. */
import type { Scenario } from "../scenario.js"
import { guards, hostile } from "./beyond/hostile.js"
import { retention } from "./beyond/retention.js"
import { plainValues, values } from "./beyond/values.js"
import { delta } from "./delta.js"
import { forks } from "./forks.js"
import { interrupts } from "./interrupts.js"
import { lists } from "./lists.js"
import { messages } from "./messages.js"
import { parallel } from "./parallel.js"
import { puts } from "./puts.js"
import { runs } from "./runs.js"
import { subgraphs } from "./subgraphs.js"
import { threads } from "./threads.js"
import { timeTravel } from "./timeTravel.js"
import { updates } from "./updates.js"
import { writes } from "./writes.js"

/** What LangGraph's contract says and its own MemorySaver does, cheapest first. */
export const scenarios: ReadonlyArray<Scenario> = [
  ...puts,
  ...writes,
  ...lists,
  ...threads,
  ...plainValues,
  ...guards,
  ...runs,
  ...interrupts,
  ...parallel,
  ...subgraphs,
  ...updates,
  ...forks,
  ...timeTravel,
  ...delta,
  ...messages
]

/** What MemorySaver gets wrong or cannot do, and ours must. */
export const beyondMemory: ReadonlyArray<Scenario> = [...values, ...hostile, ...retention]
