/**
 * One answer for all who ask for it at the same time, piece by piece as it comes. It goes on while somebody reads it, whoever asked
 * first; it is read to its end though nobody reads its last pieces yet, so that nobody waits for a reader who is slow.
 */

/** What came. `cut`: it ended before its end. */
export interface Came {
  readonly status: number
  readonly headers: Headers
  readonly frames: ReadonlyArray<Uint8Array>
  readonly cut: boolean
}

export interface Share {
  /** The answer for one who asked; rejects as `fetch` does. `signal` is that of the one who asked. */
  readonly join: (signal: AbortSignal) => Promise<Response>
  /** Whether all who joined have left before the end: whoever joins now gets nothing. */
  readonly abandoned: () => boolean
}

export interface Source {
  /** Asks. The signal says that nobody waits any more. */
  readonly ask: (signal: AbortSignal) => Promise<Response>
  /** Called at the end of the body; does not reject. Those who read it learn of the end when this has been done. */
  readonly ended: (came: Came) => Promise<void>
  /** Called once nobody can join any more. */
  readonly closed: () => void
}

const abortOf = (signal: AbortSignal): unknown =>
  signal.reason ?? new DOMException("This operation was aborted", "AbortError")

/** What answers without a body, and may not be given one. */
const bodiless = new Set([204, 205, 304])

export const makeShare = ({ ask, closed, ended }: Source): Share => {
  const gone = new AbortController()
  const frames: Array<Uint8Array> = []
  let readers = 0
  let over: { readonly error?: unknown } | undefined
  let waiting: Array<() => void> = []
  const wake = (): void => {
    const woken = waiting
    waiting = []
    for (const each of woken) each()
  }
  let open = true
  const close = (): void => {
    if (open) closed()
    open = false
  }
  const end = (how: { readonly error?: unknown }): void => {
    over ??= how
    close()
    wake()
  }

  const read = async (response: Response): Promise<void> => {
    const { headers, status } = response
    const reader = response.body?.getReader()
    try {
      for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
        frames.push(next.value)
        wake()
      }
    } catch (error) {
      // whether it is whole shows in what came
      await ended({ status, headers, frames, cut: true })
      return end({ error })
    }
    await ended({ status, headers, frames, cut: false })
    end({})
  }

  const head = ask(gone.signal).then(
    (response) => {
      void read(response)
      return response
    },
    (error: unknown) => {
      end({ error })
      throw error
    }
  )
  // whoever joins sees it
  void Promise.allSettled([head])

  const leave = (): void => {
    readers -= 1
    if (readers > 0 || over !== undefined) return
    // from now on it is an answer that nobody gets
    close()
    gone.abort()
  }

  const join = async (signal: AbortSignal): Promise<Response> => {
    readers += 1
    let stop: ((error: unknown) => void) | undefined
    let left = false
    const leaveOnce = (): void => {
      if (!left) leave()
      left = true
      signal.removeEventListener("abort", abort)
      wake()
    }
    const abort = (): void => {
      leaveOnce()
      stop?.(abortOf(signal))
    }
    const aborted = new Promise<never>((_, reject) => (stop = reject))
    void Promise.allSettled([aborted])
    if (signal.aborted) abort()
    else signal.addEventListener("abort", abort)
    const { headers, status } = await Promise.race([aborted, head]).catch((error: unknown) => {
      leaveOnce()
      throw error
    })
    let at = 0
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          // also while nothing is asked of this stream
          stop = (error) => controller.error(error)
        },
        pull: async (controller) => {
          while (!left && at === frames.length && over === undefined) {
            await new Promise<void>((resolve) => waiting.push(resolve))
          }
          if (left) return
          const frame = frames[at]
          if (frame !== undefined) {
            at += 1
            // a reader may keep what it is given, or give it away
            return controller.enqueue(Uint8Array.from(frame))
          }
          leaveOnce()
          if (over !== undefined && "error" in over) controller.error(over.error)
          else controller.close()
        },
        cancel: leaveOnce
      },
      { highWaterMark: 0 }
    )
    return new Response(bodiless.has(status) ? null : body, { status, headers })
  }

  return { join, abandoned: () => gone.signal.aborted }
}
