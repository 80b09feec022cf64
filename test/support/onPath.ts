/** Programs that a test wants and the machine may not have. */
import * as ChildProcess from "node:child_process"

/**
 * The first of these that is on the PATH and tells its version. Where there is none, `tests` tests of this file are to be skipped, and
 * that is printed with the reason.
 */
export const onPath = (names: ReadonlyArray<string>, tests: number): string | undefined => {
  const found = names.find(
    (name) => ChildProcess.spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0
  )
  if (found === undefined) {
    process.stdout.write(`${tests} skipped: none of ${names.join(", ")} is on the PATH\n`)
  }
  return found
}
