/**
 * Work that asks the file system, written once for two who answer: a program answers through promises and goes on with
 * other things meanwhile, the command answers at once, for it has nothing else to do.
 */

/** Something that can be found out at once, or later. */
export interface Question<A> {
  readonly now: () => A
  readonly later: () => Promise<A>
}

export type Asking<A> = Generator<Question<unknown>, A, unknown>

export const ask = function* <A>(question: Question<A>): Asking<A> {
  // both who answer give back what the question itself found
  return (yield question) as A
}

export const answerNow = <A>(asking: Asking<A>): A => {
  let step = asking.next()
  while (step.done !== true) {
    let found: unknown
    try {
      found = step.value.now()
    } catch (cause) {
      step = asking.throw(cause)
      continue
    }
    step = asking.next(found)
  }
  return step.value
}

/** Stops asking when the signal comes: whoever sent it does not wait for the result. */
export const answerLater = async <A>(asking: Asking<A>, signal: AbortSignal): Promise<A> => {
  let step = asking.next()
  while (step.done !== true) {
    signal.throwIfAborted()
    let found: unknown
    try {
      found = await step.value.later()
    } catch (cause) {
      step = asking.throw(cause)
      continue
    }
    step = asking.next(found)
  }
  return step.value
}
