/** The rulepacks that are named, else those of the settings, else the standards. */
import type { Settings } from "../services/AegisConfig.js"

export const packsToApply = (named: ReadonlyArray<string>, settings: Settings): ReadonlyArray<string> =>
  named.length > 0 ? named : (settings.rulepacks ?? ["standards"])
