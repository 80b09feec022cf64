/**
 * Hits while two other processes write at full rate: into the same file, into files of their own (the same work without
 * the shared file), or not at all. A sample is the median of hits that are timed one by one, so that a process which
 * has to wait for a core does not look like one that waits for a lock.
 */
import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { performance } from "node:perf_hooks"
import { fileURLToPath } from "node:url"
import Database from "better-sqlite3"
import { inFolder, inputOf, openAegis, type Lookup } from "../aegis.js"
import { contents, cycle, fresh, source } from "../fixtures.js"
import { compare, interval } from "../harness.js"
import { atMost, exactly, group, rounds, shown, tableOf } from "../report.js"
import type { Phase, WriterReport } from "./writer.js"

const hitsPerSample = 150
const namespace = "default"

await group("storm", () =>
  inFolder(async (root) => {
    const aegis = await openAegis(root, { memoryBytes: 1, cacheDir: "shared" })
    const all = Array.from({ length: 64 }, (_, i) => fresh(source(contents(i, 10_240))))
    await aegis.resolve(all.map((make) => ({ input: inputOf(make()), namespace })))
    await aegis.flush()
    const program = fileURLToPath(new URL("./writer.mjs", import.meta.url))
    const writers = await Promise.all(
      ["one", "two"].map(async (name) => {
        const child = fork(program, [root, name], { stdio: "inherit" })
        await once(child, "message")
        return child
      })
    )

    let phase: Phase = "idle"
    const enter = async (next: Phase): Promise<void> => {
      if (next === phase) return
      phase = next
      await Promise.all(writers.map((child) => tell(child, next)))
    }
    const next = cycle(all)
    const during = (which: Phase) => async () => {
      await enter(which)
      const lookups = Array.from({ length: hitsPerSample }, (): Lookup => ({
        input: inputOf(next()()),
        namespace
      }))
      const times = lookups.map((lookup) => {
        const start = performance.now()
        aegis.resolveSync([lookup])
        return (performance.now() - start) * 1000
      })
      await aegis.flush()
      return interval(times).median
    }

    const [idle, apart, together] = [
      "hit, nobody writes",
      "hit, two processes write to files of their own",
      "hit, two processes write to the same file"
    ]
    const comparison = await compare({
      base: { name: idle, sample: during("idle") },
      candidates: [
        { name: apart, sample: during("own") },
        { name: together, sample: during("shared") }
      ],
      rounds: rounds(60)
    })
    const reports = await Promise.all(writers.map((child) => tell(child, "end")))
    await aegis.close()

    const sum = (of: (report: WriterReport) => number): number =>
      reports.reduce((total, report) => total + of(report), 0)
    const database = new Database(aegis.file, { readonly: true })
    const stored = Number(
      database.prepare("SELECT count(*) FROM entry WHERE namespace LIKE 'writer-%'").pluck().get()
    )
    const check = database.pragma("integrity_check", { simple: true })
    database.close()
    return {
      goals: [
        exactly(
          "2 processes writing at full rate: errors and warnings",
          sum(({ errors }) => errors),
          0,
          "errors"
        ),
        exactly(
          "… acknowledged writes that are not in the file",
          sum(({ shared }) => shared) - stored,
          0,
          "rows"
        ),
        exactly("… damage found by SQLite's integrity check", check === "ok" ? 0 : 1, 0, "damaged"),
        atMost("… hits, to hits while nobody writes, 40 KB", comparison.ratio(together, idle), 1.3),
        shown("… hits, to hits while two write to files of their own", comparison.ratio(together, apart))
      ],
      tables: [tableOf("Two writers, 40 KB", comparison)],
      notes: [
        `The writers made ${sum(({ shared }) => shared)} scaffolds in the shared file and ${sum(({ own }) => own)} in their own.`
      ]
    }
  })
)

/** Sends a phase and waits until the writer is in it. */
async function tell(child: ChildProcess, phase: Phase): Promise<WriterReport> {
  const answered = once(child, "message")
  child.send(phase)
  // writer.ts answers each phase with its report
  const [report] = (await answered) as [WriterReport]
  return report
}
