/** Text in pages of HTML. */

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/** A text that is nothing but a text, wherever in a page it stands. */
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (char) => escapes[char] ?? "").replaceAll(/[^\P{Cc}\t\n]/gu, "·")
