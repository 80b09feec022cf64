/** Files that hold no text. */

/** Files that are text whatever stands in them: a NUL in a comment must not hide the rest from the rules. */
export const textName =
  /\.([cm]?[jt]sx?|jsonc?|json5|md|mdx|txt|prompt|html?|css|s[ac]ss|less|vue|svelte|astro|ya?ml|toml|ini|env|xml|svg|sql|graphql|py|rb|go|rs|java|kt|swift|c|h|cc|cpp|hpp|cs|php|sh|bash|zsh|ps1|csv|tsv)$/i

/** Whether a text was decoded from a binary file: it holds a NUL and what was no UTF-8, and its name is none of a file of text. */
export const isBinary = (path: string, text: string): boolean =>
  path !== "" && !textName.test(path) && text.includes("\0") && text.includes("\uFFFD")
