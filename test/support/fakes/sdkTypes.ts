/**
 * The official SDKs' own types, by the names that the contract checks use. JSON Schemas are generated from this file,
 * so a request or an answer is held to exactly the versions in package-lock.json.
 */
import type Anthropic from "@anthropic-ai/sdk"
import type OpenAI from "openai"
import type { InputTokenCountParams, InputTokenCountResponse } from "openai/resources/responses/input-tokens"
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming
} from "openai/resources/chat/completions"
import type {
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseCreateParamsStreaming,
  ResponseStreamEvent
} from "openai/resources/responses/responses"

export type AnthropicRequest =
  Anthropic.MessageCreateParamsNonStreaming | Anthropic.MessageCreateParamsStreaming
export type AnthropicResponse = Anthropic.Message
export type AnthropicEvent = Anthropic.RawMessageStreamEvent
export type AnthropicCountRequest = Anthropic.MessageCountTokensParams
export type AnthropicCountResponse = Anthropic.MessageTokensCount
export type AnthropicModel = Anthropic.ModelInfo

export type OpenAiRequest = ResponseCreateParamsNonStreaming | ResponseCreateParamsStreaming
export type OpenAiResponse = Response
export type OpenAiEvent = ResponseStreamEvent
export type OpenAiCountRequest = InputTokenCountParams
export type OpenAiCountResponse = InputTokenCountResponse
export type OpenAiModel = OpenAI.Model

export type ChatRequest = ChatCompletionCreateParamsNonStreaming | ChatCompletionCreateParamsStreaming
export type ChatResponse = ChatCompletion
export type ChatEvent = ChatCompletionChunk
