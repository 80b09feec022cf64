/** A process that resolves new prompts as fast as it can, into the file that its parent says. */
import { inputOf, openAegis, type Aegis } from "../aegis.js"
import { contents, source } from "../fixtures.js"

/** `shared` and `own` say where to write; `end` closes everything. */
export type Phase = "idle" | "shared" | "own" | "end"

/** Scaffolds written so far, and calls that failed or came with a warning of the cache. */
export interface WriterReport {
  readonly shared: number
  readonly own: number
  readonly errors: number
}

const [, , root = "", name = ""] = process.argv
const targets: Readonly<Record<"shared" | "own", Aegis>> = {
  shared: await openAegis(root, { memoryBytes: 1, cacheDir: "shared" }),
  own: await openAegis(root, { memoryBytes: 1, cacheDir: name })
}
const [requirements, styleGuide, fileMap] = contents(1, 256)
const report = { shared: 0, own: 0, errors: 0 }
const troubles = new Set(["not-cached", "cache-fault", "corrupt-row"])
let phase: Phase = "idle"
let writing = Promise.resolve()
let count = 0

const write = async (where: "shared" | "own"): Promise<void> => {
  const prompt = source([requirements, styleGuide, fileMap, `${name} ${count++}`])
  try {
    const [resolved] = await targets[where].resolve([{ input: inputOf(prompt), namespace: `writer-${name}` }])
    const trouble = resolved?.warnings.find(({ code }) => troubles.has(code))
    if (resolved?.outcome === "miss" && trouble === undefined) report[where]++
    else {
      report.errors++
      console.error(`writer ${name}: ${resolved?.outcome ?? "nothing"}: ${trouble?.message ?? ""}`)
    }
  } catch (error) {
    report.errors++
    console.error(`writer ${name}:`, error)
  }
  await new Promise((resume) => setImmediate(resume))
}

const writeOn = async (): Promise<void> => {
  while (phase === "shared" || phase === "own") await write(phase)
}

process.on("message", (next: Phase) => void enter(next))

/** Ends what is being written, then begins the next phase and says so. */
async function enter(next: Phase): Promise<void> {
  phase = "idle"
  await writing
  if (next === "end") {
    for (const aegis of Object.values(targets)) await aegis.close()
    process.send?.(report, () => process.disconnect())
    return
  }
  phase = next
  writing = writeOn()
  process.send?.(report)
}
process.send?.(report)
