/** Conversations as requests of each provider, and what the fake provider's own cache makes of their bytes. */
import type { Hash } from "../../../../src/domain/Hash.js"
import type { BuiltInProvider } from "../../../../src/domain/Provider.js"
import type { ProviderRequest, RequestBlock } from "../../../../src/domain/ProviderRequest.js"
import { sha256 } from "../../../../src/prompt/digest.js"
import { tokens } from "../../../../src/prompt/render/tokens.js"
import type { BlockIds } from "../../../../src/telemetry/simulator/PrefixCache.js"
import { anthropicPositions, makeAnthropicCache } from "../../../support/fakes/anthropic.js"
import { makeChatCache, template } from "../../../support/fakes/chat.js"
import { makeOpenAiCache, openAiPositions } from "../../../support/fakes/openai.js"
import type { ManualClock, Touched } from "../../../support/fakes/prefixCache.js"
import type { AnthropicRequest, OpenAiRequest } from "../../../support/fakes/sdkTypes.js"
import { textOf, type Moment, type Piece } from "./conversations.js"

/** A request as the simulator sees it, its tokens one by one, and what its provider counted. */
export interface Answered {
  readonly request: ProviderRequest
  readonly ids: BlockIds
  readonly touched: Touched
}

/** The models of a conversation, of which each family of rules has one. */
export const models = {
  anthropic: ["claude-sonnet-5", "claude-opus-5", "claude-opus-4-7", "claude-haiku-4-5"],
  openai: ["gpt-5.6", "gpt-5.1"],
  vllm: ["qwen3-8b"],
  sglang: ["qwen3-8b"],
  "llama-cpp": ["qwen3-8b"]
} as const satisfies Readonly<Record<BuiltInProvider, ReadonlyArray<string>>>

/** From Anthropic's guide. */
export const minimumOf = (model: string): number =>
  model === "claude-opus-5"
    ? 512
    : model === "claude-opus-4-7"
      ? 2048
      : model === "claude-haiku-4-5"
        ? 4096
        : 1024

/** Four bytes are a token, as in the fakes. Equal tokens have equal numbers in one process. */
const numbers = new Map<string, number>()
const idsOf = (bytes: Buffer): ReadonlyArray<number> => {
  const text = bytes.toString("latin1")
  const ids: Array<number> = []
  for (let at = 0; at < text.length; at += 4) {
    const token = text.slice(at, at + 4)
    const known = numbers.get(token)
    ids.push(known ?? numbers.size)
    if (known === undefined) numbers.set(token, numbers.size)
  }
  return ids
}

type Part = RequestBlock["part"]

/** Blocks of a text that is read in pieces. `gap` stands between them and belongs to the later one. */
const blocksOf = (
  pieces: ReadonlyArray<{ readonly bytes: string; readonly part: Part }>,
  gap: string
): { readonly blocks: ReadonlyArray<RequestBlock>; readonly ids: BlockIds } => {
  const texts = pieces.map(({ bytes }, i) => (i === 0 ? bytes : gap + bytes))
  const all = idsOf(Buffer.from(texts.join("")))
  let length = 0
  let start = 0
  const ids: Array<ReadonlyArray<number>> = []
  const blocks = pieces.map(({ part }, i): RequestBlock => {
    const text = texts[i] ?? ""
    length += Buffer.byteLength(text)
    const end = Math.ceil(length / 4)
    ids.push(all.slice(start, end))
    const block = { hash: sha256(text), tokens: tokens(end - start), part }
    start = end
    return block
  })
  return { blocks, ids }
}

const partsOf = ({ system, tools }: Moment): ((block: number) => Part) => {
  const toMessages = tools.length + system.length
  return (block) => (block < tools.length ? "tools" : block < toMessages ? "system" : "messages")
}

const parametersOf = ({ parameters }: Moment): { readonly parameters?: Hash } =>
  parameters === 0 ? {} : { parameters: sha256(`parameters ${parameters}`) }

