/** `aegis cache resolve FILE` as `main` runs it when there is nothing to parse: the handler of the command itself. */
import { cacheResolve } from "../../src/cli/cacheResolve.js"
import { onlyFile } from "../../src/cli/promptInput.js"

// eslint-disable-next-line @typescript-eslint/explicit-function-return-type -- as the handler
export const resolveFile = (file: string) => cacheResolve(onlyFile(file))
