/** The folder of a project's databases: for its owner alone, and not for git. */
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import type { StoreOpenError } from "../src/domain/StoreErrors.js"
import { makeFolder } from "./folders.js"
import { openError } from "./storage/driver.js"

/** Makes the folder. Whoever commits a project does not commit what lies in it. */
export const privateFolder = (folder: string): Effect.Effect<void, StoreOpenError> =>
  Effect.try({
    try: () => {
      makeFolder(folder)
      const file = Path.join(folder, ".gitignore")
      if (!Fs.existsSync(file)) Fs.writeFileSync(file, "*\n")
    },
    catch: openError(folder)
  })
