/**
 * What went wrong, read from whatever an SDK or `fetch` threw. Read by shape, not by class: the SDKs are loaded late,
 * and a bundler may rename their classes. The provider's prose is used to classify and never leaves this folder, since
 * it may quote the prompt or the key; what is kept are identifiers and numbers.
 */

export interface Fault {
  /** `reported` by the provider; `connection`, `timeout` and `malformed` are found on this side. */
  readonly kind: "reported" | "connection" | "timeout" | "malformed"
  readonly status: number | undefined
  readonly type: string | undefined
  readonly code: string | undefined
  readonly parameter: string | undefined
  readonly requestId: string | undefined
  readonly header: (name: string) => string | undefined
  /** The provider's own words, in lower case. */
  readonly prose: string
  /** Token counts that the provider put into fields of their own. */
  readonly promptTokens: number | undefined
  readonly contextTokens: number | undefined
}

/** Thrown by the wires themselves when an answer with status 200 reports an error in its body. */
export class ReportedFault extends Error {
  override readonly name = "ReportedFault"
  readonly error: unknown
  constructor(error: unknown) {
    super("the provider reported an error after status 200")
    this.error = error
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (Reflect.get(value, name) as unknown) : undefined

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)
const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined)

/** A word that a protocol would use. Anything longer or with blanks could be somebody's prose. */
const identifier = (value: unknown): string | undefined =>
  (typeof value === "number" || typeof value === "string") && /^[\w.[\]-]{1,80}$/.test(String(value))
    ? String(value)
    : undefined

/** "messages.0.content: Field required" names its parameter before the colon. */
const parameterIn = (prose: string): string | undefined => /^([a-z_]+(?:\.[\w]+)*): /.exec(prose)?.[1]

const statusOfType: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
  unavailable_error: 503,
  rate_limit_exceeded: 429,
  server_error: 500,
  invalid_prompt: 400,
  context_length_exceeded: 400
}

/** An error after status 200 has only its type or code to say how bad it is. */
const statusOf = (error: unknown, type: string | undefined, code: string | undefined): number | undefined => {
  const byName = (name: string | undefined): number | undefined =>
    name !== undefined && Object.hasOwn(statusOfType, name) ? statusOfType[name] : undefined
  const numeric = Number(field(error, "code"))
  return byName(type) ?? byName(code) ?? (numeric >= 400 && numeric < 600 ? numeric : undefined)
}

const looksTimedOut = (thrown: unknown): boolean =>
  /timed? ?out|timeout/i.test(`${text(field(thrown, "message")) ?? ""} ${text(field(thrown, "name")) ?? ""}`)

/** The fault behind a thrown value. */
export const faultOf = (thrown: unknown): Fault => {
  const outer = field(thrown, "error")
  // Anthropic's SDK keeps the whole body, {type: "error", error: {…}}; OpenAI's keeps what is inside it.
  const error = field(outer, "error") ?? outer
  const type = identifier(field(error, "type"))
  const code = identifier(field(field(error, "details"), "error_code")) ?? identifier(field(error, "code"))
  const status = number(field(thrown, "status"))
  const reported = status !== undefined || outer !== undefined
  const headers = field(thrown, "headers")
  const header = (name: string): string | undefined =>
    headers instanceof Headers ? (headers.get(name) ?? undefined) : undefined
  const prose = text(field(error, "message")) ?? ""
  return {
    kind: reported
      ? "reported"
      : thrown instanceof SyntaxError
        ? "malformed"
        : looksTimedOut(thrown)
          ? "timeout"
          : "connection",
    status: status ?? statusOf(error, type, code),
    type,
    code,
    parameter: identifier(field(error, "param")) ?? identifier(parameterIn(prose)),
    requestId:
      identifier(field(thrown, "requestID")) ??
      identifier(header("request-id") ?? header("x-request-id") ?? field(outer, "request_id")),
    header,
    prose: prose.toLowerCase(),
    promptTokens: number(field(error, "n_prompt_tokens")),
    contextTokens: number(field(error, "n_ctx"))
  }
}
