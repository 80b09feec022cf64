/** What the spans of calls tell, in the names of a dialect. Prompt, answer and arguments never appear here. */
import * as Option from "effect/Option"
import type { ExecutionResult } from "../domain/Execution.js"
import type { ResolvedScaffold } from "../domain/ResolvedScaffold.js"
import { totalInput, type Usage } from "../domain/Usage.js"
import type { Dialect } from "./dialect.js"
import { type Attributes, named, type Told } from "./names.js"

/** Parameters of a request body that have an attribute, by either name that providers use. */
const parameters: Readonly<Record<string, Told>> = {
  temperature: "temperature",
  top_p: "topP",
  seed: "seed",
  max_tokens: "maxTokens",
  max_output_tokens: "maxTokens",
  max_completion_tokens: "maxTokens"
}

/** What is known before the call. `address` is the URL that is called. */
export const requestAttributes = (
  dialect: Dialect,
  resolved: ResolvedScaffold,
  body: Readonly<Record<string, unknown>>,
  address: string,
  streaming: boolean
): Attributes => {
  const { hash, id, model, provider } = resolved.originalScaffold
  const url = URL.canParse(address) ? new URL(address) : undefined
  return named(dialect, {
    operation: "chat",
    provider,
    system: provider,
    requestModel: model,
    stream: streaming ? true : undefined,
    ...Object.fromEntries(
      Object.entries(parameters).flatMap(([name, told]) =>
        typeof body[name] === "number" ? [[told, body[name]]] : []
      )
    ),
    serverAddress: url?.hostname,
    serverPort: url && (url.port === "" ? (url.protocol === "http:" ? 80 : 443) : Number(url.port)),
    promptName: id,
    promptVersion: hash
  })
}

/** Tokens written to the provider's cache, however long they are kept; none where it did not say. */
export const cacheWritten = ({ cacheWrite1h, cacheWrite5m }: Usage): Option.Option<number> =>
  Option.isNone(cacheWrite5m)
    ? cacheWrite1h
    : Option.map(cacheWrite5m, (short) => short + Option.getOrElse(cacheWrite1h, () => 0))

/** Langfuse's kinds of tokens, which do not overlap, by the keys that its prices have. */
const usageDetails = (usage: Usage): string =>
  JSON.stringify({
    input: usage.uncachedInput,
    input_cached_tokens: Option.getOrUndefined(usage.cacheRead),
    input_cache_creation: Option.getOrUndefined(cacheWritten(usage)),
    output: Math.max(0, usage.output - Option.getOrElse(usage.reasoning, () => 0)),
    output_reasoning_tokens: Option.getOrUndefined(usage.reasoning)
  })

/** What the answer told. Input tokens include those read from and written to the provider's cache. */
export const responseAttributes = (dialect: Dialect, result: ExecutionResult): Attributes => {
  const { usage } = result
  const cost = Option.getOrUndefined(result.cost)
  const first = Option.getOrUndefined(result.firstToken)
  return named(dialect, {
    responseModel: result.model,
    responseId: result.responseId,
    finishReasons: [result.finishReason],
    firstChunk: first === undefined ? undefined : first / 1000,
    inputTokens: totalInput(usage),
    outputTokens: usage.output,
    cacheRead: Option.getOrUndefined(usage.cacheRead),
    cacheWrite: Option.getOrUndefined(cacheWritten(usage)),
    reasoning: Option.getOrUndefined(usage.reasoning),
    usageDetails: usageDetails(usage),
    ...(cost === undefined
      ? {}
      : {
          cost,
          costCurrency: "USD",
          costSource: "local",
          costDetails: JSON.stringify({ total: cost }),
          priceVersion: result.price.version
        }),
    attempts: result.attempts,
    outcome: result.outcome
  })
}

/** What is known of a call that failed. `error` is the tag of the error. */
export const failureAttributes = (dialect: Dialect, error: string, attempts: number): Attributes =>
  named(dialect, { errorType: error, attempts })

/** What is known of a tool that is called: nothing of its arguments. No dialect has other names for it. */
export const toolAttributes = (tool: string): Attributes =>
  named("established", { operation: "execute_tool", toolName: tool, toolType: "function" })
