/** All scenarios. */
import type { Scenario } from "../scenario.js"
import { interrupts } from "./interrupts.js"
import { lists } from "./lists.js"
import { parallel } from "./parallel.js"
import { puts } from "./puts.js"
import { subgraphs } from "./subgraphs.js"
import { threads } from "./threads.js"
import { writes } from "./writes.js"

/** What LangGraph's contract says and its own MemorySaver does. */
export const scenarios: ReadonlyArray<Scenario> = [
  ...puts,
  ...writes,
  ...lists,
  ...threads,
  ...interrupts,
  ...parallel,
  ...subgraphs
]
