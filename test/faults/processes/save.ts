/**
 * A process that saves checkpoints of threads through LangGraph's saver, when it is told to on stdin: first argument the
 * file, then a name, how many, and the threads, in turn. Each checkpoint that was acknowledged is printed with its thread and id;
 * an error ends the process, printed by its tag, reason and message.
 */
import { uuid6 } from "@langchain/langgraph-checkpoint"
import { once } from "node:events"
import { AegisSaver } from "../../../layers/langgraph/AegisSaver.js"

const [, , file = "", name = "", count = "1", ...threads] = process.argv
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const saver = AegisSaver.fromConnString(file)
const parents = new Map<string, string>()

const save = async (i: number): Promise<void> => {
  const thread = threads[i % threads.length] ?? name
  const parent = parents.get(thread)
  const id = uuid6(i)
  const config = {
    configurable: {
      thread_id: thread,
      checkpoint_ns: "",
      ...(parent === undefined ? {} : { checkpoint_id: parent })
    }
  }
  const at = i + 1
  const checkpoint = {
    v: 4,
    id,
    ts: new Date().toISOString(),
    channel_values: { by: name, at, text: `${name} ${i} `.repeat(400) },
    channel_versions: { by: at, at, text: at },
    versions_seen: {}
  }
  const put = await saver.put(
    config,
    checkpoint,
    { source: "loop", step: i, parents: {} },
    { by: at, at, text: at }
  )
  await saver.putWrites(put, [["text", `${name} ${i}`]], name)
  parents.set(thread, id)
  say(`ack ${thread} ${id}`)
}

process.stdout.write("ready\n")
await once(process.stdin, "data")
process.stdin.destroy()
try {
  await saver.setup()
  say("open")
  for (let i = 0; i < Number(count); i++) await save(i)
  await saver.end()
  say("done")
} catch (error) {
  const {
    _tag = "defect",
    message = "",
    reason = ""
  } = error as Partial<Record<"_tag" | "reason" | "message", string>> // whatever it is, it has these or not
  say(`failed ${_tag} ${reason} ${message}`)
}
