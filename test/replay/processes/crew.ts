/**
 * A process that carries out a run of so many files on the store of its first argument: records it, or replays the recording of the
 * fourth one. Prints every node that has ended, then what the run came to, and the most memory that it took, in MiB.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { once } from "node:events"
import type { Mode } from "../../../src/services/Recorder.js"
import { storesAt } from "../support/storesAt.js"
import { crew } from "../support/crew.js"

const [, , place = "", files = "1", millis = "0", recording] = process.argv
const modes: ReadonlyArray<Mode> = recording === undefined ? ["record"] : ["incremental", "strict"]

const say = (line: string): Effect.Effect<void> => Effect.sync(() => void process.stdout.write(`${line}\n`))

const program = Effect.forEach(modes, (mode) =>
  Effect.gen(function* () {
    let calls = 0
    const ran = yield* crew(
      {
        files: Number(files),
        millis: Number(millis),
        called: () => Effect.sync(() => void (calls += 1)),
        ended: (name) => say(`ended ${name}`)
      },
      { mode, recording }
    )
    const verdicts: Record<string, number> = {}
    for (const { verdict } of ran.verdicts) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1
    yield* say(
      `came ${JSON.stringify({
        recording: Option.getOrNull(ran.recording),
        verdicts,
        calls,
        values: ran.value.length,
        mebibytes: process.resourceUsage().maxRSS / 1024
      })}`
    )
  })
)

process.stdout.write("ready\n")
await once(process.stdin, "data")
await Effect.runPromise(Effect.provide(program, storesAt(place)))
process.exit(0)
