/** Names the price lists that are asked. What was priced by others is priced again. */
import { genaiVersion } from "./genai.js"
import { overrides } from "./overrides.js"

/** `digest` is that of the user's own file, where there is one. */
export const pricesVersion = (digest: string | undefined): string =>
  [`genai-prices ${genaiVersion}`, `aegis ${overrides.asOf}`, digest?.slice(0, 12)]
    .filter((part) => part !== undefined)
    .join(", ")
