/** A rule by its pack: `standards/no-var`. */
export const ruleName = /^[a-z0-9-]+\/[a-z0-9-]+$/
