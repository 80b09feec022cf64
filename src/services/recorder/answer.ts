/** What came back of a request, as it is recorded. */

/** `cut`: the body ended before its end; `left`: because the program had heard enough, or could wait no longer. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly frames: ReadonlyArray<string>
  readonly cut: boolean
  readonly left?: boolean
}

export const isAnswer = (value: unknown): value is Answer =>
  typeof value === "object" && value !== null && "status" in value && "frames" in value
