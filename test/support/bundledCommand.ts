/** The `aegis` command as scripts/bundle.mjs makes it of the sources of now: bundled once in a run, by globalSetup.ts. */
import * as Fs from "node:fs"
import { inject } from "vitest"
import { askControl } from "./control.js"

/** Puts a copy into a folder that is not there yet. It is the file's own: what is done to it no other file sees. */
export const copyCommand = async (bin: string): Promise<void> => {
  const { status, text } = await askControl(inject("commandControl"))
  if (status !== 200) throw new Error(`The command cannot be built: ${text}`)
  Fs.cpSync(text, bin, { recursive: true })
}
