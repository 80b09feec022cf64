/** What our saver can do beyond LangGraph's contract, on a file. */
import { describe, it } from "vitest"
import { MemorySaver } from "@langchain/langgraph-checkpoint"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { AegisSaver } from "../../../layers/langgraph/index.js"
import { type Candidate, runOver } from "./support/scenario.js"
import { retention } from "./support/scenarios/beyond/retention.js"

const onSqlite: Candidate = {
  name: "on SQLite",
  rig: async () => {
    const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "aegis-test-"))
    const open = () => AegisSaver.fromConnString(Path.join(folder, "store.db"), { synchronous: "NORMAL" })
    let saver = open()
    return {
      open: async () => saver,
      reopen: async () => {
        await saver.end()
        saver = open()
        return saver
      },
      fresh: () => new MemorySaver(),
      close: async () => {
        await saver.end()
        Fs.rmSync(folder, { recursive: true, force: true })
      }
    }
  }
}

describe(`retention ${onSqlite.name}`, () => {
  for (const scenario of retention) {
    it(scenario.name, () => runOver(onSqlite, scenario))
  }
})