const requestOf = (
  moment: Moment,
  provider: BuiltInProvider,
  model: string,
  blocks: ReadonlyArray<RequestBlock>
): ProviderRequest => ({
  sentAt: moment.sentAt,
  readableAt: moment.readableAt,
  provider,
  model,
  scope: `scope ${moment.scope}`,
  mode: moment.mode,
  blocks,
  marks: [],
  ...parametersOf(moment)
})

/** One cache for each scope: organisations and workspaces share none. */
const scoped = <A>(make: () => A): ((scope: number) => A) => {
  const made = new Map<number, A>()
  return (scope) => {
    const known = made.get(scope) ?? make()
    made.set(scope, known)
    return known
  }
}

/** Pads a text so that its bytes, with `around` of others, end where a token does. */
const padded = (piece: Piece, aligned: boolean, around: string): string => {
  const text = textOf(piece)
  const over = Buffer.byteLength(around + text) % 4
  return aligned && over > 0 ? text + " ".repeat(4 - over) : text
}

const anthropic = (
  model: (index: number) => string
): ((moment: Moment, clock: ManualClock) => AnthropicRequest) => {
  return (moment) => {
    let block = 0
    const marked = (): {
      readonly cache_control?: { readonly type: "ephemeral"; readonly ttl: "5m" | "1h" }
    } => {
      const mark = moment.mode === "none" ? undefined : moment.marks.find((each) => each.block === block)
      block++
      return mark === undefined ? {} : { cache_control: { type: "ephemeral", ttl: mark.long ? "1h" : "5m" } }
    }
    const text = (piece: Piece): { readonly type: "text"; readonly text: string } => ({
      type: "text",
      text: textOf(piece)
    })
    return {
      model: model(moment.model),
      max_tokens: 100,
      tools: moment.tools.map((piece) => ({
        name: `tool_${piece.name}`,
        description: textOf(piece),
        input_schema: { type: "object" },
        ...marked()
      })),
      system: moment.system.map((piece) => ({ ...text(piece), ...marked() })),
      messages: moment.turns.map(({ pieces, role }) => ({
        role,
        content: pieces.map((piece) => ({ ...text(piece), ...marked() }))
      })),
      ...(moment.mode === "automatic" ? { cache_control: { type: "ephemeral" } } : {}),
      ...(moment.parameters === 1 ? { tool_choice: { type: "any" } } : {}),
      ...(moment.parameters === 2 ? { thinking: { type: "disabled" } } : {})
    }
  }
}

const openAi = (moment: Moment, model: string, aligned: boolean): OpenAiRequest => {
  const explicit = model === "gpt-5.6"
  const toTools = moment.tools.length
  let block = toTools
  const part = (
    piece: Piece,
    role: string
  ): {
    readonly type: "input_text"
    readonly text: string
    readonly prompt_cache_breakpoint?: { readonly mode: "explicit" }
  } => {
    const mark = explicit && moment.mode !== "none" && moment.marks.some((each) => each.block === block)
    block++
    return {
      type: "input_text",
      text: padded(piece, aligned, `\n${role}:{"type":"input_text","text":""}`),
      ...(mark ? { prompt_cache_breakpoint: { mode: "explicit" } } : {})
    }
  }
  return {
    model,
    tools: moment.tools.map((piece) => ({
      type: "function",
      name: "tool",
      description: padded(
        piece,
        aligned,
        '\ntool:{"type":"function","name":"tool","description":"","parameters":null,"strict":null}'
      ),
      parameters: null,
      strict: null
    })),
    input: [
      { role: "developer", content: moment.system.map((piece) => part(piece, "developer")) },
      ...moment.turns.map(({ pieces, role }) => ({
        role,
        content: pieces.map((piece) => part(piece, role))
      }))
    ],
    prompt_cache_key: `key ${moment.routingKey}`,
    ...(explicit && moment.mode !== "automatic" ? { prompt_cache_options: { mode: "explicit" } } : {}),
    ...(moment.parameters === 1 ? { reasoning: { effort: "high" } } : {}),
    ...(moment.parameters === 2 ? { text: { verbosity: "low" } } : {})
  }
}

