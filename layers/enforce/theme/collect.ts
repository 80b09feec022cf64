/** What a file says about looks, read by what its name says that it is. */
import { type Collected, nothing } from "./Collected.js"
import { collectCss } from "./collectCss.js"
import { collectSvg } from "./collectSvg.js"
import * as Mapped from "./Mapped.js"
import { collectScript, type Unreadable } from "./script/collectScript.js"

export interface Looks {
  readonly collected: Collected
  /** Why the rest was not read. */
  readonly unreadable: Unreadable | undefined
}

export const collect = (path: string, source: string): Looks => {
  const collected = nothing()
  if (/\.css$/i.test(path)) collectCss(Mapped.slice(source, 0, source.length), collected)
  else if (/\.svg$/i.test(path)) collectSvg(source, collected)
  else return { collected, unreadable: collectScript(path, source, collected) }
  return { collected, unreadable: undefined }
}
