/**
 * Trends and shares in one line of a terminal. By hand: of the libraries that draw such lines, sparkly brings a library of
 * colours along, and those for charts take whole screens.
 */

const levels = "▁▂▃▄▅▆▇█"
const eighths = " ▏▎▍▌▋▊▉"
const full = "█"

/**
 * A trend, a character each, from nothing (or from what is below it) to the highest value; a space where there is none. More values
 * than fit into `width` are averaged by neighbours.
 */
export const sparkline = (values: ReadonlyArray<number | undefined>, width = values.length): string => {
  const shown = fitted(values, width)
  const known = shown.filter((value) => value !== undefined)
  const low = Math.min(0, ...known)
  const span = Math.max(0, ...known) - low
  return shown
    .map((value) => {
      if (value === undefined) return " "
      const level = span === 0 ? 0 : Math.round(((value - low) / span) * (levels.length - 1))
      return levels[level] ?? full
    })
    .join("")
}

const fitted = (
  values: ReadonlyArray<number | undefined>,
  width: number
): ReadonlyArray<number | undefined> => {
  if (values.length <= width) return values
  return Array.from({ length: width }, (_, at) => {
    const part = values
      .slice(Math.floor((at * values.length) / width), Math.floor(((at + 1) * values.length) / width))
      .filter((value) => value !== undefined)
    return part.length === 0 ? undefined : part.reduce((sum, value) => sum + value, 0) / part.length
  })
}

/** A bar of a share between 0 and 1, at most `width` characters long; what is more than nothing is seen. */
export const bar = (share: number, width: number): string => {
  const parts = Math.min(width * 8, Math.max(share > 0 ? 1 : 0, Math.round(share * width * 8)))
  return `${full.repeat(Math.floor(parts / 8))}${parts % 8 === 0 ? "" : (eighths[parts % 8] ?? "")}`
}