/** The texts of a chat template, cut where the pieces are; they are what it makes of the messages. */
const chat = (
  moment: Moment,
  aligned: boolean
): ReadonlyArray<{ readonly bytes: string; readonly part: Part }> => {
  const part = partsOf(moment)
  const turns = [{ role: "system", pieces: [...moment.tools, ...moment.system] }, ...moment.turns].filter(
    ({ pieces }) => pieces.length > 0
  )
  let block = 0
  const pieces = turns.flatMap(({ pieces, role }) =>
    pieces.map((piece, i) => {
      const [open, close] = [i === 0 ? `<|${role}|>` : "", i === pieces.length - 1 ? "<|end|>" : ""]
      return { bytes: open + padded(piece, aligned, open + close) + close, part: part(block++) }
    })
  )
  const last = pieces.at(-1)
  const whole =
    last === undefined ? [] : pieces.toSpliced(-1, 1, { ...last, bytes: `${last.bytes}<|assistant|>` })
  const rendered = template(
    turns.map((turn) => ({
      role: turn.role,
      content: turn.pieces
        .map((piece, i) =>
          padded(
            piece,
            aligned,
            (i === 0 ? `<|${turn.role}|>` : "") + (i === turn.pieces.length - 1 ? "<|end|>" : "")
          )
        )
        .join("")
    }))
  )
  if (rendered !== whole.map(({ bytes }) => bytes).join("")) throw new Error("the pieces are not the prompt")
  return whole
}

/**
 * Sends a conversation to a provider whose cache is empty. `aligned` lets blocks end where tokens do, so that no token is of two blocks.
 */
export const send = (
  provider: BuiltInProvider,
  moments: ReadonlyArray<Moment>,
  aligned: boolean,
  shift = 0
): ReadonlyArray<Answered> => {
  const clock: ManualClock = { now: 0 }
  const known = models[provider]
  const modelOf = (index: number): string => known[(index + shift) % known.length] ?? known[0]
  const claude = scoped(() => makeAnthropicCache(clock, minimumOf))
  const gpt = scoped(() => makeOpenAiCache(clock))
  const server = scoped(() =>
    provider === "anthropic" || provider === "openai" ? undefined : makeChatCache(provider, clock)
  )
  return moments.map((moment): Answered => {
    clock.now = moment.sentAt
    const model = modelOf(moment.model)
    const part = partsOf(moment)
    switch (provider) {
      case "anthropic": {
        const body = anthropic(modelOf)(moment, clock)
        const { blocks, ids } = blocksOf(
          anthropicPositions({ ...body, cache_control: null }).map(({ bytes }, i) => ({
            bytes,
            part: part(i)
          })),
          ""
        )
        const marks =
          moment.mode === "none"
            ? []
            : moment.marks.map(({ block, long }) => ({
                block,
                ttl: long ? ("1h" as const) : ("5m" as const)
              }))
        return {
          request: { ...requestOf(moment, provider, model, blocks), marks },
          ids,
          touched: claude(moment.scope)(body, moment.readableAt)
        }
      }
      case "openai": {
        const body = openAi(moment, model, aligned)
        const positions = openAiPositions(body)
        const { blocks, ids } = blocksOf(
          positions.map(({ bytes }, i) => ({ bytes, part: part(i) })),
          model === "gpt-5.6" ? "" : "\n"
        )
        const marks = positions.flatMap(({ mark }, block) => (mark === undefined ? [] : [{ block, ...mark }]))
        return {
          request: {
            ...requestOf(moment, provider, model, blocks),
            // the older models cannot be told not to
            mode: model === "gpt-5.6" ? moment.mode : "automatic",
            routingKey: `key ${moment.routingKey}`,
            marks
          },
          ids,
          touched: gpt(moment.scope)(body, moment.readableAt)
        }
      }
      default: {
        const pieces = chat(moment, aligned)
        const { blocks, ids } = blocksOf(pieces, "")
        const text = pieces.map(({ bytes }) => bytes).join("")
        const touched =
          moment.mode === "none"
            ? { total: Math.ceil(Buffer.byteLength(text) / 4), read: 0, written: {} }
            : {
                ...(server(moment.scope)?.touch("", text, moment.readableAt) ?? { total: 0, read: 0 }),
                written: {}
              }
        return { request: requestOf(moment, provider, model, blocks), ids, touched }
      }
    }
  })
}
